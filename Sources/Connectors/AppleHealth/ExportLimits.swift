// The bounds that keep reading flat in memory whatever somebody sends. All can be set; the standard ones fit every export
// that a phone makes.

/// What is refused rather than read.
public struct ExportLimits: Sendable, Equatable {
    /// The longest stretch of the file without an element beginning or ending: one tag, attribute, text or comment.
    public var elementBytes = 1 << 20
    public var attributesPerElement = 64
    public var depth = 32
    /// Different names of elements and attributes; real exports have about two hundred.
    public var names = 4_096
    /// XML declaration, comments and document type before the first element.
    public var prologueBytes = 1 << 20
    /// The whole `export.xml`, unpacked.
    public var wholeBytes: Int64 = 32 << 30
    /// An archive's export may unpack to this many times its packed size; real ones reach about sixty.
    public var unpackRatio: Int64 = 200
    /// The ratio is not looked at before this many unpacked bytes.
    public var unpackRatioFrom: Int64 = 64 << 20
    public var archiveEntries = 50_000
    public var archiveDirectoryBytes: Int64 = 16 << 20

    public static let standard = ExportLimits()
    public init() {}
}
