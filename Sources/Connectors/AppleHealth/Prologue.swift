// Hides what stands before the first element: byte order mark, XML declaration, comments and the document type. It is
// stepped over here and the XML parser never sees it, so no declaration of a file can have an effect; and the broken
// document type that iOS 16 wrote does no harm.

enum Prologue {
    enum Finding: Equatable {
        /// The `<` of the first element, and the line it is on.
        case root(at: Int, line: Int)
        case endsTooEarly(line: Int)
    }

    /// Pure; reads from the very beginning of a file.
    static func find(in bytes: some RandomAccessCollection<UInt8>) throws(ExportError) -> Finding {
        try Array(bytes).withUnsafeBufferPointerTyped { (buffer) throws(ExportError) in
            var scan = PrologueScan(bytes: buffer)
            return try scan.findRoot()
        }
    }
}

private struct PrologueScan {
    let bytes: UnsafeBufferPointer<UInt8>
    var at = 0
    var line = 1

    mutating func findRoot() throws(ExportError) -> Prologue.Finding {
        if starts(with: [0xFE, 0xFF]) || starts(with: [0xFF, 0xFE]) { throw ExportError(.notUTF8(line: 1)) }
        if starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        while true {
            stepOverSpace()
            guard at < bytes.count else { return .endsTooEarly(line: line) }
            guard bytes[at] == UInt8(ascii: "<") else { throw ExportError(.notXML(line: line)) }
            guard at + 1 < bytes.count else { return .endsTooEarly(line: line) }
            switch bytes[at + 1] {
            case UInt8(ascii: "?"):
                guard try stepOverInstruction() else { return .endsTooEarly(line: line) }
            case UInt8(ascii: "!"):
                guard bytes.count - at >= 9 else { return .endsTooEarly(line: line) }
                let isRead: Bool
                if starts(with: Array("<!--".utf8)) {
                    isRead = step(over: Array("-->".utf8), from: 4)
                } else if starts(with: Array("<!DOCTYPE".utf8)) {
                    isRead = try stepOverDocumentType()
                } else {
                    throw ExportError(.notXML(line: line))
                }
                guard isRead else { return .endsTooEarly(line: line) }
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"):
                return .root(at: at, line: line)
            default:
                throw ExportError(.notXML(line: line))
            }
        }
    }

    /// Another encoding could hide from these lines what the parser then sees, so there is only UTF-8.
    private mutating func stepOverInstruction() throws(ExportError) -> Bool {
        let first = at
        guard step(over: Array("?>".utf8), from: 2) else { return false }
        let text = bytes[first..<at].map { $0 | 0x20 }
        guard text.starts(with: "<?xml ".utf8), let name = index(of: Array("encoding".utf8), in: text) else {
            return true
        }
        let rest = text[(name + 8)...].drop { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
        let encoding = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
        let isText = ["utf-8", "utf8", "us-ascii", "ascii"].contains { encoding.elementsEqual($0.utf8) }
        guard isText else { throw ExportError(.notUTF8(line: line)) }
        return true
    }

    /// Apple's document type declares elements and attributes only. Entities and outside files are an attack.
    private mutating func stepOverDocumentType() throws(ExportError) -> Bool {
        step(9)
        stepOverSpace()
        let name = Array("HealthData".utf8)
        guard bytes.count - at > name.count else { return false }
        guard starts(with: name) else {
            throw ExportError(.notAnExport(why: "the file says that it is another kind of document"))
        }
        step(name.count)
        stepOverSpace()
        guard at < bytes.count else { return false }
        let isOutside = bytes[at] == UInt8(ascii: "S") || bytes[at] == UInt8(ascii: "P")
        if isOutside { throw ExportError(.entityRefused(line: line)) }
        var isInside = false
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "["):
                isInside = true
                step(1)
            case UInt8(ascii: "]"):
                isInside = false
                step(1)
            case UInt8(ascii: ">"):
                step(1)
                if !isInside { return true }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard step(over: [bytes[at]], from: 1) else { return false }
            case UInt8(ascii: "<"):
                guard bytes.count - at >= 8 else { return false }
                if starts(with: Array("<!--".utf8)) {
                    guard step(over: Array("-->".utf8), from: 4) else { return false }
                } else if starts(with: Array("<!ENTITY".utf8)) {
                    throw ExportError(.entityRefused(line: line))
                } else {
                    step(1)
                }
            default: step(1)
            }
        }
        return false
    }

    private func starts(with mark: [UInt8]) -> Bool {
        bytes.count - at >= mark.count && mark.indices.allSatisfy { bytes[at + $0] == mark[$0] }
    }

    private mutating func step(_ count: Int) {
        for _ in 0..<count {
            if bytes[at] == UInt8(ascii: "\n") { line += 1 }
            at += 1
        }
    }

    /// Steps behind the next `mark` that begins `distance` or more bytes from here; false when there is none yet.
    private mutating func step(over mark: [UInt8], from distance: Int) -> Bool {
        step(min(distance, bytes.count - at))
        while at < bytes.count {
            if bytes[at] == mark[0], starts(with: mark) {
                step(mark.count)
                return true
            }
            step(1)
        }
        return false
    }

    private mutating func stepOverSpace() {
        while at < bytes.count, bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x09 || bytes[at] == 0x0D {
            step(1)
        }
    }

    private func index(of word: [UInt8], in text: [UInt8]) -> Int? {
        guard text.count >= word.count else { return nil }
        return (0...(text.count - word.count)).first { text[$0..<($0 + word.count)].elementsEqual(word) }
    }
}

extension Array where Element == UInt8 {
    /// The library's own takes no typed errors.
    fileprivate func withUnsafeBufferPointerTyped<R>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(ExportError) -> R
    ) throws(ExportError) -> R {
        let outcome: Result<R, ExportError> = withUnsafeBufferPointer { buffer in
            do throws(ExportError) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
