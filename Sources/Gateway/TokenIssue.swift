// Tokens as they come to be: the access token, and for an application that may act while the person is away the refresh token.

import Domain
import Vault

/// What an issue needs from the clock and the dice, drawn before its transaction, because the body may run twice.
struct TokenDraws: Sendable {
    let stamp: AuditStamp
    let access: String
    let refresh: String
    let family: TokenFamilyID

    init(world: World, _ stamp: AuditStamp) {
        self.stamp = stamp
        access = world.secret(.accessToken)
        refresh = world.secret(.refreshToken)
        family = world.identify()
    }

    var at: Moment { stamp.at }
}

/// What a token is to stand on.
struct TokenBasis: Sendable {
    let application: ApplicationID
    let grant: Vault.GrantRow
    /// Set for a multi-record application: the token stands on the person.
    let person: PersonID?
    let mode: Mode
    let scope: String
    /// When the last of what it reaches ends.
    let end: Moment
    let code: [UInt8]?
    let keyThumbprint: String?
    /// The family that carries it on, and the generation of its new refresh token.
    let family: (id: TokenFamilyID, generation: Int)?

    /// The scope of a grant as one authorization sees it: what was agreed to once is not part of every answer.
    static func scope(of grant: Vault.GrantRow, keepsAccess: Bool) -> String {
        grant.terms.scopeTokens.filter { keepsAccess || $0 != Scope.offlineAccess.text }.joined(separator: " ")
    }
}

/// Under which names the trail knows whom a line is about.
struct AuditNames: Sendable {
    let person: AuditName?
    let record: AuditName?
}

extension TokenDraws {
    /// Writes the rows and the audit line, and says the answer. No token outlives its grant. `names` are looked up unless they
    /// are known.
    func issue(
        _ basis: TokenBasis, life: Span, names: AuditNames? = nil, in tx: borrowing Transaction
    ) throws(StorageError) -> TokenAnswer {
        let grant = basis.grant
        let until = min(at + life, basis.end)
        try TokenTable.insert(
            hash: hashSecret(access), application: basis.application, grant: basis.person == nil ? grant.id : nil,
            person: basis.person, code: basis.code, family: basis.family?.id, keyThumbprint: basis.keyThumbprint,
            mode: basis.mode, scope: basis.scope, at: at, until: until, in: tx)
        if let (id, generation) = basis.family {
            try FamilyTable.insertToken(hash: hashSecret(refresh), of: id, generation: generation, at: at, in: tx)
        }
        var names = names
        if names == nil, let known = try FactsTable.byGrant(grant.id, in: tx) {
            names = AuditNames(person: known.person, record: known.record)
        }
        try AuditTable.append(
            stamp.entry(
                application: basis.application, person: names?.person, record: names?.record, grant: grant.id,
                mode: basis.mode, types: grant.permissions.types), in: tx)
        let tokens = basis.scope.split(separator: " ").map(String.init)
        return TokenAnswer(
            accessToken: access, expiresIn: (until - at).seconds, scope: basis.scope,
            authorizationExpiresIn: (grant.expiresAt - at).seconds, record: grant.recordPseudonym,
            person: grant.personPseudonym, grant: grant.id, refreshToken: basis.family == nil ? nil : refresh,
            isBound: basis.keyThumbprint != nil,
            patient: tokens.contains(Scope.launchPatient.text) ? grant.recordPseudonym : nil,
            // Standing on the person it reaches several grants: no one of them says what it may do.
            details: basis.person == nil ? try grant.details(in: tx) : nil)
    }
}
