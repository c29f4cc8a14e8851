// Hides where the bytes of an export come from: a plain file, a pipe or an entry of an archive.

import Glibc

/// A stream of bytes that is read once, from its beginning.
protocol ByteInput: ~Copyable {
    /// How many bytes will come, or 0 when that is not known.
    var bytesTotal: Int64 { get }

    /// Fills the buffer as far as it can; 0 is the end.
    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ExportError) -> Int
}

/// A plain file or a pipe. A file is read from its beginning without moving the position of the descriptor.
struct FileInput: ~Copyable, ByteInput {
    let descriptor: Int32
    let bytesTotal: Int64
    let isSeekable: Bool
    private let isOurs: Bool
    private var position: Int64 = 0
    private var head: [UInt8] = []

    init(path: String) throws(ExportError) {
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw ExportError.unreadable(errno) }
        try self.init(descriptor: opened, isOurs: true)
    }

    init(descriptor: Int32) throws(ExportError) {
        try self.init(descriptor: descriptor, isOurs: false)
    }

    private init(descriptor: Int32, isOurs: Bool) throws(ExportError) {
        var facts = stat()
        var fault: Int32 = fstat(descriptor, &facts) == 0 ? 0 : errno
        if facts.st_mode & S_IFMT == S_IFDIR { fault = EISDIR }
        self.descriptor = descriptor
        self.isOurs = isOurs
        isSeekable = lseek(descriptor, 0, SEEK_CUR) >= 0
        bytesTotal = facts.st_mode & S_IFMT == S_IFREG ? Int64(facts.st_size) : 0
        if fault != 0 { throw ExportError.unreadable(fault) }
    }

    deinit { if isOurs { close(descriptor) } }

    /// The first bytes, which `fill` gives again.
    mutating func peek(_ count: Int) throws(ExportError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var byte: UInt8 = 0
            let filled = try withUnsafeMutableBytesTyped(of: &byte) { (buffer) throws(ExportError) in
                try self.readOnce(buffer)
            }
            if filled == 0 { break }
            bytes.append(byte)
        }
        head = bytes
        return bytes
    }

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ExportError) -> Int {
        var filled = min(head.count, buffer.count)
        buffer.copyBytes(from: head.prefix(filled))
        head.removeFirst(filled)
        while filled < buffer.count {
            let count = try readOnce(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    private mutating func readOnce(_ buffer: UnsafeMutableRawBufferPointer) throws(ExportError) -> Int {
        while true {
            let count =
                isSeekable
                ? pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
                : Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                position += Int64(count)
                return count
            }
            if errno != EINTR { throw ExportError.unreadable(errno) }
        }
    }
}

extension ExportError {
    static func unreadable(_ number: Int32) -> ExportError {
        ExportError(.unreadable(strerror(number).map { String(cString: $0) } ?? "error \(number)"))
    }
}

private func withUnsafeMutableBytesTyped(
    of byte: inout UInt8, _ body: (UnsafeMutableRawBufferPointer) throws(ExportError) -> Int
) throws(ExportError) -> Int {
    let outcome: Result<Int, ExportError> = withUnsafeMutableBytes(of: &byte) { buffer in
        do throws(ExportError) { return .success(try body(buffer)) } catch { return .failure(error) }
    }
    return try outcome.get()
}
