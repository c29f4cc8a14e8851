// What an access token is worth when it arrives, and which grant it speaks for when a record is named.

import Domain
import Vault

extension KnownToken {
    /// Nil while the token itself is good. What its grant is worth is for the decision to say.
    func problem(at now: Moment, in tx: borrowing Transaction) throws(StorageError) -> Problem? {
        // Its life comes first: a sweep that ends it with its grant must not change the answer.
        if now >= expiresAt { return .tokenExpired }
        guard hasEnded else { return nil }
        // A token that ended with its grant is answered by the grant (C10); one that ended alone is just no good. One that stood
        // on the person ended with the last grant that it reached; where there is one again, it was not given to this token.
        guard let person else { return known.facts.grant?.isRevoked == true ? nil : .notAuthenticated }
        let reached = try GrantTable.of(person: person, application: application, record: nil, in: tx)
        return reached.contains { $0.state(at: now) == .active } ? .notAuthenticated : nil
    }

    /// The facts for the record that the request names. Another record than the token's looks like no grant at all.
    func known(
        of record: String, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Known {
        guard grant == nil else { return known.recordPseudonym?.text == record ? known : known.withoutGrant }
        // What is spelled like no record of ours is not looked for.
        guard RecordPseudonym(record) != nil else { return known.withoutGrant }
        return try FactsTable.byPseudonym(record, for: application, of: person, at: now, in: tx) ?? known.withoutGrant
    }
}
