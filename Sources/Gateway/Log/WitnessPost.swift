// The one who carries a checkpoint to a witness over HTTP: no redirects, bounded time, bounded answer, https except on this machine.
// The addresses are the operator's own, so that a witness may stand in a private network.

public import AsyncHTTPClient
public import Domain
import NIOCore
import NIOHTTP1

/// What a witness answered.
public struct WitnessReply: Sendable, Equatable {
    public let status: Int
    public let type: String
    public let body: [UInt8]

    public init(status: Int, type: String, body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }
}

/// A test hands in its own.
public protocol WitnessPost: Sendable {
    /// Nil when there was no answer, or one that is too long or too slow.
    func send(_ body: [UInt8], to url: String) async -> WitnessReply?
}

public struct HTTPWitnessPost: WitnessPost {
    private let client: HTTPClient
    private let patience: Span

    /// The client has `HTTPCourier.configuration`, so that it follows no redirect.
    public init(_ client: HTTPClient) { self.init(client, patience: .seconds(8)) }

    init(_ client: HTTPClient, patience: Span) {
        self.client = client
        self.patience = patience
    }

    public func send(_ body: [UInt8], to url: String) async -> WitnessReply? {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        request.body = .bytes(ByteBuffer(bytes: body))
        let asked = request
        let limit = TimeAmount.microseconds(patience.microseconds)
        let work = Task { () -> WitnessReply in
            let response = try await client.execute(asked, timeout: limit)
            let body = try await response.body.collect(upTo: WitnessExchange.longestAnswer)
            // A body that was cut short by the clock is no body.
            try Task.checkCancellation()
            return WitnessReply(
                status: Int(response.status.code),
                type: response.headers[canonicalForm: "content-type"].first.map { String($0) } ?? "",
                body: Array(body.readableBytesView))
        }
        // The client's own time ends with the head; whoever sends the body a byte at a time must not hold us.
        let alarm = client.eventLoopGroup.any().scheduleTask(in: limit) { work.cancel() }
        defer { alarm.cancel() }
        return await withTaskCancellationHandler {
            try? await work.value
        } onCancel: {
            work.cancel()
        }
    }
}

extension WitnessPolicy {
    /// Where a witness takes checkpoints. Nil without an address, or for one that is neither https nor on this machine.
    static func submission(_ url: String?) -> String? {
        guard var url, case .success(let address) = WebhookAddress.parse(url, in: .sandbox),
            address.scheme == "https" || Self.isThisMachine(address.host), !url.contains("?")
        else { return nil }
        while url.hasSuffix("/") { url.removeLast() }
        return url + "/add-checkpoint"
    }

    private static func isThisMachine(_ host: String) -> Bool {
        guard let address = IPAddress(host) else { return host.lowercased() == "localhost" }
        return address.bytes.count == 4
            ? address.bytes[0] == 127 : address.bytes == Array(repeating: 0, count: 15) + [1]
    }

    /// Nil when a server can ask all of them; else what is wrong, in words with the line.
    public var faultForServing: String? {
        for witness in witnesses where Self.submission(witness.url) == nil {
            return "line \(witness.line): a witness needs a URL with https, or with http on this machine"
        }
        return witnesses.isEmpty ? "there is no witness to ask" : nil
    }
}
