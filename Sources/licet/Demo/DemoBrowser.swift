// A browser small enough for the demonstration: it keeps cookies, fills in the forms it is shown, and shows each request it
// makes. Nothing it does is closed to any other client.

import AsyncHTTPClient
import Domain
import Gateway
import NIOCore
import NIOHTTP1

struct DemoAnswer: Sendable {
    let status: Int
    let location: String?
    let body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
}

final class DemoBrowser {
    private let client: HTTPClient
    private let base: String
    private var cookies: [String: String] = [:]
    private let show: (String) -> Void

    init(_ client: HTTPClient, base: String, show: @escaping (String) -> Void) {
        self.client = client
        self.base = base
        self.show = show
    }

    func call(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
        note: String? = nil
    ) async throws -> DemoAnswer {
        var request = HTTPClientRequest(url: path.hasPrefix("http") ? path : base + path)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if method == .POST { request.headers.add(name: "origin", value: base) }
        if !cookies.isEmpty {
            request.headers.add(name: "cookie", value: cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
        }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .seconds(60))
        for header in response.headers["set-cookie"] {
            let pair = header.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { cookies[pair[0]] = pair[1] }
        }
        let bytes = Array(buffer: try await response.body.collect(upTo: 64 << 20))
        show("\(method.rawValue) \(path.prefix(96))\(note.map { "  " + $0 } ?? "")  → \(response.status.code)")
        return DemoAnswer(
            status: Int(response.status.code), location: response.headers.first(name: "location"), body: bytes)
    }

    func json(
        _ method: HTTPMethod, _ path: String, bearer: String? = nil, body: String? = nil
    ) async throws -> DemoAnswer {
        var headers = [("accept", "application/json")]
        if let bearer { headers.append(("authorization", "Bearer \(bearer)")) }
        if body != nil { headers.append(("content-type", "application/json")) }
        return try await call(method, path, headers: headers, body: body.map { Array($0.utf8) })
    }

    func form(
        _ path: String, _ fields: [(String, String)], headers: [(String, String)] = [], note: String? = nil
    ) async throws -> DemoAnswer {
        let body = fields.map { "\(Self.encode($0.0))=\(Self.encode($0.1))" }.joined(separator: "&")
        return try await call(
            .POST, path, headers: [("content-type", "application/x-www-form-urlencoded")] + headers,
            body: Array(body.utf8), note: note)
    }

    static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            return isPlain || "-._~".unicodeScalars.contains(scalar)
                ? String(Character(scalar)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16).uppercased()
        }.joined()
    }
}

/// Just enough to pick one word out of an answer whose shape is known.
enum JSONText {
    /// The first string member of this name.
    static func string(_ name: String, in body: [UInt8]) -> String? {
        string(name, in: String(decoding: body, as: UTF8.self))
    }

    static func string(_ name: String, in text: String) -> String? {
        guard let start = text.firstRange(of: "\"\(name)\":\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" }).replacing("\\/", with: "/")
    }

    /// The value of a page's first hidden field of that name, after a mark where one is given.
    static func hidden(_ name: String, in page: String, after mark: String? = nil) -> String? {
        if let mark {
            guard let found = page.firstRange(of: mark) else { return nil }
            return hidden(name, in: String(page[found.upperBound...]))
        }
        guard let start = page.firstRange(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }

    /// A parameter of an address.
    static func parameter(_ name: String, of address: String) -> String? {
        for mark in ["?\(name)=", "&\(name)="] {
            if let start = address.firstRange(of: mark) {
                return String(address[start.upperBound...].prefix { $0 != "&" })
            }
        }
        return nil
    }
}
