// A checkpoint as a message: one recipient, no header that an address brings along, and the bytes of the note unharmed.

import Domain
import Foundation
import TestKit
import Testing

@testable import Gateway

@Suite("A checkpoint by mail") struct CheckpointMailTests {
    @Test("RFC 5322 §3.4.1: a plain address is taken; what could be two, or a header, is not")
    func addresses() {
        for good in ["a@b", "auditor@example.org", "a.b+c'd@x-y.example", "x@1.2", "!#$%&'*+-/=?^_`{|}~@e.example"] {
            #expect(CheckpointMail.isAddress(good), "\(good)")
        }
        for bad in [
            "", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b c", "a@b\nBcc: c@d", "a@b\r\n", "a@b,c@d", "<a@b>",
            "a <a@b>",
            "\"a\"@b", "a@[127.0.0.1]", ".a@b", "a.@b", "a..b@c", "a@.b", "a@b.", "a@b..c", "a@-b", "a@b-", "ä@b",
            "a@ä", "a(c)@b",
            "a@b;c", "a@b:c", "a,b@c", "a\nb@c", "a\rb@c", "a:b@c", "a;b@c", "a\0@b",
            String(repeating: "a", count: 65) + "@b",
            "a@" + String(repeating: "b", count: 64),
            "a@" + String(repeating: "b.", count: 130) + "c",
        ] { #expect(!CheckpointMail.isAddress(bad), "\(bad)") }
    }

    @Test("RFC 5322 §3.3: the date has its day of the week")
    func dates() {
        #expect(CheckpointMail.date(Moment(seconds: 1_795_255_200)) == "Sat, 21 Nov 2026 10:00:00 +0000")
        #expect(CheckpointMail.date(Moment(seconds: 0)) == "Thu, 01 Jan 1970 00:00:00 +0000")
        #expect(CheckpointMail.date(Moment(seconds: 951_827_696)) == "Tue, 29 Feb 2000 12:34:56 +0000")
    }

    @Test("D2: the message is plain ASCII in short lines, and its attachment is the checkpoint to the byte")
    func message() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            await declined(as: .notFound) { try await stage.gateway.checkpointToKeep() }
            let log = try await stage.gateway.openLog()
            _ = try await stage.organization()
            while case .sealed = try await log.round() {}
            let note = try await stage.gateway.checkpointToKeep()
            let mail = try #require(
                try await stage.gateway.checkpointMail(to: "auditor@example.org", from: "licet@licet.example"))
            let lines = mail.text.components(separatedBy: "\n")
            #expect(mail.text.utf8.allSatisfy { $0 == 10 || (0x20...0x7e).contains($0) })
            #expect(lines.allSatisfy { $0.utf8.count <= 200 })
            let empty = try #require(lines.firstIndex(of: ""))
            #expect(
                lines[..<empty].map { $0.prefix { $0 != ":" } } == [
                    "From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type",
                ])
            let attached = lines.drop { $0 != "Content-Transfer-Encoding: base64" }.dropFirst(2).prefix {
                !$0.hasPrefix("--")
            }
            #expect(Data(base64Encoded: attached.joined()).map { Array($0) } == note)
            #expect(try await stage.gateway.checkpointMail(to: "a@b\nBcc: c@d", from: "a@b")?.text == nil)
            #expect(try await stage.gateway.checkpointMail(to: "a@b", from: "a@b, c@d")?.text == nil)
        }
    }
}
