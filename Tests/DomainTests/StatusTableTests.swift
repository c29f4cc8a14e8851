// Prints docs/status-table.md from the status itself, and holds it against a plainer account.

import Domain
import TestKit
import Testing

struct StatusTableTests {
    @Test("B1–B10: docs/status-table.md says every record's status, case by case")
    func table() throws {
        try Golden.expect(Self.printed(), at: "docs/status-table.md")
    }

    @Test("The table has a case for every status, and no story is told twice")
    func everyStatus() {
        #expect(Set(StatusCase.all.map { $0.answer.status }) == Set(RecordStatus.allCases))
        #expect(Set(StatusCase.all.map(\.story)).count == StatusCase.all.count)
    }

    @Test("B9: statuses are spelled as the documents do")
    func spelling() {
        #expect(
            RecordStatus.allCases.map(\.rawValue) == [
                "NoActionRequired", "AuthorizationRequired", "ReauthorizationRequired", "ReauthorizationNotPossible",
                "RecordLocationNotSupported",
            ])
    }

    @Test("B1, B2, B5: no action is required exactly where each required rule is within grant, own access and wording")
    func plainAccount() {
        var dice = SeededDice("statuses")
        var seen: [RecordStatus: Int] = [:]
        for _ in 0..<20_000 {
            let rules = RuleSet(
                version: 3, rules: (0..<dice.roll(0...3)).map { Self.rule("r\($0)", using: &dice) })
            let own = dice.roll(0...9) == 0 ? nil : dice.flip() ? .everything : Scene.permissions(using: &dice)
            let grant = dice.roll(0...7) == 0 ? nil : Self.grant(under: rules, using: &dice)
            let standing = RecordStanding(
                grant: grant, own: own, isSuspended: dice.roll(0...9) == 0, country: dice.pick([nil, "DE", "CH"]))
            let countries: Set<String> = dice.flip() ? [] : ["DE"]
            let answer = rules.status(of: standing, countries: countries)
            seen[answer.status, default: 0] += 1
            if answer.status != account(rules, standing, countries) {
                Issue.record("\(answer) for \(rules.rules) and \(standing) \(dice.note)")
            }
            let isRepairable = answer.status == .reauthorizationRequired
            if isRepairable && answer.shortfalls.isEmpty { Issue.record("nothing named: \(standing) \(dice.note)") }
            let isNothing = answer.status == .noActionRequired || answer.status == .authorizationRequired
            if isNothing && !answer.shortfalls.isEmpty { Issue.record("something named: \(standing) \(dice.note)") }
        }
        for status in RecordStatus.allCases { #expect(seen[status, default: 0] > 300, "\(seen) \(dice.note)") }
    }

    // Type by type, without sets of permissions.
    private func account(_ rules: RuleSet, _ standing: RecordStanding, _ countries: Set<String>) -> RecordStatus {
        if let country = standing.country, !countries.isEmpty, !countries.contains(country) {
            return .recordLocationNotSupported
        }
        guard let own = standing.own, !standing.isSuspended else { return .reauthorizationNotPossible }
        let needs = rules.rules.filter(\.isRequired).flatMap { rule in
            rule.types.flatMap { type in rule.accesses.map { (rule.mode, $0, type) } }
        }
        let isReached = needs.allSatisfy { _, access, type in
            Mode.allCases.contains { own[$0, access].contains(type) }
        }
        guard isReached else { return .reauthorizationNotPossible }
        guard let grant = standing.grant else { return .authorizationRequired }
        let isGranted = needs.allSatisfy { grant.permissions[$0, $1].contains($2) }
        let isCurrent = rules.rules.filter(\.isRequired).allSatisfy { rule in
            grant.rules.allSatisfy { $0.name != rule.name || $0.version >= rule.materialSince }
        }
        return isGranted && isCurrent ? .noActionRequired : .reauthorizationRequired
    }

    static func rule(_ name: String, version: Int = 3, using dice: inout SeededDice) -> AuthorizationRule {
        let few: [DataType] = [.steps, .heartRate, .sleepStage, .bodyWeight]
        let types = DataTypeSet((0...dice.roll(0...2)).map { _ in dice.pick(few) })
        return Make.rule(
            name, types, mode: dice.pick(Mode.allCases), required: dice.flip(),
            accesses: dice.pick([[.read], [.read], [.create, .update], [.read, .delete]]),
            material: dice.roll(0...3) == 0 ? version : 1, display: dice.flip(), checkedFirst: dice.flip(),
            checkedDefault: dice.flip())
    }

    static func grant(under rules: RuleSet, using dice: inout SeededDice) -> GrantTerms {
        let agreed = rules.rules.filter { _ in dice.roll(0...5) > 0 }
        var terms = Make.terms(agreed, version: dice.pick([1, 3, 3]))
        if dice.roll(0...4) == 0 { terms.permissions = terms.permissions.removing([.steps]) }
        return terms
    }

    static func printed() -> String {
        var lines = [opening]
        for (place, entry) in StatusCase.all.enumerated() {
            let answer = entry.answer
            let agreed = entry.grant.map { words($0.permissions) } ?? "nothing in force"
            let own = entry.isSuspended ? "the record is suspended" : entry.own.map(ownWords) ?? "lost"
            let asks = entry.rules.map(asks).joined(separator: "; ")
            let missing = answer.shortfalls.map(shortfall).joined(separator: "; ")
            lines.append(
                "| \(place + 1) | \(entry.story) | \(asks) | \(agreed) | \(own) | `\(answer.status.rawValue)` | "
                    + "\(missing.isEmpty ? "–" : missing) | \(types(entry.readable)) | \(entry.rows) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let opening = """
        # What status a record has for an application

        A test prints this page from the program's one status (`Sources/Domain/Rules/RecordStatus.swift`) and fails when
        the two differ. The status tells an application what has to happen before it can count on a record: it is asked
        before a token is given, and told with each of a person's records.

        **The plain story.** The application has one required rule: to read steps while it acts alone. The person agreed
        to it, for a record of their own. Each case says how it differs from this. *Alone it still reads* is what the
        application goes on getting without the person, whatever the status: what was agreed to, what the person may do
        themselves, and what some current rule asks for, all three.

        | # | what happened | the rules ask now | agreed to | the person's own access | status | what is missing \
        | alone it still reads | requirement |
        |--:|---|---|---|---|---|---|---|---|
        """

    private static func asks(_ rule: AuthorizationRule) -> String {
        "\(rule.isRequired ? "required" : "optional"): \(words(rule.permissions))"
    }

    private static func words(_ permissions: Permissions) -> String {
        let cells = Mode.allCases.flatMap { mode in
            Access.allCases.compactMap { access -> String? in
                let held = permissions[mode, access]
                return held.isEmpty
                    ? nil : "\(access.rawValue) \(types(held)) \(mode == .online ? "when present" : "alone")"
            }
        }
        return cells.isEmpty ? "nothing" : cells.joined(separator: ", ")
    }

    private static func ownWords(_ permissions: Permissions) -> String {
        if permissions == .everything { return "everything" }
        if permissions == .reading(.all) { return "read everything" }
        let cells = Access.allCases.compactMap { access -> String? in
            let held = permissions.withoutModes[.online, access]
            return held.isEmpty ? nil : "\(access.rawValue) \(types(held))"
        }
        return cells.joined(separator: ", ")
    }

    private static func types(_ types: DataTypeSet) -> String {
        types.isEmpty ? "nothing" : types.map { $0.plainName.lowercased() }.joined(separator: " and ")
    }

    private static func shortfall(_ shortfall: Shortfall) -> String {
        let what =
            switch shortfall.reason {
            case .notGranted(let lacking): "not agreed to: \(words(lacking))"
            case .newWording: "agreed to another wording"
            case .beyondOwnAccess(let lacking): "beyond the person's own access: \(ownWords(lacking))"
            }
        return "rule “\(shortfall.rule.text)”, \(what)"
    }
}
