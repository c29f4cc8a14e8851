// Who sees an entry of the trail: one rule for people and one for tokens. Lists, counts, single entries and proofs all ask here, so
// that no id opens what no list would show.

import Domain
import Vault

/// What of the trail a person may see: what names them, and what names a record that they look after now. Who merely holds a record
/// sees what they gave themselves; who looks after it sees everybody's.
struct PersonSight: Sendable {
    let person: PersonID
    let name: AuditName
    let holdings: [HoldingRow]
    let subjects: [AuditSubject]
    let isTold: Bool
    let seenAt: Moment?

    /// Nil for somebody who is not there any more.
    init?(of person: PersonID, at now: Moment, in tx: borrowing Transaction) throws(StorageError) {
        guard let row = try PersonTable.find(person, in: tx), let notices = try NoticeOfAccessTable.find(person, in: tx)
        else { return nil }
        self.person = person
        name = row.auditName
        holdings = try RecordTable.of(person: person, in: tx)
        isTold = notices.isTold
        seenAt = notices.seenAt
        subjects =
            [.person(row.auditName)]
            + holdings.filter { $0.holding.isCustodian && $0.reach(at: now) != nil }.map {
                .record($0.record.auditName)
            }
    }

    func sees(_ entry: AuditEntry) -> Bool { subjects.contains { $0.isNamed(by: entry) } }

    /// So that no entry comes twice: of a record, what names the person too is left to them.
    func narrow(_ filter: AuditFilter, for subject: AuditSubject) -> AuditFilter {
        guard case .record = subject else { return filter }
        var filter = filter
        filter.butNotOf = name
        return filter
    }
}

/// What of the trail a token may see: always only what names its application, and of that what names its grant, or the person on
/// whom it stands. A token of the application's own sees all of it. A public client's token lies with one person, and shows nobody
/// else.
struct TokenSight: Sendable {
    let application: ApplicationID
    let subject: AuditSubject

    /// `CONSENT_REQUIRED` for a token that may see nothing, whatever it asks for.
    static func of(
        _ hash: [UInt8], key: String?, at now: Moment, in tx: borrowing Transaction
    ) throws(StorageError) -> Result<TokenSight, Declined> {
        guard let token = try FactsTable.byToken(hash, in: tx) else { return .failure(Declined(.notAuthenticated)) }
        if let problem = try token.problem(at: now, key: key, in: tx) { return .failure(Declined(problem)) }
        guard token.known.facts.application?.isInGoodStanding == true, !token.hasEnded, !token.isForGrantsAlone
        else { return .failure(Declined(.consentRequired)) }
        if let grant = token.grant {
            return .success(TokenSight(application: token.application, subject: .grant(grant)))
        }
        guard let person = token.person else {
            return .success(TokenSight(application: token.application, subject: .application(token.application)))
        }
        guard let row = try PersonTable.find(person, in: tx) else { return .failure(Declined(.consentRequired)) }
        return .success(TokenSight(application: token.application, subject: .person(row.auditName)))
    }

    func sees(_ entry: AuditEntry) -> Bool { entry.application == application && subject.isNamed(by: entry) }

    func narrow(_ filter: AuditFilter) -> AuditFilter {
        var filter = filter
        filter.application = application
        return filter
    }
}
