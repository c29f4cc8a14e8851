// Exports without an end: memory stays flat, and what can never become a record is refused after a moment.

import Connectors
import Foundation
import Glibc
import Synchronization
import Testing

@Suite("F1: an export is read in constant memory", .serialized)
struct EndlessExportTests {
    /// Feeds `start` and then `piece` up to `limit` bytes through a socket, as long as somebody reads.
    private static func stream(_ start: String, then piece: String, limit: Int, end: String = "") -> (
        ExportTrial, sent: Int
    ) {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return (ExportTrial(), 0) }
        let reading = ends[0]
        let writing = ends[1]
        let sent = Mutex(0)
        let isDone = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let repeated = String(repeating: piece, count: max(1, 65_536 / piece.utf8.count))
            var next = start
            while sendAll(Array(next.utf8), to: writing) {
                let total = sent.withLock { count in
                    count += next.utf8.count
                    return count
                }
                if next == end { break }
                next = total < limit ? repeated : end
                if next.isEmpty { break }
            }
            close(writing)
            isDone.signal()
        }
        let trial = ExportTrial.descriptor(reading)
        close(reading)
        isDone.wait()
        return (trial, sent.withLock { $0 })
    }

    @Test(
        "F1: a line of 2 GB is refused after little more than a megabyte, whatever it is part of",
        arguments: [
            "<HealthData>\n<Record sourceName=\"", "<HealthData>\nsome text ", "<HealthData>\n<!-- ", "<HealthData>\n<",
            "<HealthData>\n<?target ", "<HealthData>\n<![CDATA[", "<HealthData>\n<Record ",
        ])
    func twoGigabyteLine(start: String) {
        let (trial, sent) = Self.stream(start, then: "a", limit: 2 << 30)
        #expect(["EXPORT_TOO_LARGE", "EXPORT_NOT_XML"].contains(trial.code))
        #expect(trial.error?.message.contains("ine 2") == true)
        #expect(sent < 8 << 20)
    }

    @Test("F1: an endless prologue is refused as soon")
    func endlessPrologue() {
        for start in ["<!-- ", "<!DOCTYPE HealthData [", "   "] {
            let (trial, sent) = Self.stream(start, then: " ", limit: 2 << 30)
            #expect(trial.code == "EXPORT_TOO_LARGE")
            #expect(sent < 8 << 20)
        }
    }

    @Test("F1: 160 MiB of records through a pipe leave no trace in memory, and progress is shown all along")
    func flatMemory() async {
        // A process of its own: what other tests hold meanwhile is not measured with it.
        await #expect(processExitsWith: .success) {
            let device = String(repeating: "d", count: 2_000)
            let record = recordElement().replacing(" value=", with: " device=\"\(device)\" value=") + "\n"
            let before = try residentBytes()
            let (trial, sent) = Self.stream("<HealthData>", then: record, limit: 160 << 20, end: "</HealthData>")
            #expect(trial.error == nil)
            #expect(trial.readings.count >= (160 << 20) / record.utf8.count)
            #expect(trial.summary?.bytesRead == Int64(sent))
            #expect(trial.progress.count > 100)
            #expect(trial.progress.allSatisfy { $0.bytesTotal == 0 })
            // The trial keeps the readings; the reader keeps nothing.
            let kept = trial.readings.count * 400
            #expect(try residentBytes() - before < 32 << 20 + kept)
        }
    }

    @Test("F1: an export with nothing for us still shows progress, and so can be stopped")
    func progressWithoutReadings() {
        let (trial, _) = Self.stream(
            "<HealthData>", then: "<Location a=\"\(String(repeating: "b", count: 900))\"/>", limit: 40 << 20,
            end: "</HealthData>")
        #expect(trial.error == nil)
        #expect(trial.batches.count >= 2)
        #expect(trial.batches.allSatisfy { $0 == 0 })
    }
}

private func sendAll(_ bytes: [UInt8], to socket: Int32) -> Bool {
    var at = 0
    while at < bytes.count {
        let count = bytes[at...].withUnsafeBytes {
            send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        at += count
    }
    return true
}

private func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
    return pages * sysconf(Int32(_SC_PAGESIZE))
}
