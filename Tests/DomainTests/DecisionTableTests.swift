// Prints docs/decision-table.md from the decision itself, so that whoever has to answer for it can read what it does.

import Domain
import TestKit
import Testing

struct DecisionTableTests {
    @Test("C7: docs/decision-table.md says what the decision does, case by case")
    func table() throws {
        try Golden.expect(Self.printed(), at: "docs/decision-table.md")
    }

    @Test("The table has a case for every answer")
    func everyAnswer() {
        let answers = Set(DecisionCase.all.map { $0.scene.decided() })
        for refusal in Refusal.allCases { #expect(answers.contains(.wouldRefuse(refusal)), "\(refusal.rawValue)") }
        #expect(answers.contains(.wouldPermit([.heartRate])))
    }

    @Test("The table's own words are told apart: no story is told twice in a chapter")
    func storiesDiffer() {
        let stories = DecisionCase.all.map { "\($0.chapter): \($0.story)" }
        #expect(Set(stories).count == stories.count)
    }

    static func printed() -> String {
        var lines = [opening]
        for (place, rung) in LadderTests.rungs.enumerated() {
            let refusal = rung.refusal
            lines.append(
                "| \(place + 1) | \(condition(refusal)) | `\(refusal.rawValue)` | \(told(refusal.problem)) |")
        }
        lines += [
            "| | all of these | | yes: what was asked, and never more than grant, rules and own access all give |"
        ]
        var chapter = ""
        for (place, entry) in DecisionCase.all.enumerated() {
            if entry.chapter != chapter {
                chapter = entry.chapter
                lines += [
                    "", "## \(chapter)", "", "| # | what differs | asked | answer | requirement |",
                    "|--:|---|---|---|---|",
                ]
            }
            lines.append(
                "| \(place + 1) | \(entry.story) | \(asked(entry.scene)) | \(answer(entry.scene)) | \(entry.rows) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let opening = """
        # What Licet answers, case by case

        A test prints this page from the program's one decision (`Sources/Domain/Access/Decision.swift`) and fails when
        the two differ. So this is not a description of what happens; it is what happens. After a change that is meant,
        run the tests with `LICET_WRITE_GOLDENS=1` and read the difference before committing it.

        **The plain story.** An application in good standing has rules that ask to read heart rate and steps, both with
        the person present and alone. Anna granted exactly that, for her own record, thirty days before its end. Nothing
        is suspended. The application asks, while Anna is present, to read her heart rate. Each case below says only how
        it differs from this.

        **The answers.** *Yes* names what may be touched. *No* names the reason that the audit keeps, and the code that
        the application is told. What it is told is less than what is recorded: whoever holds no active grant is told
        the same whatever the record, so that nobody can find out by asking.

        ## The ladder

        These are looked at in this order. The first that is not so gives the answer; nothing after it is looked at.

        | step | what must be so | if not, recorded as | the application is told |
        |--:|---|---|---|
        """

    private static func condition(_ refusal: Refusal) -> String {
        switch refusal {
        case .applicationNotInGoodStanding: "the application is known and in good standing"
        case .noGrant: "there is a grant to this application"
        case .grantRevoked: "the grant was not revoked"
        case .grantExpired: "the grant's end has not come"
        case .recordAccessLost: "the person has access to the record, and its end has not come"
        case .recordSuspended: "the record is not suspended"
        case .modeNotGranted:
            "grant and current rules give something in this mode (person present, or application alone)"
        case .notCovered: "grant and current rules give this access to everything that is asked by name"
        case .recordAccessTooSmall: "the person's own access reaches what is asked"
        }
    }

    private static func told(_ problem: Problem) -> String { "\(problem.status) `\(problem.rawValue)`" }

    private static func asked(_ scene: Scene) -> String {
        let what =
            switch scene.types {
            case nil: "all there is"
            case .some(let types) where types.isEmpty: "nothing"
            case .some(let types): words(types)
            }
        return "\(scene.access.rawValue) \(what), \(scene.asks == .online ? "present" : "alone")"
    }

    private static func answer(_ scene: Scene) -> String {
        switch scene.decided() {
        case .wouldPermit(let types): "**yes**: \(words(types))"
        case .wouldRefuse(let refusal): "**no**: `\(refusal.rawValue)`, \(told(refusal.problem))"
        }
    }

    private static func words(_ types: DataTypeSet) -> String {
        types.map { $0.plainName.lowercased() }.joined(separator: ", ")
    }
}
