// A guard before the zip library: an archive's directory is read into memory whole, so one that claims millions of entries
// is refused first. Layout: PKWARE APPNOTE 6.3 §4.3.14–16.

import Glibc

/// Checks every end-of-directory record near the end of the file, for it is not known which the library will choose.
/// Returns the size of the file.
func checkArchiveDirectory(of descriptor: Int32, limits: ExportLimits) throws(ExportError) -> Int64 {
    let size = Int64(lseek(descriptor, 0, SEEK_END))
    guard size >= 0 else { throw ExportError(.notAnExport(why: "an archive cannot be read from a pipe")) }
    guard size >= 22 else { throw ExportError(.archiveDamaged(entry: nil)) }
    // The record is 22 bytes, its comment at most 65,535; a little more is read than the library reads.
    let tail = try readBytes(of: descriptor, at: max(0, size - 68_000), count: Int(min(size, 68_000)))
    var isFound = false
    for at in 0...(tail.count - 22) where isMark(0x05, 0x06, in: tail, at: at) {
        isFound = true
        var entries = number(in: tail, at: at + 10, bytes: 2)
        var bytes = number(in: tail, at: at + 12, bytes: 4)
        if at >= 20, isMark(0x06, 0x07, in: tail, at: at - 20) {
            let place = number(in: tail, at: at - 12, bytes: 8)
            guard let place = Int64(exactly: place), place <= size - 56 else {
                throw ExportError(.archiveDamaged(entry: nil))
            }
            let wide = try readBytes(of: descriptor, at: place, count: 56)
            if isMark(0x06, 0x06, in: wide, at: 0) {
                entries = max(entries == 0xFFFF ? 0 : entries, number(in: wide, at: 32, bytes: 8))
                bytes = max(bytes == 0xFFFF_FFFF ? 0 : bytes, number(in: wide, at: 40, bytes: 8))
            }
        }
        if entries > UInt64(limits.archiveEntries) || bytes > UInt64(limits.archiveDirectoryBytes) {
            throw ExportError(.archiveBomb(entry: nil))
        }
    }
    guard isFound else { throw ExportError(.archiveDamaged(entry: nil)) }
    return size
}

private func isMark(_ third: UInt8, _ fourth: UInt8, in bytes: [UInt8], at: Int) -> Bool {
    at + 4 <= bytes.count && bytes[at] == 0x50 && bytes[at + 1] == 0x4B && bytes[at + 2] == third
        && bytes[at + 3] == fourth
}

/// Little-endian, as everything in an archive.
private func number(in bytes: [UInt8], at: Int, bytes count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
}

private func readBytes(of descriptor: Int32, at place: Int64, count: Int) throws(ExportError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
        let got = bytes.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, off_t(place) + off_t(filled))
        }
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { throw got < 0 ? ExportError.unreadable(errno) : ExportError(.archiveDamaged(entry: nil)) }
        filled += got
    }
    return bytes
}
