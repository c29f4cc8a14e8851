// The API for the person's own app about the account: the password, the way back to a lost one, and the end.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func changePassword(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let current = fields.text("current_password")
        let new = fields.text("new_password")
        try fields.finish()
        try await gateway.changePassword(
            of: person.person, current: current, new: new, keeping: Caller.bearer(incoming.headers),
            request: incoming.id)
        return Answer.noContent()
    }

    func makeRecoveryCode(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let password = fields.text("password")
        try fields.finish()
        let code = try await gateway.makeRecoveryCode(for: person.person, password: password, request: incoming.id)
        return Answer.json(.object(["recovery_code": .string(code)]), status: .created)
    }

    func recoverAccount(_ incoming: Incoming) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let login = fields.text("login")
        let code = fields.text("code")
        let new = fields.text("new_password")
        try fields.finish()
        try await gateway.recover(
            login: login, code: code, new: new, from: incoming.address, request: incoming.id)
        return Answer.noContent()
    }

    func tellClosing(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let view = try await gateway.closing(of: person.person)
        return Answer.json(
            .object([
                "records_closed": .texts(view.recordsClosed), "records_left": .texts(view.recordsLeft),
                "records_in_the_way": .texts(view.recordsInTheWay), "grants_ended": .texts(view.grantsEnded),
            ]))
    }

    func closeAccount(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let password = fields.text("password")
        try fields.finish()
        let proof = try await gateway.closeAccount(of: person.person, password: password, request: incoming.id)
        return Answer.json(
            .object(["erasure_proof": .string(proof.token), "audit_entry": .string(proof.entry.text)]))
    }
}
