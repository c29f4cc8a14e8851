// Accesses as a table for spreadsheets (RFC 4180). INVARIANT: no cell begins like a formula: spreadsheets run those, and an
// application chooses its own name.

import Domain
import Gateway

enum AccessTable {
    private static let heads = [
        "time", "application", "client_id", "organization", "action", "outcome", "data_types", "items", "times",
        "record",
        "grant",
        "mode", "entry", "log_index",
    ]

    static func csv(_ accesses: [AccessView]) -> String {
        var text = line(heads)
        for access in accesses {
            text += line([
                access.at.rfc3339, access.applicationName ?? "", access.application?.text ?? "",
                access.organization ?? "", access.action.rawValue, access.outcome.text,
                access.types.map(\.rawValue).joined(separator: " "), String(access.items),
                String(access.repetition?.times ?? 1), access.recordName ?? "",
                access.grant?.text ?? "", access.mode?.rawValue ?? "", access.id.text,
                access.index.map { String($0) } ?? "",
            ])
        }
        return text
    }

    static func line(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    /// An apostrophe before what a spreadsheet would take for a formula; quoted where RFC 4180 §2 wants it.
    static func cell(_ text: String) -> String {
        let safe = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } == true ? "'" + text : text
        guard safe.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
