// Readers of what strangers send, under inputs that nobody would send: none breaks, none takes long, none keeps anything.

import Foundation
import TestKit
import Testing

@Suite("Fuzzing")
struct FuzzTests {
    /// Of all targets together. `make soak` asks for more by LICET_FUZZ.
    private static let asked = ProcessInfo.processInfo.environment["LICET_FUZZ"].flatMap(Int.init)
    private static let inputs = (asked ?? 100_000) / FuzzTarget.all.count
    private static let batch = 1_000
    /// Far more than a thousand need on a busy machine, far less than a reader that has lost its way.
    private static let longestBatch = Duration.seconds(60)
    private static let mostGrowth = 96 << 20

    @Test(
        "Whatever comes, each reader reads or refuses, in bounded time, and what it reads is sound",
        .timeLimit(.minutes(60)), arguments: FuzzTarget.all)
    func fuzz(target: FuzzTarget) async throws {
        var mutator = FuzzMutator(target)
        for text in target.corpus where !text.isEmpty {
            if case .broken(let why) = await target.attempt(Array(text.utf8)) { Issue.record("\(target.name): \(why)") }
        }
        let clock = ContinuousClock()
        var read = 0
        var done = 0
        var slowest = Duration.zero
        var before: Int?
        while done < Self.inputs {
            let start = clock.now
            let count = min(Self.batch, Self.inputs - done)
            for _ in 0..<count {
                let bytes = mutator.next()
                switch await target.attempt(bytes) {
                case .refused: break
                case .read:
                    read += 1
                    mutator.keep(bytes)
                case .broken(let why):
                    Issue.record("\(target.name): \(why): \(Data(bytes).base64EncodedString()) (\(mutator.note))")
                    return
                }
            }
            done += count
            slowest = max(slowest, clock.now - start)
            // What is made once is made by now.
            if before == nil, done >= Self.inputs / 10 { before = try Self.peakMemory() }
        }
        #expect(slowest < Self.longestBatch, "\(target.name): a thousand inputs took \(slowest) (\(mutator.note))")
        // Damage that is always noticed, or never, would test nothing.
        #expect((1..<done).contains(read), "\(target.name): \(read) of \(done) were read (\(mutator.note))")
        // Beside other tests the peak is not ours.
        if Self.asked != nil, let before {
            let growth = try Self.peakMemory() - before
            #expect(growth < Self.mostGrowth, "\(target.name): the peak grew by \(growth) bytes")
        }
    }

    @Test(
        "A long body of the worst kind takes seconds at most: no reader's time grows with the square of the length",
        .timeLimit(.minutes(10)),
        arguments: [
            ("", "&"), ("", "a=%41+&"), ("a=", "%C3%BC"), ("[", "1,"), ("[\"", "\\u00e9"), ("", "{\"a\":"),
        ])
    func longBodies(head: String, piece: String) async {
        let bytes = Array((head + String(repeating: piece, count: (256 << 10) / piece.utf8.count)).utf8)
        let clock = ContinuousClock()
        for target in [FuzzTarget.form, .json] {
            let start = clock.now
            let verdict = await target.attempt(bytes)
            #expect(clock.now - start < .seconds(20), "\(target.name): \(head)\(piece)…")
            if case .broken(let why) = verdict { Issue.record("\(target.name): \(why): \(head)\(piece)…") }
        }
    }

    /// VmHWM in bytes.
    private static func peakMemory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").compactMap { Int($0) }.first) << 10
    }
}
