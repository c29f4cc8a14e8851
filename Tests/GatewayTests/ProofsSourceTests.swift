// What comes over a real connection from whoever publishes keys: a short answer in time is taken, and nothing else is.

import AsyncHTTPClient
import Dispatch
import Domain
import Testing

@testable import Gateway

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Answers one connection on this machine with the bytes it is given, and then hangs up, stays, or drips: a byte every 20 ms
/// until the other side goes.
final class OneAnswer: Sendable {
    private let socket: Int32
    let port: Int

    init(_ answer: String, staysOpen: Bool = false, drips: Bool = false) throws {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let listener = openSocket(kind)
        socket = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 8) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        try #require(isListening)
        port = Int(UInt16(bigEndian: address.sin_port))
        DispatchQueue(label: "one answer").async {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var heard = [UInt8](repeating: 0, count: 4_096)
            _ = recv(connection, &heard, heard.count, 0)
            let bytes = Array(answer.utf8)
            _ = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            for _ in 0..<(drips ? 1_000_000 : 0) {
                guard send(connection, "x", 1, Int32(MSG_NOSIGNAL)) == 1 else { break }
                usleep(20_000)
            }
            // Until the other side has enough of it.
            if staysOpen { _ = recv(connection, &heard, heard.count, 0) }
            close(connection)
        }
    }

    deinit {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
}

// Outside the class, whose own `socket` would hide the call.
private func openSocket(_ kind: Int32) -> Int32 { socket(AF_INET, kind, 0) }

@Suite("Fetching a key set")
struct ProofsSourceTests {
    private func fetch(
        _ answer: String, staysOpen: Bool = false, host: String = "127.0.0.1", isOwnMachine: Bool = true
    ) async throws -> FetchedKeySet? {
        let server = try OneAnswer(answer, staysOpen: staysOpen)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HTTPCourier.configuration)
        let source = HTTPKeySetSource(client, patience: staysOpen ? .milliseconds(300) : .seconds(600))
        let url = "http://\(host):\(server.port)/keys"
        let fetched = await source.fetch(url, host: host, isOwnMachine: isOwnMachine)
        try await client.shutdown()
        return fetched
    }

    @Test("A set is taken with what its publisher says of its life")
    func taken() async throws {
        let fetched = try await fetch(
            "HTTP/1.1 200 OK\r\nCache-Control: public\r\ncache-control: max-age=60\r\nContent-Length: 2\r\n\r\n{}")
        #expect(fetched?.body == Array("{}".utf8))
        #expect(fetched.map { KeySetLife.span(cacheControl: $0.cacheControl) } == .seconds(60))
    }

    @Test(
        "A redirect is not followed, and no other status than 200 is taken",
        arguments: [
            "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 204 No Content\r\n\r\n",
            "nonsense\r\n\r\n",
            "",
        ])
    func notTaken(answer: String) async throws {
        #expect(try await fetch(answer) == nil)
    }

    @Test("More than 64 KiB are not taken, whether their number is told or not")
    func tooLong() async throws {
        let body = String(repeating: " ", count: 64 << 10)
        let told = "HTTP/1.1 200 OK\r\nContent-Length: \(body.count + 1)\r\n\r\n"
        let untold = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        #expect(try await fetch(told + body + " ") == nil)
        #expect(try await fetch(untold + body + " ") == nil)
        #expect(try await fetch(untold + body)?.body.count == 64 << 10)
    }

    @Test("Who sends a head and then no body, or half of one, is not waited for")
    func slow() async throws {
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
        #expect(try await fetch(half, staysOpen: true) == nil)
        #expect(try await fetch(half) == nil)
        #expect(try await fetch("", staysOpen: true) == nil)
    }

    @Test("F2: a name that leads to this machine is not fetched from, unless the sandbox allowed it as such")
    func privateAddress() async throws {
        let good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        #expect(try await fetch(good, host: "127.0.0.1", isOwnMachine: false) == nil)
        #expect(try await fetch(good, host: "localhost", isOwnMachine: false) == nil)
        #expect(try await fetch(good, host: "localhost") != nil)
    }
}
