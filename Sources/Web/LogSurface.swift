// The log for whoever checks it (C2SP tlog-tiles), and a single entry with its proof for whom it concerns.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    func giveCheckpoint(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.bytes(ByteBuffer(bytes: try await gateway.logCheckpoint()), contentType: Self.plainText)
    }

    func giveLogKey(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.text("\(try await gateway.logKey())\n")
    }

    /// How many entries of the log's beginning are not kept any more.
    func giveLogMinimum(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.text("\(try await gateway.logMinimum())\n")
    }

    func giveWitnessedCheckpoint(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.bytes(ByteBuffer(bytes: try await gateway.witnessedCheckpoint()), contentType: Self.plainText)
    }

    func listLogKeys(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.text(try await gateway.logKeys().map { "\($0.line)\n" }.joined())
    }

    func giveHandover(_ incoming: Incoming) async throws(Declined) -> Response {
        let handovers = try await gateway.logHandovers()
        let text = incoming.parameter("number")
        guard let number = Int(text), "\(number)" == text, (1...handovers.count + 1).contains(number),
            number <= handovers.count
        else { throw Declined(.notFound) }
        return Answer.bytes(ByteBuffer(bytes: handovers[number - 1]), contentType: Self.plainText)
    }

    /// Hashes alone. The entries themselves are with the operator.
    func giveTile(_ incoming: Incoming) async throws(Declined) -> Response {
        let path = incoming.request.uri.path.dropFirst("/log/".count)
        guard let tile = LogTile(path: String(path)) else { throw Declined(.notFound) }
        let bytes = ByteBuffer(bytes: try await gateway.logTile(tile))
        var response = Answer.bytes(bytes, contentType: "application/octet-stream")
        // A path names its width too: what it gives never changes.
        response.headers[.cacheControl] = "public, max-age=604800, immutable"
        return response
    }

    func tellConsistency(_ incoming: Incoming) async throws(Declined) -> Response {
        let asked = try ConsistencyQuery(try incoming.query())
        let proof = try await gateway.logConsistency(from: asked.from, to: asked.to)
        return Answer.json(
            .object([
                "from": .count(proof.from), "to": .count(proof.to),
                "path": .texts(proof.path.map { Base64.encode($0.bytes) }),
            ]))
    }

    // The credential is looked at before the id: nobody learns without one what an id looks like.

    func tellAuditEntry(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        try await tell(incoming, to: .application(token: token.text, key: token.key))
    }

    func proveAuditEntry(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        try await prove(incoming, to: .application(token: token.text, key: token.key))
    }

    func tellOwnAuditEntry(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        try await tell(incoming, to: .person(person.person))
    }

    func proveOwnAuditEntry(_ incoming: Incoming, person: SignedIn) async throws(Declined) -> Response {
        try await prove(incoming, to: .person(person.person))
    }

    private func tell(_ incoming: Incoming, to reader: AuditReader) async throws(Declined) -> Response {
        Answer.json(.sealedEntry(try await gateway.auditEntry(AuditID(incoming.parameter("id")), for: reader)))
    }

    private func prove(_ incoming: Incoming, to reader: AuditReader) async throws(Declined) -> Response {
        let id = incoming.parameter("id")
        return Self.file(try await gateway.auditProof(AuditID(id), for: reader), of: id)
    }

    static func file(_ proof: LogProof, of id: String) -> Response {
        var response = Answer.bytes(ByteBuffer(bytes: proof.bytes), contentType: Self.plainText)
        response.headers[.contentDisposition] = "attachment; filename=\"\(id).tlog-proof\""
        return response
    }

    private static let plainText = "text/plain; charset=utf-8"
}

extension JSONValue {
    /// Without the trail's own names for whom these may not be told to.
    fileprivate static func sealedEntry(_ sealed: SealedEntry) -> JSONValue {
        let entry = sealed.leaf.entry
        return .object([
            "id": .string(entry.id.text), "index": .count(sealed.index), "at": .string(entry.at.rfc3339),
            "action": .string(entry.action.rawValue), "outcome": .string(entry.outcome.text),
            "application": (entry.application?.text).map { .string($0) },
            "grant": (entry.grant?.text).map { .string($0) }, "mode": (entry.mode?.rawValue).map { .string($0) },
            "types": .texts(entry.types.map(\.rawValue).sorted()), "items": .count(entry.items),
            "request": ((sealed.mayName ? entry.request : entry.ownRequest)?.text).map { .string($0) },
            "leaf_hash": .string(Base64.encode(sealed.leaf.hash.bytes)),
            "leaf": sealed.mayName ? .string(Base64.encode(sealed.leaf.bytes)) : nil,
        ])
    }
}

/// Sizes of the log.
struct ConsistencyQuery: Equatable {
    private(set) var from = 0
    /// Nil is the size that is signed now.
    private(set) var to: Int?

    init(_ query: Form) throws(Declined) {
        var faults = query.faults(knowing: ["from", "to"])
        func size(_ name: String) -> Int? {
            guard let text = query.fields.first(where: { $0.name == name })?.value else { return nil }
            guard text.utf8.count <= 18, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
                let size = Int(text)
            else {
                faults.append(FieldFault(name, "a size of the log"))
                return nil
            }
            return size
        }
        if let from = size("from") {
            self.from = from
        } else if faults.isEmpty {
            faults.append(FieldFault("from", "is needed"))
        }
        to = size("to")
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}
