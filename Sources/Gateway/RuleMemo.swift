// Published rule sets never change, so what they mean for client credentials is worked out once per version. The time of the
// publication is part of what is remembered: a version whose transaction failed may be published anew with other rules.

import Domain
import Synchronization
import Vault

final class RuleMemo: Sendable {
    /// What an application may do alone with what it asked for.
    struct Alone: Sendable {
        /// What the token's answer says.
        let scope: String
        /// Nil where nothing in particular was asked.
        let limit: Permissions?
    }

    private struct Asked: Hashable {
        let application: ApplicationID
        let version: Int
        let publishedAt: Moment
        let scope: String
    }
    private let known = Mutex<[Asked: Alone]>([:])

    /// What was asked, if offline rules cover it; all offline rules when no data was. Nil when there is none.
    func alone(
        _ application: ApplicationID, _ client: ClientRow, asked: String, in tx: borrowing Transaction
    ) throws(StorageError) -> Alone? {
        let version = client.ruleVersion
        let key = Asked(application: application, version: version, publishedAt: client.rulesSince, scope: asked)
        if let known = known.withLock({ $0[key] }) { return known }
        guard let rules = try ApplicationTable.rules(of: application, version: version, in: tx) else { return nil }
        let offline = RuleSet(version: version, rules: rules.rules.filter { $0.mode == .offline })
        guard let alone = Self.alone(asked, offline) else { return nil }
        // What a stranger could send without end is not kept.
        guard asked.utf8.count <= 512 else { return alone }
        known.withLock { known in
            if known.count >= 1_024 { known.removeAll() }
            known[key] = alone
        }
        return alone
    }

    private static func alone(_ asked: String, _ offline: RuleSet) -> Alone? {
        let words = asked.split(separator: " ").map(String.init)
        let named = words.filter { $0 != Scope.offlineAccess.text }
        if named.isEmpty {
            guard !offline.rules.isEmpty, words.count <= 1 else { return nil }
            return Alone(scope: (offline.rules.map(\.scope.text) + words).joined(separator: " "), limit: nil)
        }
        guard let request = try? ScopeRequest.resolve(asked, against: offline, actsAlone: true), !request.lines.isEmpty
        else { return nil }
        let scope = asked.contains("/") ? offline.given(of: asked) : asked
        return Alone(scope: scope, limit: offline.limit(of: scope))
    }
}
