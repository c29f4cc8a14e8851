// Hides the zip archive around an export: which entry it is, and the refusal of everything that is no ordinary archive
// (bombs, locks, two exports) before or while it unpacks.

import CLibZip
import Glibc

struct ArchiveInput: ~Copyable, ByteInput {
    let bytesTotal: Int64
    private let archive: OpaquePointer
    private let entry: OpaquePointer
    private let name: String
    private let packedBytes: Int64
    private let limits: ExportLimits
    private var unpackedBytes: Int64 = 0

    /// The descriptor stays the caller's. Its position may be moved.
    init(descriptor: Int32, limits: ExportLimits) throws(ExportError) {
        let archiveBytes = try checkArchiveDirectory(of: descriptor, limits: limits)
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw ExportError.unreadable(errno) }
        lseek(own, 0, SEEK_SET)
        var fault: Int32 = 0
        guard let archive = zip_fdopen(own, 0, &fault) else {
            close(own)
            throw ExportError(.archiveDamaged(entry: nil))
        }
        do throws(ExportError) {
            let found = try Self.findExport(in: archive)
            let packed = min(found.packedBytes, archiveBytes)
            try Self.check(found, packedBytes: packed, limits: limits)
            guard let entry = zip_fopen_index(archive, found.index, 0) else {
                throw ExportError(.archiveDamaged(entry: found.name))
            }
            self.archive = archive
            self.entry = entry
            self.limits = limits
            name = found.name
            packedBytes = packed
            bytesTotal = found.unpackedBytes
        } catch {
            zip_discard(archive)
            throw error
        }
    }

    deinit {
        zip_fclose(entry)
        zip_discard(archive)
    }

    /// What the archive says of its sizes is not believed: the bytes are counted as they come.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ExportError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = Int(zip_fread(entry, rest.baseAddress, UInt64(rest.count)))
            guard count >= 0 else { throw ExportError(.archiveDamaged(entry: name)) }
            if count == 0 { break }
            filled += count
            unpackedBytes += Int64(count)
            if Self.isBomb(unpacked: unpackedBytes, packed: packedBytes, limits: limits) {
                throw ExportError(.archiveBomb(entry: name))
            }
        }
        return filled
    }

    private struct Entry {
        var index: UInt64
        var name: String
        var unpackedBytes: Int64
        var packedBytes: Int64
        var method: UInt16
        var isEncrypted: Bool
    }

    private static func findExport(in archive: OpaquePointer) throws(ExportError) -> Entry {
        var exports: [Entry] = []
        var others: [Entry] = []
        for index in 0..<UInt64(max(0, zip_get_num_entries(archive, 0))) {
            var facts = zip_stat_t()
            guard zip_stat_index(archive, index, 0, &facts) == 0, let text = facts.name else { continue }
            let name = String(cString: text)
            guard let rank = ExportEntryName.rank(name) else { continue }
            let entry = Entry(
                index: index, name: ExportEntryName.shown(name), unpackedBytes: Int64(clamping: facts.size),
                packedBytes: Int64(clamping: facts.comp_size), method: facts.comp_method,
                isEncrypted: facts.encryption_method != UInt16(ZIP_EM_NONE))
            if rank == .export { exports.append(entry) } else { others.append(entry) }
        }
        let candidates = exports.isEmpty ? others : exports
        guard let first = candidates.first else { throw ExportError(.noExportInArchive) }
        guard candidates.count == 1 else {
            throw ExportError(.severalExportsInArchive(candidates.prefix(5).map(\.name)))
        }
        return first
    }

    private static func check(
        _ entry: Entry, packedBytes: Int64, limits: ExportLimits
    ) throws(ExportError) {
        if entry.isEncrypted { throw ExportError(.archiveEncrypted(entry: entry.name)) }
        // Other methods may ask for as much memory as they like.
        guard entry.method == UInt16(ZIP_CM_STORE) || entry.method == UInt16(ZIP_CM_DEFLATE) else {
            throw ExportError(.archiveUnsupported(entry: entry.name))
        }
        if isBomb(unpacked: entry.unpackedBytes, packed: packedBytes, limits: limits) {
            throw ExportError(.archiveBomb(entry: entry.name))
        }
    }

    private static func isBomb(unpacked: Int64, packed: Int64, limits: ExportLimits) -> Bool {
        if unpacked > limits.wholeBytes { return true }
        guard unpacked > limits.unpackRatioFrom else { return false }
        let (most, overflows) = max(packed, 1).multipliedReportingOverflow(by: limits.unpackRatio)
        return !overflows && unpacked > most
    }
}

/// Which entries of an archive may be the export. Apple writes `apple_health_export/export.xml` and translates the name
/// on some phones, so a lone other XML file beside it counts when there is no `export.xml`.
enum ExportEntryName {
    enum Rank { case export, other }

    static func rank(_ name: String) -> Rank? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let last = parts.last?.lowercased(), parts.first != "__MACOSX" else { return nil }
        guard last.hasSuffix(".xml"), !last.hasPrefix("."), !last.hasSuffix("_cda.xml") else { return nil }
        return last == "export.xml" ? .export : .other
    }

    /// Fit for a message: short, and nothing that moves a cursor.
    static func shown(_ name: String) -> String {
        let clean = name.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "?" : String($0) }
        return clean.count <= 80 ? clean.joined() : clean.prefix(79).joined() + "…"
    }
}
