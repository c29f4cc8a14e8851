// Passwords: scrypt (RFC 7914) on a pool of its own, because each call holds tens of megabytes and a fifth of a second. When
// the pool's queue is full it says so at once instead of letting everybody wait.

import Crypto
import CryptoExtras
import Dispatch
import Domain
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

final class PasswordHasher: Sendable {
    private let queue: DispatchQueue
    private let slots: DispatchSemaphore
    private let waiting = Mutex(0)
    private let mostWaiting: Int

    init(workers: Int, waiting: Int) {
        queue = DispatchQueue(label: "licet.passwords", attributes: .concurrent)
        slots = DispatchSemaphore(value: workers)
        mostWaiting = waiting
    }

    /// `$scrypt$ln=15,r=8,p=3$salt$hash`: the parameters stand in the hash, so that they can be raised later.
    func hash(_ password: String, salt: [UInt8], cost: Int) async throws(Declined) -> String {
        let parameters = Parameters(cost: cost, blockSize: 8, parallelism: 3)
        guard let key = try await run({ parameters.derive(password, salt) }) else { throw Declined(.unexpected) }
        return "$scrypt$ln=\(cost),r=8,p=3$\(Base64.encode(salt))$\(Base64.encode(key))"
    }

    /// False for a wrong password and for a hash that cannot be read.
    func verify(_ password: String, against stored: String) async throws(Declined) -> Bool {
        guard let (parameters, salt, expected) = Parameters.parse(stored) else { return false }
        guard let key = try await run({ parameters.derive(password, salt) }) else { return false }
        // SymmetricKey compares in constant time.
        return SymmetricKey(data: key) == SymmetricKey(data: expected)
    }

    /// How many are at work or wait.
    var load: Int { waiting.withLock { $0 } }

    func run(_ work: @escaping @Sendable () -> [UInt8]?) async throws(Declined) -> [UInt8]? {
        let mayWait = waiting.withLock { count in
            guard count < mostWaiting else { return false }
            count += 1
            return true
        }
        guard mayWait else { throw Declined(.busy) }
        return await withCheckedContinuation { continuation in
            queue.async { [self] in
                slots.wait()
                let result = work()
                slots.signal()
                waiting.withLock { $0 -= 1 }
                continuation.resume(returning: result)
            }
        }
    }

    private struct Parameters: Sendable {
        let cost: Int
        let blockSize: Int
        let parallelism: Int

        func derive(_ password: String, _ salt: [UInt8]) -> [UInt8]? {
            let key = try? KDF.Scrypt.deriveKey(
                from: Array(password.utf8), salt: salt, outputByteCount: 32, rounds: 1 << cost, blockSize: blockSize,
                parallelism: parallelism)
            return key?.withUnsafeBytes { Array($0) }
        }

        static func parse(_ stored: String) -> (Parameters, salt: [UInt8], hash: [UInt8])? {
            let parts = stored.split(separator: "$", omittingEmptySubsequences: true)
            guard parts.count == 4, parts[0] == "scrypt", let salt = Base64.decode(String(parts[2])),
                let hash = Base64.decode(String(parts[3])), hash.count == 32
            else { return nil }
            var numbers: [Substring: Int] = [:]
            for pair in parts[1].split(separator: ",") {
                let sides = pair.split(separator: "=")
                guard sides.count == 2, let number = Int(sides[1]) else { return nil }
                numbers[sides[0]] = number
            }
            guard let cost = numbers["ln"], let blockSize = numbers["r"], let parallelism = numbers["p"],
                (4...20).contains(cost), (1...32).contains(blockSize), (1...16).contains(parallelism)
            else { return nil }
            return (Parameters(cost: cost, blockSize: blockSize, parallelism: parallelism), salt, hash)
        }
    }
}
