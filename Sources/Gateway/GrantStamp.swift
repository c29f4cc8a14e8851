// How a grant changes: the row, its history, the audit line, the tokens, what waits, and the notice, all in one transaction.

import Domain
import Vault

/// What a change needs from the clock and the dice, drawn before its transaction, because the body may run twice.
struct GrantStamp: Sendable {
    let at: Moment
    let audit: AuditID
    let withdrawal: AuditID
    let notice: NoticeID
    let actor: Notice.Actor
    /// `page`, `api` or `none`.
    let method: String
    let request: RequestID?

    init(world: World, at now: Moment? = nil, actor: Notice.Actor, method: String, request: RequestID?) {
        at = now ?? world.now()
        audit = world.identify()
        withdrawal = world.identify()
        notice = world.identify()
        self.actor = actor
        self.method = method
        self.request = request
    }

    func line(_ action: AuditEntry.Action) -> AuditStamp {
        AuditStamp(
            id: audit, at: at, action: action, request: request, actor: AuditEntry.Actor(rawValue: actor.rawValue),
            method: AuditEntry.Method(rawValue: method))
    }
}

/// A grant with everybody it is about, as far as its change must be told.
struct GrantParties: Sendable {
    let application: ApplicationRow
    let person: AuditName?
    let record: AuditName?

    init(application: ApplicationRow, person: AuditName?, record: AuditName?) {
        self.application = application
        self.person = person
        self.record = record
    }

    init(_ row: GrantRow, in tx: borrowing Transaction) throws(StorageError) {
        guard let application = try ApplicationTable.find(row.application, in: tx) else {
            throw StorageError(.corrupt, "a grant's application is missing")
        }
        self.application = application
        person = try PersonTable.find(row.person, in: tx)?.auditName
        record = try RecordTable.auditName(of: row.record, in: tx)
    }
}

extension GrantStamp {
    /// The person's first yes for this record.
    func give(_ asked: GrantRow, _ parties: GrantParties, in tx: borrowing Transaction) throws(StorageError) {
        let row = asked.limited(try RuleTable.limited(asked.terms, application: asked.application, in: tx))
        try GrantTable.insert(row, in: tx)
        try tell(row, .given, .approvalApproved, .grantGiven, parties, in: tx)
    }

    /// New terms under the same id. Nil when the grant is not in force, or somebody else changed it meanwhile.
    func change(
        _ row: GrantRow, by event: GrantState.Event, to asked: GrantTerms, ruleVersion: Int, _ parties: GrantParties,
        in tx: borrowing Transaction
    ) throws(StorageError) -> GrantRow? {
        let terms = try RuleTable.limited(asked, application: row.application, in: tx)
        var state = row.state(at: at)
        guard let effects = try? state.apply(event),
            try GrantTable.update(row.id, to: terms, ruleVersion: ruleVersion, from: row.version, in: tx)
        else { return nil }
        let changed = row.changed(to: terms, ruleVersion: ruleVersion)
        // No token outlives its grant.
        if terms.expiresAt < row.expiresAt {
            try TokenTable.shorten(ofGrant: row.id, to: terms.expiresAt, in: tx)
        } else if terms.expiresAt > row.expiresAt {
            try FamilyTable.prolong(ofGrant: row.id, to: terms.expiresAt, in: tx)
        }
        let (history, action) = Self.words(for: event)
        try perform(effects, on: changed, before: row.permissions, parties, in: tx)
        try tell(changed, history, action, nil, parties, in: tx)
        return changed
    }

    /// The end, by somebody's word or by the clock. False when it was over already.
    func end(
        _ row: GrantRow, by event: GrantState.Event, _ parties: GrantParties, in tx: borrowing Transaction
    ) throws(StorageError) -> Bool {
        var state = row.state
        guard let effects = try? state.apply(event) else { return false }
        let isFirst =
            state == .revoked
            ? try GrantTable.revoke(row.id, at: at, in: tx) : try GrantTable.expire(row.id, in: tx)
        guard isFirst else { return false }
        let (history, action) = Self.words(for: event)
        try tell(row, history, action, nil, parties, in: tx)
        let ended = try perform(effects, on: row, parties, in: tx)
        try GrantTable.noteTokens(ended, of: row.id, in: tx)
        return true
    }

