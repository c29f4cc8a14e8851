// More people and more applications for the house under test, and a look into what it answers.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import Testing

@testable import Web

extension HouseUnderTest {
    /// Somebody else, signed in with their own app.
    func somebody(_ login: String) async throws -> (person: PersonID, app: HTTPFields) {
        let person = try await gateway.register(
            login: login, password: Self.password, name: "Somebody \(login)", request: nil)
        let session = try await gateway.signIn(login: login, password: Self.password, kind: .bearer, request: nil)
        return (person, [.authorization: "Bearer \(session.token)"])
    }

    /// The person's own app, after they have become an owner of the organization.
    func owner() async throws -> HTTPFields {
        let app = try await app()
        _ = try await gateway.acceptInvitation(invitation, by: person, request: nil)
        return app
    }

    func putJSON(_ path: String, _ headers: HTTPFields, _ body: String) async throws -> Reply {
        try await ask(.put, path, headers, type: "application/json", body: body)
    }

    /// A rule as JSON, to be sent.
    static func rule(
        _ name: String, mode: String = "online", required: Bool = false, types: String = "\"steps\"", more: String = ""
    ) -> String {
        """
        {"name":"\(name)","mode":"\(mode)","required":\(required),"accesses":["read"],"data_types":[\(types)],
        "why":"For \(name)."\(more)}
        """
    }
}

extension HouseUnderTest.Reply {
    var json: JSONValue {
        get throws { try JSONParser.parse(Array(text.utf8)) }
    }

    /// A value inside, by names and places: `records.0.name`. Text as it is, everything else as JSON; nil where nothing is.
    func value(_ path: String) throws -> String? {
        var value: JSONValue? = try json
        for step in path.split(separator: ".") {
            switch value {
            case .object(let members): value = members.first { $0.name == step }?.value
            case .array(let elements): value = Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            default: value = nil
            }
        }
        switch value {
        case nil: return nil
        case .string(let text): return text
        case .some(let other): return String(buffer: other.buffer)
        }
    }
}
