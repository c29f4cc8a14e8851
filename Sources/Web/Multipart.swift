// Reads `multipart/form-data` (RFC 7578) as it streams by, holding no more than one chunk and a boundary's length. A file of
// any size passes through; the parts come out in the order they were sent.

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

struct MultipartReader {
    enum Event: Equatable {
        case partBegan(name: String, fileName: String?)
        case bytes(ByteBuffer)
        case partEnded
        case ended
    }

    private enum Place { case preamble, afterBoundary, headers, content, epilogue }

    private let delimiter: [UInt8]
    private var held: ByteBuffer
    private var place = Place.preamble
    private static let mostHeaderBytes = 8 * 1024

    /// `boundary` as in the content type, without the dashes in front.
    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary has no line end before it: one is put there, so that all boundaries look alike.
        held = ByteBuffer(string: "\r\n")
    }

    /// The boundary of `multipart/form-data; boundary=…`; nil for any other content type.
    static func boundary(of contentType: String?) -> String? {
        guard let contentType, let header = HeaderValue(contentType), header.value == "multipart/form-data",
            let boundary = header.parameters["boundary"], (1...70).contains(boundary.utf8.count)
        else { return nil }
        return boundary
    }

    mutating func feed(_ chunk: ByteBuffer) {
        if held.readableBytes == 0 {
            held = chunk
        } else {
            held.discardReadBytes()
            held.writeImmutableBuffer(chunk)
        }
    }

    /// Nil when more must be fed first.
    mutating func next() throws(Declined) -> Event? {
        while true {
            switch place {
            case .preamble:
                guard skipToDelimiter() else { return nil }
                place = .afterBoundary
            case .afterBoundary:
                guard let two = held.getBytes(at: held.readerIndex, length: 2) else { return nil }
                if two == [UInt8(ascii: "-"), UInt8(ascii: "-")] {
                    place = .epilogue
                    return .ended
                }
                guard two == [0x0d, 0x0a] else { throw Self.broken }
                // The line end stays: the blank line that ends the headers begins with it.
                place = .headers
            case .headers:
                guard let end = find([0x0d, 0x0a, 0x0d, 0x0a]) else {
                    guard held.readableBytes <= Self.mostHeaderBytes else { throw Self.broken }
                    return nil
                }
                let length = end - held.readerIndex
                guard length <= Self.mostHeaderBytes, let lines = held.readString(length: length) else {
                    throw Self.broken
                }
                held.moveReaderIndex(forwardBy: 4)
                place = .content
                return try Self.partBegan(lines)
            case .content:
                if let end = find(delimiter) {
                    if end > held.readerIndex, let content = held.readSlice(length: end - held.readerIndex) {
                        return .bytes(content)
                    }
                    held.moveReaderIndex(forwardBy: delimiter.count)
                    place = .afterBoundary
                    return .partEnded
                }
                // The tail may be the beginning of a boundary that goes on in the next chunk.
                let safe = held.readableBytes - (delimiter.count - 1)
                guard safe > 0, let content = held.readSlice(length: safe) else { return nil }
                return .bytes(content)
            case .epilogue:
                held.clear()
                return nil
            }
        }
    }

    static let broken = Declined(.invalidRequest, "The form's parts are not as multipart/form-data has them.")

    private mutating func skipToDelimiter() -> Bool {
        if let start = find(delimiter) {
            held.moveReaderIndex(to: start + delimiter.count)
            return true
        }
        held.moveReaderIndex(forwardBy: max(0, held.readableBytes - (delimiter.count - 1)))
        return false
    }

    /// The index of the pattern's first byte in what is held.
    private func find(_ pattern: [UInt8]) -> Int? {
        let offset = held.withUnsafeReadableBytes { bytes -> Int? in
            guard let base = bytes.baseAddress else { return nil }
            var start = 0
            while start + pattern.count <= bytes.count {
                let room = bytes.count - pattern.count + 1 - start
                guard let hit = memchr(base + start, Int32(pattern[0]), room) else { return nil }
                let place = base.distance(to: UnsafeRawPointer(hit))
                if memcmp(hit, pattern, pattern.count) == 0 { return place }
                start = place + 1
            }
            return nil
        }
        return offset.map { held.readerIndex + $0 }
    }

    private static func partBegan(_ lines: String) throws(Declined) -> Event {
        for line in lines.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { throw broken }
            guard line[..<colon].lowercased() == "content-disposition" else { continue }
            guard let header = HeaderValue(String(line[line.index(after: colon)...])), header.value == "form-data",
                let name = header.parameters["name"]
            else { throw broken }
            return .partBegan(name: name, fileName: header.parameters["filename"])
        }
        throw broken
    }
}

/// A header's value with its parameters: `form-data; name="export"; filename="export.zip"`.
struct HeaderValue: Equatable {
    /// In lower case.
    let value: String
    /// By lower-case name; quoted ones without their quotes.
    let parameters: [String: String]

    init?(_ text: String) {
        var rest = Substring(text)
        var parameters: [String: String] = [:]
        value = Self.trimmed(rest.prefix { $0 != ";" }).lowercased()
        rest = rest.drop { $0 != ";" }
        while let semicolon = rest.first {
            guard semicolon == ";" else { return nil }
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            if rest.isEmpty { break }
            let name = Self.trimmed(rest.prefix { $0 != "=" && $0 != ";" }).lowercased()
            rest = rest.drop { $0 != "=" && $0 != ";" }
            guard !name.isEmpty, rest.first == "=" else { return nil }
            rest = rest.dropFirst()
            var value = ""
            if rest.first == "\"" {
                rest = rest.dropFirst()
                while let character = rest.first, character != "\"" {
                    rest = rest.dropFirst()
                    if character == "\\", let next = rest.first {
                        value.append(next)
                        rest = rest.dropFirst()
                    } else {
                        value.append(character)
                    }
                }
                guard rest.first == "\"" else { return nil }
                rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            } else {
                value = Self.trimmed(rest.prefix { $0 != ";" })
                rest = rest.drop { $0 != ";" }
            }
            guard parameters.updateValue(value, forKey: name) == nil else { return nil }
        }
        self.parameters = parameters
    }

    private static func trimmed(_ text: Substring) -> String { String(text).trimmedOfSpaces }
}
