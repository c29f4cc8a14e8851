// Takes a file off the request as it streams by and sets it aside, without a name, for the import to read.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    /// The whole body is the file. The descriptor belongs to the caller.
    func spoolBody(_ incoming: Incoming) async throws(Declined) -> Int32 {
        try refuseTooLarge(incoming, slack: 0)
        var spool = try Spool(in: settings.scratchDirectory, limit: settings.uploadLimit)
        var chunks = incoming.request.body.makeAsyncIterator()
        while let chunk = try await nextChunk(&chunks) { try spool.append(chunk) }
        // A connection that breaks looks like an end: the declared length tells the difference.
        if let declared = incoming.contentLength, declared != spool.size { throw Incoming.cutShort }
        guard spool.size > 0 else { throw Self.noFile }
        return spool.release()
    }

    /// The file field `export` of a multipart form. `form_token` stands before it and is checked before a byte is kept.
    func receiveExport(_ incoming: Incoming, _ viewer: SignedIn) async throws(Declined) -> Int32 {
        guard let boundary = MultipartReader.boundary(of: incoming.headers[.contentType]) else {
            throw Declined(.unsupportedMediaType, "multipart/form-data is expected.")
        }
        try refuseTooLarge(incoming, slack: 64 * 1024)
        var reader = MultipartReader(boundary: boundary)
        var chunks = incoming.request.body.makeAsyncIterator()
        var part = Part.other
        var token = ByteBuffer()
        var isChecked = false
        var spool: Spool?
        while true {
            guard let event = try reader.next() else {
                guard let chunk = try await nextChunk(&chunks) else { throw Incoming.cutShort }
                reader.feed(chunk)
                continue
            }
            switch event {
            case .partBegan("form_token", nil):
                part = .token
            case .partBegan("export", .some):
                guard isChecked else { throw SameOrigin.tampered }
                guard spool == nil else { throw MultipartReader.broken }
                part = .export
                spool = try Spool(in: settings.scratchDirectory, limit: settings.uploadLimit)
            case .partBegan:
                part = .other
            case .bytes(let bytes):
                switch part {
                case .export: try spool?.append(bytes)
                case .token:
                    token.writeImmutableBuffer(bytes)
                    guard token.readableBytes <= 512 else { throw SameOrigin.tampered }
                case .other: break
                }
            case .partEnded:
                guard part == .token else { continue }
                let form = Form(fields: [Form.Field(name: "form_token", value: String(buffer: token))])
                try SameOrigin.check(form, token: viewer.formToken)
                isChecked = true
                part = .other
            case .ended:
                guard isChecked else { throw SameOrigin.tampered }
                guard let spool = spool.take(), spool.size > 0 else { throw Self.noFile }
                return spool.release()
            }
        }
    }

    private enum Part { case token, export, other }

    private static let noFile = Declined(.invalidFields, faults: [FieldFault("export", "Choose a file first.")])

    private func refuseTooLarge(_ incoming: Incoming, slack: Int64) throws(Declined) {
        guard let declared = incoming.contentLength, declared > settings.uploadLimit + slack else { return }
        throw Declined(.bodyTooLarge, "At most \(Wording.size(settings.uploadLimit)).")
    }

    private func nextChunk(_ chunks: inout RequestBody.AsyncIterator) async throws(Declined) -> ByteBuffer? {
        do {
            return try await chunks.next()
        } catch {
            throw Incoming.cutShort
        }
    }
}
