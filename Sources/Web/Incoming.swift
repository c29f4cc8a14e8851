// One request as the surfaces see it: bodies come in bounded and strictly read, path parameters as they were written.

import Domain
import Gateway
import HTTPTypes
public import Hummingbird
import NIOCore

// Hummingbird has a request id too; ours is the one that is told and recorded.
typealias RequestID = Domain.RequestID

/// What the router knows of a request beside its head.
public struct WebContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

struct Incoming: Sendable {
    let request: Request
    let context: WebContext
    let id: RequestID
    let trustedProxies: [AddressBlock]

    /// Enough for any form and any JSON here; files stream past it.
    static let mostBodyBytes = 1 << 20

    var headers: HTTPFields { request.headers }
    var peer: Peer { Peer(address: context.channel.remoteAddress?.ipAddress, trusted: trustedProxies) }
    /// The client's own, as far as trusted proxies tell it.
    var address: String? { peer.client(headers) }
    /// In lower case, without parameters; empty when there is none.
    var contentType: String {
        let field = headers[.contentType] ?? ""
        return String(field.prefix { $0 != ";" }).trimmedOfSpaces.lowercased()
    }

    /// Best first; empty when nothing is wished for.
    var languages: [Language] { AcceptLanguage.preferred(headers) }

    /// Empty when the route has no such parameter.
    func parameter(_ name: String) -> String { context.parameters.get(name) ?? "" }

    /// A path parameter that is an id. What is spelled otherwise cannot exist.
    func identifier<Of: Noun>(_ name: String = "id") throws(Declined) -> Identifier<Of> {
        guard let identifier = Identifier<Of>(parameter(name)) else { throw Declined(.notFound) }
        return identifier
    }

    func query() throws(Declined) -> Form {
        guard let query = request.uri.query, !query.isEmpty else { return .empty }
        guard let form = Form(urlencoded: query.utf8) else {
            throw Declined(.invalidRequest, "The query is not properly encoded.")
        }
        return form
    }

    func form() async throws(Declined) -> Form {
        guard contentType == "application/x-www-form-urlencoded" else {
            throw Declined(.unsupportedMediaType, "application/x-www-form-urlencoded is expected.")
        }
        guard let form = Form(urlencoded: try await body().readableBytesView) else {
            throw Declined(.invalidRequest, "The form is not properly encoded.")
        }
        return form
    }

    func json() async throws(Declined) -> JSONValue {
        guard contentType == "application/json" else {
            throw Declined(.unsupportedMediaType, "application/json is expected.")
        }
        let bytes = Array(try await body().readableBytesView)
        do {
            return try JSONParser.parse(bytes)
        } catch {
            throw Declined(.invalidRequest, "The body is not JSON: \(error.reason) at byte \(error.offset).")
        }
    }

    private func body() async throws(Declined) -> ByteBuffer {
        if let declared = contentLength, declared > Int64(Self.mostBodyBytes) { throw Declined(.bodyTooLarge) }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.mostBodyBytes)
        } catch is NIOTooManyBytesError {
            throw Declined(.bodyTooLarge)
        } catch {
            throw Self.cutShort
        }
        // A connection that breaks can look like an end: half a form must not be taken for a whole one.
        if let declared = contentLength, declared != Int64(body.readableBytes) { throw Self.cutShort }
        return body
    }

    /// As the client declares it; nil when it streams.
    var contentLength: Int64? { headers[.contentLength].flatMap { Int64($0) } }

    static let cutShort = Declined(.invalidRequest, "The body did not arrive whole.")
}

/// Parameters of OAuth, of which none may be given twice (RFC 6749 §3.1 and §3.2).
func refuseRepeats(_ form: Form) throws(Declined) {
    if form.repeatedName != nil { throw Declined(.invalidRequest, "A parameter is given more than once.") }
}
