// Hides a log in a folder (C2SP tlog-tiles): static files that any web server could serve. A file is there whole or not at
// all, and the checkpoint is written last, so that what it signs can always be read.

public import Domain
import Glibc

public struct LogDirectory: Sendable {
    private let path: String
    static let checkpoint = "checkpoint"

    public init(_ path: String) { self.path = path }

    /// Whether somebody began one here.
    var hasCheckpoint: Bool { has(Self.checkpoint) }

    func readSmall(_ file: String, atMost limit: Int) throws(LogFault) -> [UInt8] {
        guard let bytes = FileBytes.read("\(path)/\(file)", atMost: limit) else { throw .unreadable(file: file) }
        return bytes
    }

    /// Whether a file of that name is there; what is in it is not looked at.
    func has(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }

    /// Whether the tile, or the full one in its place, is there.
    func has(_ tile: LogTile) -> Bool { has(tile.path) || (!tile.isFull && has(tile.full.path)) }

    /// A small file of text beside the tiles.
    func readText(_ name: String) throws(LogFault) -> String {
        guard let bytes = FileBytes.read("\(path)/\(name)", atMost: LogPart.longest),
            let text = String(validating: bytes, as: UTF8.self)
        else { throw .unreadable(file: name) }
        return text
    }

    /// The bytes of the signed checkpoint.
    public func readCheckpoint() throws(LogFault) -> [UInt8] {
        guard let bytes = FileBytes.read("\(path)/\(Self.checkpoint)", atMost: SignedNote.longest) else {
            throw .unreadable(file: Self.checkpoint)
        }
        return bytes
    }

    /// The hashes of a tile, as many as it is wide.
    public func readHashes(_ tile: LogTile) throws(LogFault) -> [MerkleHash] {
        let (bytes, found) = try read(tile, atMost: LogTile.fullWidth * MerkleHash.width)
        guard let hashes = MerkleHash.list(bytes), hashes.count == found.width else { throw .wrongLength(found) }
        return hashes.count == tile.width ? hashes : Array(hashes[..<tile.width])
    }

    /// A bundle, and where its entries lie in it, as many as it is wide.
    public func readEntries(_ tile: LogTile) throws(LogFault) -> (bytes: [UInt8], entries: ArraySlice<Range<Int>>) {
        let (bytes, found) = try read(tile, atMost: EntryBundle.longest)
        guard let entries = EntryBundle.entries(in: bytes), entries.count == found.width else {
            throw .wrongLength(found)
        }
        return (bytes, entries[..<tile.width])
    }

    /// Of a partial tile that was dropped, the full one in its place.
    private func read(_ tile: LogTile, atMost limit: Int) throws(LogFault) -> (bytes: [UInt8], found: LogTile) {
        if let bytes = FileBytes.read("\(path)/\(tile.path)", atMost: limit) { return (bytes, tile) }
        if !tile.isFull, let bytes = FileBytes.read("\(path)/\(tile.full.path)", atMost: limit) {
            return (bytes, tile.full)
        }
        throw .unreadable(file: tile.path)
    }

    /// Appends entries to what is there and signs it. Returns the tree as it is afterwards. One writer at a time.
    public func append(_ entries: [[UInt8]], to range: MerkleRange, signer: LogSigner) throws(LogFault) -> MerkleRange {
        let growth = try LogGrowth.appending(entries, to: range) { tile throws(LogFault) in
            switch tile.kind {
            case .hashes: return MerkleHash.bytes(of: try readHashes(tile))
            case .entries:
                let (bytes, entries) = try readEntries(tile)
                return Array(bytes[..<(entries.last?.upperBound ?? 0)])
            }
        }
        guard let growth else { throw .unwritable(file: "tile") }
        for file in growth.files { try write(file.bytes, to: file.tile.path) }
        try write(try signer.sign(growth.range).bytes, to: Self.checkpoint)
        return growth.range
    }

    /// Durable when it returns.
    func write(_ bytes: [UInt8], to name: String) throws(LogFault) {
        var folder = path
        _ = mkdir(folder, 0o755)
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            _ = mkdir(folder, 0o755)
        }
        guard FileBytes.write(bytes, to: "\(path)/\(name)", in: folder) else { throw .unwritable(file: name) }
    }
}

/// Whole files, read and written at once.
public enum FileBytes {
    /// Nil when it is not there, is not a file, is longer, or fails to be read.
    public static func read(_ path: String, atMost limit: Int) -> [UInt8]? {
        // Without waiting: what is in a copy's place may be a pipe.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else { return nil }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let start = buffer.baseAddress {
                let got = Glibc.read(file, start + count, size - count)
                if got > 0 { count += got } else if got == 0 || errno != EINTR { break }
            }
        }
        return bytes.count == size ? bytes : nil
    }

    /// Whole and durable, over what is there. False when it could not be.
    public static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        return write(bytes, to: path, in: folder)
    }

    /// Beside its place, then moved there in one step. False when it could not be made durable.
    static func write(_ bytes: [UInt8], to path: String, in folder: String) -> Bool {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        var written = 0
        bytes.withUnsafeBytes { raw in
            while written < raw.count, let start = raw.baseAddress {
                let put = Glibc.write(file, start + written, raw.count - written)
                if put > 0 { written += put } else if put == 0 || errno != EINTR { break }
            }
        }
        let isWhole = written == bytes.count && fsync(file) == 0
        guard close(file) == 0, isWhole, rename(temporary, path) == 0 else {
            unlink(temporary)
            return false
        }
        let place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { return false }
        defer { close(place) }
        return fsync(place) == 0
    }
}
