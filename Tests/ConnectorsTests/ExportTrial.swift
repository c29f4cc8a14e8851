// Reads bytes as an export and keeps everything that came of it, so that a test is one sentence.

import Connectors
import Domain
import Foundation
import Glibc
import Testing

struct ExportTrial {
    var readings: [Reading] = []
    var batches: [Int] = []
    var progress: [ExportProgress] = []
    var summary: ExportSummary?
    var error: ExportError?

    var code: String? { error?.code }

    static func path(_ path: String, batchOf count: Int = 512) -> ExportTrial {
        run(ExportReader(path: path), batchOf: count)
    }

    static func descriptor(_ descriptor: Int32, limits: ExportLimits = .standard) -> ExportTrial {
        run(ExportReader(fileDescriptor: descriptor, limits: limits), batchOf: 512)
    }

    /// The bytes in a file without a name.
    static func bytes(_ bytes: [UInt8], limits: ExportLimits = .standard, batchOf count: Int = 512) -> ExportTrial {
        guard let file = tmpfile() else { return ExportTrial() }
        defer { fclose(file) }
        var at = 0
        while at < bytes.count {
            let written = bytes[at...].withUnsafeBytes { pwrite(fileno(file), $0.baseAddress, $0.count, off_t(at)) }
            guard written > 0 else { return ExportTrial() }
            at += written
        }
        return run(ExportReader(fileDescriptor: fileno(file), limits: limits), batchOf: count)
    }

    static func text(_ text: String, limits: ExportLimits = .standard) -> ExportTrial {
        bytes(Array(text.utf8), limits: limits)
    }

    /// The elements inside a `HealthData`, whose own tag is line 1.
    static func elements(_ text: String, limits: ExportLimits = .standard) -> ExportTrial {
        self.text("<HealthData locale=\"en_GB\">\n\(text)\n</HealthData>\n", limits: limits)
    }

    private static func run(_ reader: ExportReader, batchOf count: Int) -> ExportTrial {
        var trial = ExportTrial()
        do {
            trial.summary = try reader.read(batchOf: count) { batch, progress in
                trial.readings += batch
                trial.batches.append(batch.count)
                trial.progress.append(progress)
            }
        } catch let error as ExportError {
            trial.error = error
        } catch {
            Issue.record("an error that is no ExportError came out")
        }
        return trial
    }
}

enum Fixture {
    static func path(_ name: String) throws -> String {
        try #require(Bundle.module.resourceURL).appending(path: "Fixtures/\(name)").path
    }
}

/// One record as Apple writes it; nil leaves an attribute out.
func recordElement(
    type: String? = "HKQuantityTypeIdentifierHeartRate", source: String? = "Watch", unit: String? = "count/min",
    start: String? = "2026-10-31 23:00:00 +0200", end: String? = "2026-10-31 23:01:00 +0200", value: String? = "74",
    inside: String = ""
) -> String {
    let pairs = [
        ("type", type), ("sourceName", source), ("unit", unit), ("startDate", start), ("endDate", end),
        ("value", value),
    ]
    let attributes = pairs.compactMap { name, text in text.map { "\(name)=\"\($0)\"" } }.joined(separator: " ")
    return "<Record \(attributes)>\(inside)</Record>"
}
