// What comes over a real connection from a witness: bounded in length and in time, and never by a redirect.

import AsyncHTTPClient
import Domain
import Testing

@testable import Gateway

/// A drip goes on for hours: that there is an answer at all shows the limit, however slow the machine is.
@Suite("The post to a witness over a real connection") struct WitnessPostTests {
    private func send(to server: OneAnswer, patience: Span = .seconds(600)) async throws -> WitnessReply? {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HTTPCourier.configuration)
        let reply = await HTTPWitnessPost(client, patience: patience).send(
            [1], to: "http://127.0.0.1:\(server.port)/add-checkpoint")
        try await client.shutdown()
        return reply
    }

    @Test("tlog-witness: status, type and body are the answer; a redirect is an answer too")
    func taken() async throws {
        let server = try OneAnswer(
            "HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 3\r\n\r\n17\n")
        #expect(
            try await send(to: server)
                == WitnessReply(status: 409, type: "text/x.tlog.size", body: Array("17\n".utf8)))
        let moved = try OneAnswer("HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
        #expect(try await send(to: moved) == WitnessReply(status: 307, type: "", body: []))
    }

    @Test("tlog-witness: more than 16 KiB, a drip and nonsense are no answer")
    func bounded() async throws {
        let long = String(repeating: "a", count: (16 << 10) + 1)
        for answer in ["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(long)", "nonsense\r\n\r\n", ""] {
            #expect(try await send(to: try OneAnswer(answer)) == nil)
        }
        let dripping = try OneAnswer("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", drips: true)
        #expect(try await send(to: dripping, patience: .milliseconds(300)) == nil)
        let head = try OneAnswer("HTTP/1.1 200 OK\r\nX: ", drips: true)
        #expect(try await send(to: head, patience: .milliseconds(300)) == nil)
    }
}
