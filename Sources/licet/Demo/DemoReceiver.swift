// The demonstration's webhook receiver: it listens on this machine and checks each signature as Standard Webhooks prescribe,
// with nothing but the secret it was given.

import Crypto
import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

final class DemoReceiver: Sendable {
    struct Received: Sendable {
        let id: String
        let type: String
        let bytes: Int
        let isGenuine: Bool
    }

    private struct State {
        var secret = ""
        var received: [Received] = []
    }
    private let state = Mutex(State())

    func trust(_ secret: String) { state.withLock { $0.secret = secret } }
    var received: [Received] { state.withLock { $0.received } }

    func application(port: Int) -> some ApplicationProtocol {
        let router = Router()
        router.post("/webhook") { [self] request, _ in
            let body = try await request.body.collect(upTo: 4 << 20)
            let genuine = take(
                id: request.headers[Self.name("webhook-id")] ?? "",
                timestamp: request.headers[Self.name("webhook-timestamp")] ?? "",
                signature: request.headers[Self.name("webhook-signature")] ?? "", body: Array(buffer: body))
            return Response(status: genuine ? .ok : .unauthorized)
        }
        return Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: Quiet.logger)
    }

    private func take(id: String, timestamp: String, signature: String, body: [UInt8]) -> Bool {
        let secret = state.withLock { $0.secret }
        guard let key = Hex.bytes(base64: String(secret.dropFirst("whsec_".count))), let sent = Int64(timestamp),
            abs(sent - World.real.now().seconds) <= 300
        else { return false }
        var mac = HMAC<SHA256>(key: SymmetricKey(data: key))
        mac.update(data: Array("\(id).\(timestamp).".utf8))
        mac.update(data: body)
        let expected = Array(mac.finalize())
        let isGenuine = signature.split(separator: " ").contains { entry in
            guard entry.hasPrefix("v1,"), let given = Hex.bytes(base64: String(entry.dropFirst(3))) else {
                return false
            }
            return SymmetricKey(data: given) == SymmetricKey(data: expected)
        }
        let type = JSONText.string("data_type", in: body) ?? "?"
        state.withLock {
            $0.received.append(Received(id: id, type: type, bytes: body.count, isGenuine: isGenuine))
        }
        return isGenuine
    }

    private static func name(_ text: String) -> HTTPField.Name {
        HTTPField.Name(text) ?? .contentType
    }
}
