// A trail of several years on a stage, month by month, as its clock goes; and folders for its archives and copies.

import Domain
import Foundation
import TestKit
import Testing
import Vault

@testable import Gateway

/// Folders that are taken away with it.
final class TrailFolders: Sendable {
    private let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    init() { try? FileManager.default.createDirectory(at: root, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: root) }

    func path(_ name: String) -> String { root.appendingPathComponent(name).path }

    func change(_ folder: String, _ file: String, _ body: (inout Data) -> Void) throws {
        let place = root.appendingPathComponent(folder).appendingPathComponent(file)
        var data = try Data(contentsOf: place)
        body(&data)
        try data.write(to: place)
    }

    func remove(_ folder: String, _ file: String) throws {
        try FileManager.default.removeItem(at: root.appendingPathComponent(folder).appendingPathComponent(file))
    }

    func has(_ folder: String, _ file: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(folder).appendingPathComponent(file).path)
    }

    /// Puts what `from` has beside what `to` has; what is there stays.
    func add(_ from: String, to: String) throws {
        let source = root.appendingPathComponent(from)
        let files = FileManager.default.enumerator(atPath: source.path)?.compactMap { $0 as? String } ?? []
        for file in files {
            let target = root.appendingPathComponent(to).appendingPathComponent(file)
            var isFolder: ObjCBool = false
            guard
                FileManager.default.fileExists(
                    atPath: source.appendingPathComponent(file).path, isDirectory: &isFolder),
                !isFolder.boolValue, !FileManager.default.fileExists(atPath: target.path)
            else { continue }
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: source.appendingPathComponent(file), to: target)
        }
    }

    func verify(_ folder: String, _ key: VerifierKey, older: [UInt8]? = nil) throws -> LogVerifier.Report {
        try LogVerifier(LogDirectory(path(folder)), key: key).verify(older: older)
    }

    func checkpoint(_ folder: String) throws -> [UInt8] { try LogDirectory(path(folder)).readCheckpoint() }

    /// What pymerkle, sigstore and cryptography say of a whole log.
    func judge(_ folder: String, _ key: VerifierKey) throws -> (status: Int32, said: String) {
        let script = "\(try Repository.root().path)/acceptance/third_party/tlog_check.py"
        return try ThirdParty.run([script, path(folder), key.text])
    }
}

extension Stage {
    /// January 2019 has 300 entries, February 500, March 700; the clock stands at the first of April 2019.
    static let oldMonths = [("2019-01", 300), ("2019-02", 500), ("2019-03", 700)]

    /// A stage's clock in January 2019.
    static func oldClock() -> TestWorld { TestWorld(at: Moment(seconds: 1_546_300_800 + 3_600)) }

    /// Writes them and seals them. The last entry of each month is a refusal that was counted: it comes in the first minute of the
    /// next, and stands there.
    /// Answers the checkpoint that was signed when January was over.
    @discardableResult
    func liveThroughOldMonths(_ log: Sequencer) async throws -> [UInt8] {
        var kept: [UInt8] = []
        for (text, count) in Self.oldMonths {
            let month = try #require(TrailMonth(text))
            clock.move(to: month.start + .hours(1))
            try await record(count - 1)
            try await seal(log)
            if kept.isEmpty { kept = try await gateway.logCheckpoint() }
            clock.move(to: month.end + .seconds(1))
            try await record(1, at: month.end - .seconds(20))
        }
        try await record(1)
        try await seal(log)
        return kept
    }

    @discardableResult
    func record(_ count: Int, at: Moment? = nil) async throws -> [AuditID] {
        let at = at ?? clock.now
        let entries = (0..<count).map { number in
            AuditEntry(
                id: AuditID(at: at, dice: clock.world.roll(10)), at: at, action: .read, outcome: .done,
                person: AuditName(bytes: [UInt8](repeating: UInt8(number % 5), count: 16)), types: [.steps],
                items: number)
        }
        try await engine.write { tx in for entry in entries { try AuditTable.append(entry, in: tx) } }
        return entries.map(\.id)
    }

    func seal(_ log: Sequencer) async throws {
        while case .sealed = try await log.round(atMost: 512) {}
    }

    /// As the command does it.
    @discardableResult
    func archive(_ text: String, _ log: Sequencer, to folder: String) async throws -> LogVerifier.Report {
        let month = try #require(TrailMonth(text))
        try await seal(log)
        try await gateway.announceArchive(of: month)
        try await seal(log)
        return try await gateway.archive(month, to: folder)
    }

    /// As the command does it. Answers how many entries went.
    @discardableResult
    func prune(_ text: String, _ log: Sequencer, _ archives: [String]) async throws -> Int {
        let month = try #require(TrailMonth(text))
        let plan = try await gateway.planPruning(before: month, archives: archives)
        if !plan.isBegun {
            let id = try await gateway.announcePruning(plan)
            try await seal(log)
            try await gateway.beginPruning(plan, announcedBy: id)
        }
        var place = plan.first
        while let next = try await gateway.pruneRound(from: place, to: plan.minimum) { place = next }
        return place - plan.first
    }
}
