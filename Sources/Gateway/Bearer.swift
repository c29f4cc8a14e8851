// What an access token is worth when it arrives, and which grant it speaks for when a record is named.

import Domain
import Vault

extension KnownToken {
    /// Nil while the token itself is good. What its grant is worth is for the decision to say. `key` is the thumbprint that the
    /// request proved: a bound token is worth nothing without its key, and one that is not bound nothing with any (RFC 9449 §7.1).
    func problem(at now: Moment, key: String?, in tx: borrowing Transaction) throws(StorageError) -> Problem? {
        guard key == keyThumbprint else { return .notAuthenticated }
        // Its life comes first: a sweep that ends it with its grant must not change the answer.
        if now >= expiresAt { return .tokenExpired }
        guard hasEnded else { return nil }
        // A token that ended with its grant is answered by the grant (C10); one that ended alone is just no good. One that stood
        // on the person ended with the last grant that it reached; where there is one again, it was not given to this token.
        guard let person else { return known.facts.grant?.isRevoked == true ? nil : .notAuthenticated }
        let reached = try GrantTable.of(person: person, application: application, record: nil, in: tx)
        return reached.contains { $0.state(at: now) == .active } ? .notAuthenticated : nil
    }

    /// The facts for the record that the request names. Another record than the token's looks like no grant at all. A token
    /// that stands on no one grant has the newest that would permit the first of the questions, or else the next: one
    /// holder's dead grant does not stand before another's good one.
    func known(
        of record: String, asking questions: [Question], at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Known {
        guard grant == nil else { return known.recordPseudonym?.text == record ? known : known.withoutGrant }
        let candidates = try candidates(of: record, at: now, in: tx)
        for question in questions {
            let good = candidates.first { !foresee(question, given: $0.facts, at: now).types.isEmpty }
            if let good { return good }
        }
        return candidates.first ?? known.withoutGrant
    }

    /// The facts of every grant that the token reaches in that record: those in force, newest first, or else the one that
    /// ended last. Never empty. Here, and nowhere else, a token that says less than its grants is held to what it says.
    func candidates(
        of record: String, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> [Known] {
        guard grant == nil else { return [known.recordPseudonym?.text == record ? known : known.withoutGrant] }
        // What is spelled like no record of ours is not looked for.
        guard RecordPseudonym(record) != nil, !isForGrantsAlone else { return [known.withoutGrant] }
        let inForce = try FactsTable.inForce(under: record, for: application, of: person, at: now, in: tx)
        if !inForce.isEmpty { return inForce.map(limited) }
        let last = try FactsTable.byPseudonym(record, for: application, of: person, at: now, in: tx)
        return [limited(last ?? known.withoutGrant)]
    }

    private func limited(_ known: Known) -> Known {
        guard limit != nil else { return known }
        var known = known
        known.facts = known.facts.limited(to: limit)
        return known
    }

    /// The token itself was asked for with less than the question needs, whatever a grant may give.
    func isBeyondLimit(_ question: Question) -> Bool {
        guard let limit else { return false }
        let reach = limit[question.mode, question.access]
        guard let types = question.types else { return reach.isEmpty }
        return !types.isSubset(of: reach)
    }

    /// The same token without its limit.
    var unlimited: KnownToken {
        var token = self
        token.limit = nil
        return token
    }

    /// Asked for to manage grants and for nothing else: it reaches no record.
    var isForGrantsAlone: Bool {
        guard grant == nil, person == nil else { return false }
        return scope.split(separator: " ").allSatisfy { GrantManagementScope(rawValue: String($0)) != nil }
    }
}
