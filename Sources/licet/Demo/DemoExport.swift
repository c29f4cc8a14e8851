// The built-in export of the demonstrations, and the small files and words they need.

import Connectors
import Crypto
import Domain
import Gateway
import Glibc

struct FileFault: Error, CustomStringConvertible {
    let description: String
}

enum DemoExport {
    /// A believable fortnight up to the day before today.
    static func write(to path: String, days: Int) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileFault(description: "\(path) cannot be written") }
        defer { close(file) }
        let until = ZonedMoment(instant: World.real.now() - .days(1), offsetMinutes: 60)
        try generateExport(days: days, seed: 7, until: until) { bytes throws(FileFault) in
            guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
                throw FileFault(description: "\(path) cannot be written")
            }
        }
    }
}

enum TextFile {
    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = Glibc.read(file, &bytes, bytes.count)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// For the owner's eyes only.
    static func write(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let bytes = Array(text.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }
}

enum Words {
    static func password(_ world: World) -> String { Hex.encode(world.roll(10)) }
}

/// A verifier and its S256 challenge (RFC 7636), as any client makes them.
struct PKCEPair {
    let verifier: String
    let challenge: String

    init(_ world: World) {
        verifier = Hex.encode(world.roll(32))
        challenge = Hex.base64URL(Array(SHA256.hash(data: Array(verifier.utf8))))
    }
}
