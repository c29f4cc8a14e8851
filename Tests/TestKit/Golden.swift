// Hides how a printed document is held equal to the file in the repository that people read.

import Foundation
public import Testing

/// A file that a test prints. A run with `LICET_WRITE_GOLDENS=1` writes it; every other run compares.
public enum Golden {
    /// `path` is counted from the root of the repository. Says the first line that differs.
    public static func expect(
        _ printed: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = try Repository.root().appendingPathComponent(path)
        if ProcessInfo.processInfo.environment["LICET_WRITE_GOLDENS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(printed.utf8).write(to: file)
            return
        }
        let kept = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        guard kept != printed else { return }
        Issue.record(
            """
            \(path) is not what is printed now: \(firstDifference(kept, printed)). Run with LICET_WRITE_GOLDENS=1 to \
            rewrite it, and read the difference before you commit it.
            """,
            sourceLocation: sourceLocation)
    }

    static func firstDifference(_ kept: String, _ printed: String) -> String {
        let kept = kept.split(separator: "\n", omittingEmptySubsequences: false)
        let printed = printed.split(separator: "\n", omittingEmptySubsequences: false)
        for line in 0..<max(kept.count, printed.count) {
            let before = line < kept.count ? "“\(kept[line])”" : "nothing"
            let after = line < printed.count ? "“\(printed[line])”" : "nothing"
            if before != after { return "line \(line + 1) has \(before), now \(after)" }
        }
        return "only the line ends differ"
    }
}