    /// Answers how many tokens ended.
    @discardableResult
    private func perform(
        _ effects: [Effect], on row: GrantRow, before: Permissions? = nil, _ parties: GrantParties,
        in tx: borrowing Transaction
    ) throws(StorageError) -> Int {
        var items = 0
        var tokens = 0
        for effect in effects {
            switch effect {
            case .endTokens:
                tokens += try TokenTable.endAll(ofGrant: row.id, at: at, in: tx)
                // A multi-record token stands on the person: it ends with the last grant that it reaches.
                let others = try GrantTable.of(
                    person: row.person, application: row.application, record: nil, in: tx)
                if !others.contains(where: { $0.id != row.id && $0.state(at: at) == .active }) {
                    tokens += try TokenTable.endAll(
                        ofPerson: row.person, application: row.application, at: at, in: tx)
                }
            case .withdrawParcels: items += try ParcelTable.withdraw(ofGrant: row.id, at: at, in: tx)
            case .withdrawUncovered:
                // Nothing waits that was not readable before.
                let readable = row.permissions.withoutModes[.online, .read]
                let were = before?.withoutModes[.online, .read] ?? DataTypeSet.all
                items += try ParcelTable.withdraw(ofGrant: row.id, were.subtracting(readable), at: at, in: tx)
                items += try ParcelTable.withdraw(ofGrant: row.id, beyond: row.terms.readable, at: at, in: tx)
            case .announce, .makeGrant, .issueCode, .dropPayload: break
            }
        }
        guard items > 0 else { return tokens }
        try AuditTable.append(
            AuditStamp(id: withdrawal, at: at, action: .withdraw, request: request).entry(
                application: row.application, person: parties.person, record: parties.record, grant: row.id,
                items: items), in: tx)
        return tokens
    }

    private func tell(
        _ row: GrantRow, _ event: GrantChange.Event, _ action: AuditEntry.Action, _ notice: Notice.Event?,
        _ parties: GrantParties, in tx: borrowing Transaction
    ) throws(StorageError) {
        try GrantTable.record(event, of: row.id, actor: actor, method: method, at: at, in: tx)
        try AuditTable.append(
            line(action).entry(
                application: row.application, person: parties.person, record: parties.record, grant: row.id,
                types: row.permissions.types), in: tx)
        try announce(notice ?? Self.notice(of: event), row, parties.application, in: tx)
    }

    /// Into the outbox, in the same transaction, where the application has said where notices go (B11).
    func announce(
        _ event: Notice.Event, _ row: GrantRow, _ application: ApplicationRow, in tx: borrowing Transaction
    ) throws(StorageError) {
        guard application.noticeURL != nil else { return }
        let notice = Notice(
            id: notice, event: event, at: at, actor: actor, application: row.application, record: row.recordPseudonym,
            person: row.personPseudonym, grant: row.id)
        try NoticeTable.insert(notice, lapsesAt: at + application.environment.bucketLife, in: tx)
    }

    private static func words(for event: GrantState.Event) -> (GrantChange.Event, AuditEntry.Action) {
        switch event {
        case .extend: (.extended, .grantExtended)
        case .narrow: (.narrowed, .grantNarrowed)
        case .renew: (.renewed, .grantRenewed)
        case .revoke: (.revoked, .grantRevoked)
        case .expire: (.expired, .grantExpired)
        }
    }

    private static func notice(of event: GrantChange.Event) -> Notice.Event {
        switch event {
        case .given: .grantGiven
        case .extended: .grantExtended
        case .narrowed: .grantNarrowed
        case .renewed: .grantRenewed
        case .revoked: .grantRevoked
        case .expired: .grantExpired
        }
    }
}
