// The platform's own way of asking for more (A7): `target=APPAUTH` names optional rules, and what comes back is only the outcome.

public import Domain
import Vault

extension Gateway {
    /// Unknown names are refused, each with its parameter, before anything is shown.
    public func startShell(
        _ asked: ShellRequest, request: RequestID?
    ) async throws(Declined) -> AuthorizationStart {
        guard let id = ApplicationID(asked.application) else {
            throw Declined(.invalidFields, faults: [FieldFault("appid", "not known here")])
        }
        let record = asked.record.map { RecordPseudonym($0) }
        let found = try await read { tx -> Found? in
            guard let row = try ApplicationTable.find(id, in: tx), row.isActive,
                let rules = try ApplicationTable.rules(of: id, version: row.ruleVersion, in: tx),
                let uri = try ApplicationTable.redirectURIs(of: id, in: tx).first
            else { return nil }
            var known: RecordID?
            if let name = record ?? nil { known = try PseudonymTable.record(named: name, of: id, in: tx) }
            return Found(application: row, rules: rules, redirectURI: uri, record: known)
        }
        guard let found else {
            throw Declined(.invalidFields, faults: [FieldFault("appid", "not known here")])
        }
        var faults: [FieldFault] = []
        var named: [RuleName] = []
        for (mode, prefix, names) in [(Mode.online, "onopt", asked.online), (.offline, "offopt", asked.offline)] {
            for (place, text) in names.enumerated() {
                let rule = RuleName(text).flatMap { found.rules.rule(named: $0) }
                if let rule, rule.mode == mode, !rule.isRequired {
                    if named.contains(rule.name) {
                        faults.append(FieldFault("\(prefix)\(place + 1)", "is named twice"))
                    }
                    named.append(rule.name)
                } else {
                    faults.append(
                        FieldFault(
                            "\(prefix)\(place + 1)",
                            "the application has no optional \(mode.rawValue) rule of this name"))
                }
            }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        if asked.record != nil, found.record == nil {
            return .sendBack(
                RedirectURI.adding(
                    [("target", "AppAuthInvalidRecord"), ("actionqs", asked.actionQuery)], to: found.redirectURI))
        }
        let scope = named.map { Scope.rule($0).text }.joined(separator: " ")
        // Nothing is required, nothing is shown unasked and nothing was named: there is nothing a person could say yes to.
        guard (try? ScopeRequest.resolve(scope, against: found.rules, addsToFlags: true)) != nil else {
            return .sendBack(
                RedirectURI.adding(
                    [("target", "AppAuthReject"), ("actionqs", asked.actionQuery)], to: found.redirectURI))
        }
        let flow = world.secret(.flow)
        let stamp = stamp(.approvalStarted, request)
        let row = ApprovalRow(
            id: world.identify(), application: id, ruleVersion: found.rules.version, redirectURI: found.redirectURI,
            clientState: nil, codeChallenge: "",
            requestedScope: scope,
            flowHash: hashSecret(flow), person: nil, state: .pending, createdAt: stamp.at,
            expiresAt: stamp.at + policy.approvalWindow.span, kind: .shell, actionQuery: asked.actionQuery,
            asked: found.record)
        try await write { tx in
            try ApprovalTable.insert(row, in: tx)
            try AuditTable.append(stamp.entry(application: id), in: tx)
        }
        return .pending(row.id, expiresAt: row.expiresAt, flow: flow)
    }

    private struct Found: Sendable {
        let application: ApplicationRow
        let rules: RuleSet
        let redirectURI: String
        let record: RecordID?
    }

    /// Where an application can send the person to be asked for what it misses: a ready-made address.
    func askURL(_ application: ApplicationID, record: RecordPseudonym?, rules: [AuthorizationRule] = []) -> String {
        var parts = ["appid=\(application.text)"]
        if let record { parts.append("extrecordid=\(record.text)") }
        for (mode, prefix) in [(Mode.online, "onopt"), (.offline, "offopt")] {
            for (place, rule) in rules.filter({ $0.mode == mode && !$0.isRequired }).enumerated() {
                parts.append("\(prefix)\(place + 1)=\(rule.name.text)")
            }
        }
        // Every character of the parts but these two is unreserved (RFC 3986 §2.3).
        let query = parts.joined(separator: "&").flatMap { character -> String in
            switch character {
            case "=": "%3D"
            case "&": "%26"
            default: String(character)
            }
        }
        return "\(policy.publicURL)/shell/redirect?target=APPAUTH&targetqs=\(String(query))"
    }
}
