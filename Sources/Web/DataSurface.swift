// The applications' API for health data. The items arrive as JSON and leave as they came: nothing is parsed on the way.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    func readItems(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let asked = try ItemsQuery(try incoming.query())
        let disclosure = try await gateway.read(
            token: token.text, key: token.key, record: incoming.parameter("record"), types: asked.types,
            limit: asked.limit,
            after: asked.after, request: incoming.id)
        var response = Answer.bytes(Self.body(disclosure), contentType: "application/json")
        response.headers.append(HTTPField(name: .audit, value: disclosure.audit.text))
        return response
    }

    static func body(_ disclosure: Disclosure) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(disclosure.parcels.reduce(128) { $0 + $1.items.count + 192 })
        body.writeStaticString("{\"record\":\"")
        body.writeString(disclosure.record.text)
        body.writeStaticString("\",\"parcels\":[")
        var isFirst = true
        for parcel in disclosure.parcels {
            body.writeStaticString(isFirst ? "{\"id\":\"" : ",{\"id\":\"")
            isFirst = false
            body.writeString(parcel.id.text)
            body.writeStaticString("\",\"type\":\"")
            body.writeString(parcel.type.rawValue)
            body.writeStaticString("\",\"created_at\":\"")
            body.writeString(parcel.createdAt.rfc3339)
            body.writeStaticString("\",\"expires_at\":\"")
            body.writeString(parcel.lapsesAt.rfc3339)
            body.writeStaticString("\",\"items\":")
            body.writeBytes(parcel.items)
            body.writeStaticString("}")
        }
        body.writeStaticString("],\"next\":")
        if let next = disclosure.next {
            body.writeStaticString("\"")
            body.writeString(next.text)
            body.writeStaticString("\"}")
        } else {
            body.writeStaticString("null}")
        }
        return body
    }

    func acknowledge(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        var fields = FieldReader(try await incoming.json())
        let parcels = fields.texts("parcels")
        try fields.finish()
        let ended = try await gateway.acknowledge(
            token: token.text, key: token.key, record: incoming.parameter("record"), parcels: parcels,
            request: incoming.id)
        return Answer.json(.object(["acknowledged": .count(ended)]))
    }
}

/// What `types`, `limit` and `after` of the query ask for. A parameter that nobody knows is a fault, not a whim.
struct ItemsQuery: Equatable {
    /// Nil asks for every type the grant covers.
    var types: [String]?
    /// Parcels: 1 to 100.
    var limit = 20
    var after: String?

    init(_ query: Form) throws(Declined) {
        var faults: [FieldFault] = []
        if let name = query.repeatedName { faults.append(FieldFault(name, "given more than once")) }
        for field in query.fields {
            switch field.name {
            case "types":
                types = field.value.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
            case "limit":
                if let limit = Int(field.value), (1...100).contains(limit) {
                    self.limit = limit
                } else {
                    faults.append(FieldFault("limit", "a whole number from 1 to 100"))
                }
            case "after":
                after = field.value
            default:
                faults.append(FieldFault(field.name, "there is no such parameter"))
            }
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}
