// Everything that can be wrong with an export, as one closed list. Nothing here ever holds a value, a name or a text of
// the file itself except the names of archive entries.

/// Why an export could not be read, or not be read to its end.
public struct ExportError: Error, Sendable, Equatable {
    public enum Fault: Sendable, Equatable {
        /// The system would not give the bytes; the text is the system's own.
        case unreadable(String)
        case notAnExport(why: String)
        case notXML(line: Int)
        case notUTF8(line: Int)
        /// A control character, which no XML file may hold.
        case forbiddenCharacter(line: Int)
        case truncated(line: Int)
        case entityRefused(line: Int)
        case tooLarge(Limit, line: Int)
        case noExportInArchive
        case severalExportsInArchive([String])
        case archiveDamaged(entry: String?)
        case archiveEncrypted(entry: String)
        case archiveUnsupported(entry: String)
        case archiveBomb(entry: String?)
    }

    public enum Limit: Sendable, Equatable {
        case element(bytes: Int)
        case attributes(count: Int)
        case depth(levels: Int)
        case names(count: Int)
        case prologue(bytes: Int)
        case whole(bytes: Int64)
    }

    public let fault: Fault

    public init(_ fault: Fault) { self.fault = fault }

    /// Stable: programs and translations may depend on it.
    public var code: String {
        switch fault {
        case .unreadable: "EXPORT_UNREADABLE"
        case .notAnExport: "EXPORT_NOT_AN_EXPORT"
        case .notXML: "EXPORT_NOT_XML"
        case .notUTF8: "EXPORT_NOT_UTF8"
        case .forbiddenCharacter: "EXPORT_FORBIDDEN_CHARACTER"
        case .truncated: "EXPORT_TRUNCATED"
        case .entityRefused: "EXPORT_ENTITY_REFUSED"
        case .tooLarge: "EXPORT_TOO_LARGE"
        case .noExportInArchive: "EXPORT_NOT_IN_ARCHIVE"
        case .severalExportsInArchive: "EXPORT_SEVERAL_IN_ARCHIVE"
        case .archiveDamaged: "EXPORT_ARCHIVE_DAMAGED"
        case .archiveEncrypted: "EXPORT_ARCHIVE_ENCRYPTED"
        case .archiveUnsupported: "EXPORT_ARCHIVE_UNSUPPORTED"
        case .archiveBomb: "EXPORT_ARCHIVE_BOMB"
        }
    }

    /// One or two plain sentences for the person who gave the file.
    public var message: String {
        switch fault {
        case .unreadable(let reason):
            "The file could not be read: \(reason)."
        case .notAnExport(let why):
            "This is not an Apple Health export: \(why)."
        case .notXML(let line):
            "The file is not well-formed XML: line \(line) cannot be understood."
        case .notUTF8(let line):
            "The file is not written in UTF-8: line \(line) holds bytes that are no text."
        case .forbiddenCharacter(let line):
            "Line \(line) holds a control character, which an XML file may not hold."
        case .truncated(let line):
            "The file ends too early, at line \(line). It was probably not copied to its end; please export it again."
        case .entityRefused(let line):
            "Line \(line) declares or uses an entity of its own. An Apple Health export has none, so it was refused."
        case .tooLarge(let limit, let line):
            "The file was refused at line \(line): \(limit.sentence)."
        case .noExportInArchive:
            "The archive holds no export.xml. Please give the export.zip as the Health app made it."
        case .severalExportsInArchive(let names):
            "The archive holds more than one export: \(names.joined(separator: ", ")). Please give one at a time."
        case .archiveDamaged(let entry):
            "The archive is damaged\(Self.within(entry)). Please export it again."
        case .archiveEncrypted(let entry):
            "The archive is locked with a password\(Self.within(entry)). Please give it without one."
        case .archiveUnsupported(let entry):
            "The archive is packed in a way that is not understood\(Self.within(entry)). Please give an ordinary zip file."
        case .archiveBomb(let entry):
            "The archive would unpack to far more than an export ever does\(Self.within(entry)), so it was refused."
        }
    }

    private static func within(_ entry: String?) -> String { entry.map { " (\($0))" } ?? "" }
}

extension ExportError.Limit {
    fileprivate var sentence: String {
        switch self {
        case .element(let bytes): "one piece of it is longer than \(bytes) bytes"
        case .attributes(let count): "one element has more than \(count) attributes"
        case .depth(let levels): "its elements are nested more than \(levels) deep"
        case .names(let count): "it has more than \(count) different names of elements and attributes"
        case .prologue(let bytes): "what comes before the data is longer than \(bytes) bytes"
        case .whole(let bytes): "it is larger than \(bytes) bytes"
        }
    }
}
