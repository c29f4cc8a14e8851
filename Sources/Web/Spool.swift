// A file that only this process can see: it has no name on disk, so a crash leaves nothing behind. It belongs to whoever
// holds the value, and closes with it.

import Domain
import Gateway
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

struct Spool: ~Copyable {
    private let descriptor: Int32
    private let limit: Int64
    private(set) var size: Int64 = 0

    /// `limit` is in bytes: more is refused with `BODY_TOO_LARGE`.
    init(in directory: String, limit: Int64) throws(Declined) {
        let descriptor = Self.openNameless(in: directory)
        guard descriptor >= 0 else {
            throw Declined(.storageUnavailable, "The file could not be set aside for reading.")
        }
        self.descriptor = descriptor
        self.limit = limit
    }

    deinit { close(descriptor) }

    // mkstemp makes the file for its owner alone; it loses its name before the first byte is written.
    private static func openNameless(in directory: String) -> Int32 {
        var template = Array("\(directory)/upload-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { return -1 }
        if unlink(template) != 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0 {
            close(descriptor)
            return -1
        }
        return descriptor
    }

    mutating func append(_ chunk: ByteBuffer) throws(Declined) {
        size += Int64(chunk.readableBytes)
        guard size <= limit else { throw Declined(.bodyTooLarge) }
        let isWritten = chunk.withUnsafeReadableBytes { bytes in
            var rest = bytes
            while let start = rest.baseAddress, !rest.isEmpty {
                let count = write(descriptor, start, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
            return true
        }
        guard isWritten else { throw Declined(.storageUnavailable, "The file could not be set aside for reading.") }
    }

    /// Hands the descriptor over, at the file's beginning. The caller closes it.
    consuming func release() -> Int32 {
        lseek(descriptor, 0, SEEK_SET)
        let released = descriptor
        discard self
        return released
    }
}
