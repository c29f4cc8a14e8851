// What comes over a real connection from a receiver of webhooks: its status is taken, and nobody holds a delivery by answering
// slowly.

import AsyncHTTPClient
import Domain
import Testing

@testable import Gateway

/// A drip goes on for hours: that there is an answer at all shows the limit, however slow the machine is.
@Suite("The courier over a real connection")
struct CourierTests {
    private func send(to server: OneAnswer, patience: Span) async throws -> SendResult {
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HTTPCourier.configuration)
        let courier = HTTPCourier(client, patience: patience)
        let result = await courier.send(
            [1], headers: [], to: "http://127.0.0.1:\(server.port)/hook", environment: .sandbox)
        try await client.shutdown()
        return result
    }

    @Test("F2: a receiver's status is the answer, whatever else it sends")
    func takesTheStatus() async throws {
        for (head, result) in [("204 No Content", SendResult.accepted), ("500 No", .rejected(status: 500))] {
            let server = try OneAnswer("HTTP/1.1 \(head)\r\nContent-Length: 0\r\n\r\n")
            #expect(try await send(to: server, patience: .seconds(600)) == result)
        }
    }

    @Test("F2: an answer that drips holds a delivery no longer than the whole attempt may take; its status counts")
    func isNotHeldByDrips() async throws {
        let server = try OneAnswer(
            "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", drips: true)
        #expect(try await send(to: server, patience: .milliseconds(300)) == .accepted)
    }

    @Test("F2: a head that drips is no answer")
    func isNotHeldByTheHead() async throws {
        let server = try OneAnswer("HTTP/1.1 200 OK\r\nX: ", drips: true)
        #expect(try await send(to: server, patience: .milliseconds(300)) == .unreachable("no_answer"))
    }
}
