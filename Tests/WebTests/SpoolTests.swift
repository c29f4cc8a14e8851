// An uploaded file waits where nobody else can find it.

import Domain
import Foundation
import Gateway
import Hummingbird
import Testing

@testable import Web

@Suite("The file set aside")
struct SpoolTests {
    @Test("it has no name on disk, is read from its beginning, and refuses what is beyond its limit")
    func keepsNameless() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("spool-test-\(getpid())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }

        var spool = try Spool(in: directory.path, limit: 10)
        try spool.append(ByteBuffer(string: "12345"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        try spool.append(ByteBuffer(string: "6789a"))
        #expect(spool.size == 10)
        let file = FileHandle(fileDescriptor: spool.release(), closeOnDealloc: true)
        #expect(try file.readToEnd() == Data("123456789a".utf8))

        var small = try Spool(in: directory.path, limit: 4)
        var refusal: Declined?
        do throws(Declined) { try small.append(ByteBuffer(string: "12345")) } catch { refusal = error }
        #expect(refusal?.problem == .bodyTooLarge)
    }

    @Test("a directory that is not there is a problem of the storage, not a crash")
    func refusesWithoutDirectory() {
        var refusal: Declined?
        do throws(Declined) { _ = try Spool(in: "/nowhere/at/all", limit: 4) } catch { refusal = error }
        #expect(refusal?.problem == .storageUnavailable)
    }
}
