// Published rule sets never change, so what they mean for client credentials is worked out once per version.

import Domain
import Synchronization
import Vault

final class RuleMemo: Sendable {
    private struct Key: Hashable {
        let application: ApplicationID
        let version: Int
    }
    private let sets = Mutex<[Key: RuleSet]>([:])

    /// The scope an application may act with alone: what was asked, if offline rules cover it; all offline rules when nothing
    /// was asked. Nil when there is none.
    func offlineScope(
        _ application: ApplicationID, version: Int, asked: String, in tx: borrowing Transaction
    ) throws(StorageError) -> String? {
        guard let rules = try find(application, version, in: tx) else { return nil }
        let offline = rules.rules.filter { $0.mode == .offline }
        if asked.isEmpty {
            return offline.isEmpty ? nil : offline.map(\.scope.text).joined(separator: " ")
        }
        let covered = RuleSet(version: version, rules: offline)
        guard let request = try? ScopeRequest.resolve(asked, against: covered, actsAlone: true), !request.lines.isEmpty
        else { return nil }
        guard asked.contains("/") else { return asked }
        return covered.given(of: asked)
    }

    private func find(
        _ application: ApplicationID, _ version: Int, in tx: borrowing Transaction
    ) throws(StorageError) -> RuleSet? {
        let key = Key(application: application, version: version)
        if let known = sets.withLock({ $0[key] }) { return known }
        guard let rules = try ApplicationTable.rules(of: application, version: version, in: tx) else { return nil }
        sets.withLock { sets in
            if sets.count >= 1_024 { sets.removeAll() }
            sets[key] = rules
        }
        return rules
    }
}
