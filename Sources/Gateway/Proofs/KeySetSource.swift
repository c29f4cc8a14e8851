// The one who fetches a key set over HTTP: no redirects, five seconds in all, 64 KiB at most, and outside a sandbox's
// own machine only from public addresses, resolved anew and pinned for each fetch.

public import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1

public struct FetchedKeySet: Sendable {
    public let body: [UInt8]
    /// The `Cache-Control` of the answer, all its fields joined by commas.
    public let cacheControl: String

    public init(body: [UInt8], cacheControl: String) {
        self.body = body
        self.cacheControl = cacheControl
    }
}

/// A test hands in its own.
public protocol KeySetSource: Sendable {
    /// Nil when nothing usable came. The address was checked against the list; where it leads to was not.
    func fetch(_ url: String, host: String, isOwnMachine: Bool) async -> FetchedKeySet?
}

/// For a deployment that fetches nothing.
struct NoKeySets: KeySetSource {
    func fetch(_ url: String, host: String, isOwnMachine: Bool) async -> FetchedKeySet? { nil }
}

public struct HTTPKeySetSource: KeySetSource {
    private let client: HTTPClient
    private let patience: Span
    private static let longest = 64 << 10

    /// The client has `HTTPCourier.configuration`, so that it follows no redirect.
    public init(_ client: HTTPClient) { self.init(client, patience: .seconds(5)) }

    init(_ client: HTTPClient, patience: Span) {
        self.client = client
        self.patience = patience
    }

    public func fetch(_ url: String, host: String, isOwnMachine: Bool) async -> FetchedKeySet? {
        guard !isOwnMachine else { return await get(url, with: client) }
        guard let pinned = await HTTPCourier.resolvePublic(host) else { return nil }
        var configuration = HTTPCourier.configuration
        configuration.dnsOverride = [host: pinned]
        let pinnedClient = HTTPClient(
            eventLoopGroupProvider: .shared(client.eventLoopGroup), configuration: configuration)
        let fetched = await get(url, with: pinnedClient)
        try? await pinnedClient.shutdown()
        return fetched
    }

    private func get(_ url: String, with client: HTTPClient) async -> FetchedKeySet? {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "accept", value: "application/jwk-set+json, application/json")
        let asked = request
        let limit = TimeAmount.microseconds(patience.microseconds)
        let work = Task { () -> FetchedKeySet? in
            let response = try await client.execute(asked, timeout: limit)
            guard response.status == .ok else { return nil }
            let body = try await response.body.collect(upTo: Self.longest)
            // A body that was cut short by the clock is no body.
            try Task.checkCancellation()
            return FetchedKeySet(
                body: Array(body.readableBytesView),
                cacheControl: response.headers[canonicalForm: "cache-control"].joined(separator: ","))
        }
        // The client's own time ends with the head; whoever sends the body a byte at a time must not hold us.
        let alarm = client.eventLoopGroup.any().scheduleTask(in: limit) { work.cancel() }
        defer { alarm.cancel() }
        return try? await work.value
    }
}
