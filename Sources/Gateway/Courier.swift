// The one who carries a message to a webhook over HTTP: no redirects, bounded time, bounded answer, and in production only to
// public addresses, resolved anew and pinned for each sending.

public import AsyncHTTPClient
import Dispatch
public import Domain
import NIOCore
import NIOHTTP1

/// What came of one attempt. Nothing of the receiver's answer is kept but its status.
public enum SendResult: Sendable, Equatable {
    case accepted
    case rejected(status: Int)
    /// No answer: refused connection, time-out, an address that is not allowed. The word is from a closed list.
    case unreachable(String)
}

/// Sends one signed body. A test hands in its own.
public protocol Courier: Sendable {
    func send(
        _ body: [UInt8], headers: [(String, String)], to url: String, environment: Environment
    ) async -> SendResult
}

public struct HTTPCourier: Courier {
    private let client: HTTPClient
    private let patience: Span

    public init(_ client: HTTPClient) { self.init(client, patience: .seconds(20)) }

    /// `patience` is for the whole attempt, from connecting to the last byte that is read.
    init(_ client: HTTPClient, patience: Span) {
        self.client = client
        self.patience = patience
    }

    /// The configuration every client of a courier needs: redirects are answers here, not instructions.
    public static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(5)
        return configuration
    }

    public func send(
        _ body: [UInt8], headers: [(String, String)], to url: String, environment: Environment
    ) async -> SendResult {
        guard case .success(let address) = WebhookAddress.parse(url, in: environment) else {
            return .unreachable("address_not_allowed")
        }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        // Finding the address counts: what takes longer than a lease would be sent twice.
        let deadline = NIODeadline.now() + .microseconds(patience.microseconds)
        guard environment == .production else { return await execute(request, with: client, until: deadline) }

        guard let pinned = await Self.resolvePublic(address.host) else { return .unreachable("address_not_allowed") }
        guard NIODeadline.now() < deadline else { return .unreachable("no_answer") }
        var configuration = Self.configuration
        configuration.dnsOverride = [address.host: pinned]
        let pinnedClient = HTTPClient(
            eventLoopGroupProvider: .shared(client.eventLoopGroup), configuration: configuration)
        let result = await execute(request, with: pinnedClient, until: deadline)
        try? await pinnedClient.shutdown()
        return result
    }

    private func execute(
        _ request: HTTPClientRequest, with client: HTTPClient, until deadline: NIODeadline
    ) async -> SendResult {
        do {
            let response = try await client.execute(request, deadline: deadline)
            await drain(response.body, until: deadline)
            let status = Int(response.status.code)
            return (200..<300).contains(status) ? .accepted : .rejected(status: status)
        } catch {
            return .unreachable("no_answer")
        }
    }

    // Read a little so that the connection can be used again; never what a receiver pleases to send, nor for as long. The client's
    // own time ends with the head: without an alarm a byte now and then would hold a delivery for good.
    private func drain(_ body: HTTPClientResponse.Body, until deadline: NIODeadline) async {
        let work = Task { _ = try await body.collect(upTo: 64 << 10) }
        let alarm = client.eventLoopGroup.any().scheduleTask(deadline: deadline) { work.cancel() }
        defer { alarm.cancel() }
        // A server that stops does not wait for it either.
        await withTaskCancellationHandler {
            _ = try? await work.value
        } onCancel: {
            work.cancel()
        }
    }

    /// One of the host's addresses, if every one of them is public: a name with a private address is not tried at all.
    static func resolvePublic(_ host: String) async -> String? {
        if let literal = IPAddress(host) { return literal.isPublic ? host : nil }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let addresses = try? SocketAddress.resolveAll(host)
                guard let addresses, !addresses.isEmpty, addresses.allSatisfy({ IPAddress($0)?.isPublic ?? false })
                else { return continuation.resume(returning: nil) }
                continuation.resume(returning: addresses.first)
            }
        }
    }
}
