// Logs in folders for tests: written by us, damaged on purpose, and judged by others where their code is there.

import Domain
import Foundation
import Gateway
import TestKit
import Testing

/// A log in a temporary folder, taken away with it.
final class LogMaker {
    let folder: URL
    let signer: LogSigner
    private(set) var range = MerkleRange()
    var directory: LogDirectory { LogDirectory(folder.path) }
    var verifier: LogVerifier { LogVerifier(directory, key: signer.key) }

    init(seed: UInt8 = 7) throws {
        let name = try #require(NoteName("licet.example/audit"))
        signer = try #require(LogSigner(name: name, seed: [UInt8](repeating: seed, count: 32)))
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    static func leaf(_ number: Int, items: Int = 3) throws -> [UInt8] {
        let at = Moment(seconds: 1_795_255_200 + Int64(number))
        let dice = (0..<10).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        let entry = AuditEntry(
            id: AuditID(at: at, dice: dice), at: at, action: .read,
            outcome: number % 7 == 0 ? .refused(.notCovered) : .done,
            application: ApplicationID(bytes: [UInt8](repeating: 1, count: 16)),
            person: AuditName(bytes: [UInt8](repeating: UInt8(number % 5), count: 16)), mode: .online,
            types: [.heartRate, .steps], items: items)
        return try #require(AuditLeaf(entry)).bytes
    }

    /// Up to that size in batches, the checkpoint of each returned.
    @discardableResult
    func grow(to size: Int, by batch: Int, rewriting changed: Int? = nil) throws -> [[UInt8]] {
        var checkpoints: [[UInt8]] = []
        while range.size < size {
            let entries = try (range.size..<min(size, range.size + batch)).map {
                try Self.leaf($0, items: $0 == changed ? 4 : 3)
            }
            range = try directory.append(entries, to: range, signer: signer)
            checkpoints.append(try directory.readCheckpoint())
        }
        return checkpoints
    }

    func change(_ path: String, _ body: (inout Data) -> Void) throws {
        let file = folder.appendingPathComponent(path)
        var data = try Data(contentsOf: file)
        body(&data)
        try data.write(to: file)
    }

    func remove(_ path: String) throws { try FileManager.default.removeItem(at: folder.appendingPathComponent(path)) }
}

/// Code that nobody here wrote: pymerkle, sigstore and cryptography, through acceptance/third_party/tlog_check.py.
enum ThirdParty {
    static let isThere: Bool =
        (try? run(["-c", "import pymerkle, sigstore, cryptography, rfc8785"]))?.status == 0

    static func run(_ arguments: [String]) throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = try Repository.root().appendingPathComponent(".venv/bin/python")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    /// What the judge says of a log; `old` is an older checkpoint.
    static func judge(_ log: LogMaker, old: [UInt8]? = nil) throws -> (status: Int32, said: String) {
        let script = try Repository.root().appendingPathComponent("acceptance/third_party/tlog_check.py").path
        var arguments = [script, log.folder.path, log.signer.key.text]
        if let old {
            let kept = log.folder.appendingPathComponent("kept")
            try Data(old).write(to: kept)
            arguments += ["--old", kept.path]
        }
        return try run(arguments)
    }
}
