// Reads an Apple Health export (`export.xml` or `export.zip`) as a stream: constant memory, no network, no entities, no
// bombs. Turns what Apple wrote into plain readings and gives no opinion on them.

public import Domain

/// How far the reading has come.
public struct ExportProgress: Sendable, Equatable {
    /// Bytes of `export.xml`, unpacked.
    public var bytesRead: Int64
    /// The same for the whole file; 0 when it is not known (a pipe).
    public var bytesTotal: Int64
    /// Readings handed over so far, with this batch.
    public var records: Int
    /// Records passed over because they lacked what a reading needs, or said it in a way that cannot be read.
    public var malformed: Int
}

/// What a whole export held.
public struct ExportSummary: Sendable, Equatable {
    public var readings: Int
    public var malformed: Int
    /// Elements of kinds that are no readings (activity summaries, clinical records, …).
    public var passedOver: Int
    public var bytesRead: Int64
}

public struct ExportReader: Sendable {
    private enum Origin: Sendable {
        case path(String)
        case descriptor(Int32)
    }

    private let origin: Origin
    private let limits: ExportLimits

    public init(path: String, limits: ExportLimits = .standard) {
        origin = .path(path)
        self.limits = limits
    }

    /// The descriptor stays the caller's and must be open while reading. A file is read from its beginning wherever its
    /// position is; a pipe from where it is, and only as XML.
    public init(fileDescriptor: Int32, limits: ExportLimits = .standard) {
        origin = .descriptor(fileDescriptor)
        self.limits = limits
    }

    /// Reads all of it on the caller's thread and hands readings over in the order of the file, `count` at a time; now and
    /// then with none, so that progress is shown and a stop is possible where an export holds nothing for us.
    ///
    /// Throws `ExportError`, or whatever `receive` throws, unchanged. Everything that was whole before a fault has been
    /// handed over by then.
    @discardableResult
    public func read(
        batchOf count: Int = 512, _ receive: ([Reading], ExportProgress) throws -> Void
    ) throws -> ExportSummary {
        var file: FileInput
        switch origin {
        case .path(let path): file = try FileInput(path: path)
        case .descriptor(let descriptor): file = try FileInput(descriptor: descriptor)
        }
        let first = try file.peek(4)
        if first.starts(with: [0x50, 0x4B]) {
            var archive = try ArchiveInput(descriptor: file.descriptor, limits: limits)
            return try pump(&archive, batchOf: count, receive)
        }
        return try pump(&file, batchOf: count, receive)
    }

    private func pump<Input: ByteInput & ~Copyable>(
        _ input: inout Input, batchOf count: Int, _ receive: ([Reading], ExportProgress) throws -> Void
    ) throws -> ExportSummary {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var progress = ExportProgress(bytesRead: 0, bytesTotal: input.bytesTotal, records: 0, malformed: 0)
        try checkWhole(input.bytesTotal, line: 1)
        let prologue = try readPrologue(&input, buffer, &progress)
        var stream = try XMLStream(batchSize: count, linesBefore: prologue.line - 1, limits: limits)
        var fault: ExportError?
        var lastShown: Int64 = 0

        do {
            try prologue.rest.withUnsafeBytes { try stream.feed($0) }
        } catch let error as ExportError { fault = error }
        while true {
            for batch in stream.takeFull() {
                progress.records += batch.count
                progress.malformed = stream.malformed
                lastShown = progress.bytesRead
                try receive(batch, progress)
            }
            if progress.bytesRead - lastShown >= 16 << 20 {
                progress.malformed = stream.malformed
                lastShown = progress.bytesRead
                try receive([], progress)
            }
            if fault != nil { break }
            do throws(ExportError) {
                let filled = try input.fill(buffer)
                if filled == 0 { break }
                progress.bytesRead += Int64(filled)
                try stream.feed(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
                try checkWhole(progress.bytesRead, line: stream.line)
            } catch { fault = error }
        }
        if fault == nil { do throws(ExportError) { try stream.finish() } catch { fault = error } }
        for batch in stream.takeFull() + [stream.takeRest()] where !batch.isEmpty {
            progress.records += batch.count
            progress.malformed = stream.malformed
            try receive(batch, progress)
        }
        if let fault { throw fault }
        return ExportSummary(
            readings: progress.records, malformed: stream.malformed, passedOver: stream.passedOver,
            bytesRead: progress.bytesRead)
    }

    private func readPrologue<Input: ByteInput & ~Copyable>(
        _ input: inout Input, _ buffer: UnsafeMutableRawBufferPointer, _ progress: inout ExportProgress
    ) throws(ExportError) -> (rest: ArraySlice<UInt8>, line: Int) {
        var head: [UInt8] = []
        while true {
            let filled = try input.fill(buffer)
            progress.bytesRead += Int64(filled)
            head.append(contentsOf: buffer[..<filled])
            switch try Prologue.find(in: head) {
            case .root(let place, let line): return (head[place...], line)
            case .endsTooEarly(let line):
                if head.isEmpty { throw ExportError(.notAnExport(why: "the file is empty")) }
                if filled == 0 { throw ExportError(.truncated(line: line)) }
                if head.count > limits.prologueBytes {
                    throw ExportError(.tooLarge(.prologue(bytes: limits.prologueBytes), line: line))
                }
            }
        }
    }

    private func checkWhole(_ bytes: Int64, line: Int) throws(ExportError) {
        if bytes > limits.wholeBytes { throw ExportError(.tooLarge(.whole(bytes: limits.wholeBytes), line: line)) }
    }
}
