// A witness at the other end, in memory, that does what C2SP tlog-witness says; and the ways in which one can be a nuisance.

import Crypto
import Domain
import Foundation
import Synchronization

@testable import Gateway

/// Several witnesses, each at an address of its own.
final class FakeWitnesses: WitnessPost {
    enum Mood: Sendable, Equatable {
        case honest, silent, forging
        case says(WitnessReply)
    }

    struct Seen: Sendable {
        var size = 0
        var root = MerkleHash.ofNothing
        var mood = Mood.honest
        var asked: [Int] = []
        var refused = 0
    }

    let secrets: [Curve25519.Signing.PrivateKey]
    let keys: [WitnessKey]
    private let state: Mutex<[Seen]>
    private let now: @Sendable () -> Moment
    /// The log that they know.
    let logs = Mutex<[VerifierKey]>([])

    init(_ count: Int, now: @escaping @Sendable () -> Moment) {
        secrets = (0..<count).compactMap { number in
            try? Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: UInt8(50 + number), count: 32))
        }
        keys = secrets.enumerated().compactMap { number, secret in
            NoteName("witness.example/\(number)").flatMap {
                WitnessKey(name: $0, publicKey: Array(secret.publicKey.rawRepresentation))
            }
        }
        state = Mutex(Array(repeating: Seen(), count: count))
        self.now = now
    }

    /// All of them, and so many are enough.
    func policy(_ enough: Int) throws(WitnessPolicy.Fault) -> WitnessPolicy {
        let lines = keys.enumerated().map { "witness w\($0) \($1) https://w\($0).example/\n" }.joined()
        let names = keys.indices.map { "w\($0)" }.joined(separator: " ")
        return try WitnessPolicy(parsing: Array("\(lines)group g \(enough) \(names)\nquorum g\n".utf8))
    }

    func seen(_ number: Int) -> Seen { state.withLock { $0[number] } }
    func set(_ number: Int, _ change: @Sendable (inout Seen) -> Void) { state.withLock { change(&$0[number]) } }

    func send(_ body: [UInt8], to url: String) async -> WitnessReply? {
        let digits = url.dropFirst("https://w".count).prefix { $0.isNumber }
        guard url == "https://w\(digits).example/add-checkpoint", let number = Int(digits) else { return nil }
        let mood = seen(number).mood
        if mood == .silent { return nil }
        if case .says(let reply) = mood {
            state.withLock { $0[number].asked.append(-1) }
            return reply
        }
        return answer(body, number, isForging: mood == .forging)
    }

    private func answer(_ body: [UInt8], _ number: Int, isForging: Bool) -> WitnessReply {
        func reply(_ status: Int, _ text: String = "", _ type: String = "text/plain") -> WitnessReply {
            WitnessReply(status: status, type: type, body: Array(text.utf8))
        }
        let lines = String(decoding: body, as: UTF8.self).components(separatedBy: "\n")
        guard let empty = lines.firstIndex(of: ""), let old = Int(lines[0].dropFirst(4)), lines[0].hasPrefix("old "),
            let note = try? SignedNote(parsing: Array(lines[(empty + 1)...].joined(separator: "\n").utf8)),
            let checkpoint = Checkpoint(text: note.text), empty <= 64
        else { return reply(400) }
        let path = lines[1..<empty].compactMap { Data(base64Encoded: $0).flatMap { MerkleHash(Array($0)) } }
        guard path.count == empty - 1 else { return reply(400) }
        let known = logs.withLock { $0 }
        guard known.contains(where: { $0.name == checkpoint.origin }) else { return reply(404) }
        guard known.contains(where: { (try? note.verify(with: $0, by: LogSignature.isRight)) != nil }) else {
            return reply(403)
        }
        return state.withLock { state in
            state[number].asked.append(old)
            guard old <= checkpoint.size else { return reply(400) }
            guard old == state[number].size else { return reply(409, "\(state[number].size)\n", "text/x.tlog.size") }
            let isContinued = MerkleProof.isContinued(
                state[number].root, of: old, by: checkpoint.root, of: checkpoint.size, by: path)
            guard isContinued else {
                state[number].refused += 1
                return reply(old == checkpoint.size ? 409 : 422)
            }
            state[number].size = checkpoint.size
            state[number].root = checkpoint.root
            return reply(200, Self.line(secrets[number], keys[number], note.text + (isForging ? "x" : ""), now()))
        }
    }

    static func line(
        _ secret: Curve25519.Signing.PrivateKey, _ key: WitnessKey, _ text: String, _ now: Moment
    ) -> String {
        let seconds = now.seconds
        let time = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
        let message = Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8)
        let signature = (try? secret.signature(for: message)).map { Array($0) } ?? []
        let line = SignedNote.Signature(name: key.name, keyID: key.keyID, bytes: time + signature)
        return String(decoding: SignedNote(text: "", signatures: [line]).bytes.dropFirst(), as: UTF8.self)
    }
}
