// A receiver at the other end of a webhook, in memory: it keeps what came and answers as the test says.

import Domain
import Gateway
import Synchronization

final class FakeCourier: Courier {
    struct Message: Sendable {
        let body: [UInt8]
        let headers: [String: String]
        let url: String
        let environment: Domain.Environment
        var id: String { headers["webhook-id"] ?? "" }
    }

    private struct State {
        var messages: [Message] = []
        var inHand: Set<String> = []
        var mostInHand = 0
    }

    private let state = Mutex(State())
    private let answer: @Sendable (Message, Int) async -> SendResult

    /// `answer` is told the message and how many came before it.
    init(_ answer: @escaping @Sendable (Message, Int) async -> SendResult = { _, _ in .accepted }) {
        self.answer = answer
    }

    var messages: [Message] { state.withLock { $0.messages } }
    /// True when one parcel was under way twice at one time.
    var wasEverSentTwiceAtOnce: Bool { state.withLock { $0.mostInHand > 1 } }

    func send(
        _ body: [UInt8], headers: [(String, String)], to url: String, environment: Domain.Environment
    ) async -> SendResult {
        let message = Message(
            body: body, headers: Dictionary(headers) { first, _ in first }, url: url, environment: environment)
        let before = state.withLock { state in
            if !state.inHand.insert(message.id).inserted { state.mostInHand = 2 }
            state.messages.append(message)
            return state.messages.count - 1
        }
        // Gives another round its chance to interfere.
        for _ in 0..<20 { await Task.yield() }
        let result = await answer(message, before)
        state.withLock { _ = $0.inHand.remove(message.id) }
        return result
    }
}
