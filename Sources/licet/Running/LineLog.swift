// Logs as lines on standard error: plain for a terminal, JSON for a collector. Control characters never reach it.

import Domain
import Gateway
import Glibc
import Logging

struct LineLog: LogHandler {
    let label: String
    let json: Bool
    var logLevel: Logger.Level = .info
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(label: String, json: Bool) {
        self.label = label
        self.json = json
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let fields = all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        let time = World.real.now().rfc3339
        var line: String
        if json {
            line =
                "{\"time\":\"\(time)\",\"level\":\"\(event.level.rawValue)\",\"message\":\"\(escape("\(event.message)"))\""
            for (key, value) in fields { line += ",\"\(escape(key))\":\"\(escape(value))\"" }
            line += "}"
        } else {
            line = "\(time) \(event.level.rawValue) \(escape("\(event.message)"))"
            for (key, value) in fields { line += " \(escape(key))=\(escape(value))" }
        }
        let bytes = Array((line + "\n").utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    // Enough for JSON, and no line of a log can pretend to be two.
    private func escape(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _
            where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
                || scalar.properties.isBidiControl || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
