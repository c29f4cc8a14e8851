// `licet demo`: the whole story against the running server, in the terminal, with the real requests shown.

import ArgumentParser
import AsyncHTTPClient
import Domain
import Gateway
import Glibc

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play the story against the running server: ask, agree, import, deliver, revoke.")

    @OptionGroup var options: CommonOptions
    @Option(help: "An Apple Health export, or a folder of them; without it, a built-in one.")
    var data: String?

    func run() async throws {
        try await withDeployment(options) { deployment in
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HTTPCourier.configuration)
            let story = DemoStory(
                deployment: deployment, client: client, exports: try exports(deployment.settings.dataDirectory))
            do {
                try await story.play()
            } catch {
                try? await client.shutdown()
                throw error
            }
            try await client.shutdown()
        }
    }

    private func exports(_ directory: String) throws -> [String] {
        guard let data else {
            let path = "\(directory)/demo-export.xml"
            try DemoExport.write(to: path, days: 14)
            return [path]
        }
        let found = Files.exports(below: data)
        guard !found.isEmpty else { throw ValidationError("--data: no export.xml or export.zip there") }
        return found
    }
}

enum Files {
    /// The path itself if it is a file, else every `export.xml` and `export.zip` below it, sorted.
    static func exports(below path: String) -> [String] {
        guard let directory = opendir(path) else { return access(path, R_OK) == 0 ? [path] : [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            let below = "\(path)/\(name)"
            if entry.pointee.d_type == UInt8(DT_DIR) {
                found += exports(below: below)
            } else if name == "export.xml" || name == "export.zip" {
                found.append(below)
            }
        }
        return found.sorted()
    }
}
