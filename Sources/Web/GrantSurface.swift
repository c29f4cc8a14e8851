// The API for the person's own app about what was granted: all of it with its history, and the three ways to change it (C8, C9).

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func listGrants(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let asked = try GrantsQuery(try incoming.query())
        let page = try await gateway.grants(of: person.person, after: asked.after, limit: asked.limit)
        return Answer.json(
            .object(["grants": .array(page.grants.map { .grant($0) }), "next": .text(page.next?.text)]))
    }

    func tellGrant(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        Answer.json(.grantWithHistory(try await gateway.grant(try incoming.identifier(), of: person.person)))
    }

    func endGrant(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        return Answer.json(
            .grantWithHistory(try await gateway.revoke(id, by: person.person, through: .api, request: incoming.id)))
    }

    func takeBack(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let asked = NarrowingRequest(
            types: fields.optionalTexts("data_types"), rules: fields.optionalTexts("rules"),
            days: fields.optionalCount("days"))
        try fields.finish()
        let view = try await gateway.narrow(id, by: person.person, asked, through: .api, request: incoming.id)
        return Answer.json(.grantWithHistory(view))
    }

    func prolong(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        var fields = FieldReader(try await incoming.json())
        let days = fields.optionalCount("days")
        try fields.finish()
        let view = try await gateway.renew(id, by: person.person, days: days, through: .api, request: incoming.id)
        return Answer.json(.grantWithHistory(view))
    }
}
