// Hides where the source tree is: the nearest folder above this file that has a manifest, links resolved.

public import Foundation

/// The checkout that the tests were compiled from.
public enum Repository {
    public struct NotFound: Error {}

    public static func root(from file: String = #filePath) throws -> URL {
        var folder = URL(fileURLWithPath: file).resolvingSymlinksInPath()
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
                return folder
            }
        }
        throw NotFound()
    }

    public static func text(of path: String) throws -> String {
        try String(contentsOf: root().appendingPathComponent(path), encoding: .utf8)
    }

    /// Every file below a folder whose name ends so, as paths from the root, sorted.
    public static func files(under folder: String, ending suffix: String) throws -> [String] {
        let base = try root().appendingPathComponent(folder).path
        guard let found = FileManager.default.enumerator(atPath: base) else { throw NotFound() }
        return found.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }.sorted()
    }
}
