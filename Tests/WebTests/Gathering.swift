// Gathers a response's body for a test to look at.

import HTTPTypes
import Hummingbird
import Synchronization

final class Gathering: ResponseBodyWriter, Sendable {
    private let buffer = Mutex(ByteBuffer())

    var text: String { String(buffer: buffer.withLock { $0 }) }

    func write(_ chunk: ByteBuffer) async throws {
        buffer.withLock { _ = $0.writeImmutableBuffer(chunk) }
    }

    func finish(_ trailers: HTTPFields?) async throws {}
}
