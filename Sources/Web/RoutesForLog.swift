// The part of the route table that is about the audit log: what anybody may check, and what those may have whom an entry concerns.

import Domain
import HTTPTypes

extension RouteTable {
    /// Below this the log lies as C2SP tlog-tiles has it.
    static let log: [Route] = [
        route(
            .logCheckpoint, .get, "/log/checkpoint", .anyone, .json, [],
            "Gives the log's newest checkpoint, signed (C2SP tlog-checkpoint).", isShared: true),
        route(
            .logWitnessed, .get, "/log/checkpoint/witnessed", .anyone, .json, [],
            "Gives the newest checkpoint that enough of the log's witnesses signed (C2SP tlog-cosignature).",
            isShared: true),
        route(
            .logTile, .get, "/log/tile/**", .anyone, .json, [],
            "Gives a tile of the log's hashes (C2SP tlog-tiles), and no entry.", isShared: true),
        route(
            .logKey, .get, "/log/key", .anyone, .json, [],
            "Gives the key by which the log's signatures are checked (C2SP signed-note).", isShared: true),
        route(
            .logKeys, .get, "/log/keys", .anyone, .json, [],
            "Lists every key that the log was and is signed with, each with its time.", isShared: true),
        route(
            .logHandover, .get, "/log/handover/{number}", .anyone, .json, [],
            "Proves that the log's key handed over to the next (C2SP tlog-proof); counted from 1.", isShared: true),
        route(
            .logConsistency, .get, "/log/consistency", .anyone, .json, [.invalidFields],
            "Proves that the log of one size begins with the log of a smaller one (RFC 6962).", isShared: true),
        route(
            .logMinimum, .get, "/log/minimum", .anyone, .json, [],
            "Says from which index on entries are kept (C2SP tlog-tiles, Pruning).", isShared: true),
        route(
            .auditEntry, .get, "/api/v1/audit/{id}", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .auditNotSealedYet],
            "Gives an entry of the audit trail that the token may see.", isShared: true),
        route(
            .auditProof, .get, "/api/v1/audit/{id}/proof", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .auditNotSealedYet],
            "Proves that the log has that entry (C2SP tlog-proof).", isShared: true),
        route(
            .ownAuditEntry, .get, "/partner/audit/{id}", .session, .json, [.notAuthenticated, .auditNotSealedYet],
            "Gives an entry of the audit trail that names the person or a record that they look after."),
        route(
            .ownAuditProof, .get, "/partner/audit/{id}/proof", .session, .json,
            [.notAuthenticated, .auditNotSealedYet],
            "Proves that the log has that entry, with the entry itself (C2SP tlog-proof)."),
    ]
}
