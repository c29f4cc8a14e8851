// Signed notes, checkpoints and proofs as text: what is read, and what is not (C2SP signed-note, tlog-checkpoint, tlog-proof).

import Domain
import TestKit
import Testing

struct SignedNoteTests {
    /// From the format's own page.
    static let poem = """
        Ognuno sta solo sul cuor della terra
        trafitto da un raggio di sole:

        ed è subito sera.

        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=

        """
    static let checkpoint = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

        """
    /// One good signature line.
    static let line = "— a.example AAAAAAA=\n"

    static let badNotes: [(String, SignedNote.Fault)] = [
        ("", .noSignatures), ("\n", .noSignatures), ("\n\n", .noSignatures), ("a\n", .noSignatures),
        ("a\n\n", .noSignatures), ("a\n\(line)", .noSignatures), ("a\n\n\(line.dropLast())", .noSignatures),
        ("a\n\n\n", .signatureLine(1)), ("a\n\n\(line)b\n", .signatureLine(2)),
        ("a\n\n- a.example AAAAAAA=\n", .signatureLine(1)), ("a\n\n—a.example AAAAAAA=\n", .signatureLine(1)),
        ("a\n\n—  AAAAAAA=\n", .signatureLine(1)), ("a\n\n— a+b AAAAAAA=\n", .signatureLine(1)),
        ("a\n\n— a\u{a0}b AAAAAAA=\n", .signatureLine(1)), ("a\n\n— a b AAAAAAA=\n", .signatureLine(1)),
        ("a\n\n— a\u{202e}b AAAAAAA=\n", .signatureLine(1)), ("a\n\n— a.example AAAAAA==\n", .signatureLine(1)),
        ("a\n\n— a.example AAAAAAA\n", .signatureLine(1)), ("a\n\n— a.example AAAAAAB=\n", .signatureLine(1)),
        ("a\n\n— a.example AAAAAA_=\n", .signatureLine(1)), ("a\n\n— a.example AAAAAAA= \n", .signatureLine(1)),
        ("a\n\n— a.example \n", .signatureLine(1)), ("a\t\n\n\(line)", .notText), ("a\r\n\n\(line)", .notText),
        ("a\0\n\n\(line)", .notText), ("a\n\n\(String(repeating: line, count: 65))", .tooManySignatures),
        ("\(String(repeating: "a", count: 262_144))\n\n\(line)", .tooLong),
    ]

    @Test(
        "signed-note: the format's example reads: text with an empty line, one signature of 64 bytes; and prints the same"
    )
    func example() throws {
        let note = try SignedNote(parsing: Array(Self.poem.utf8))
        #expect(note.text.hasSuffix("sole:\n\ned è subito sera.\n"))
        #expect(note.signatures.map(\.name.text) == ["quasimodo.example/salvatore"])
        #expect(note.signatures[0].keyID == 0x367b_a04b && note.signatures[0].bytes.count == 64)
        #expect(note.bytes == Array(Self.poem.utf8))
    }

    @Test(
        "What is not a signed note is refused, with the reason",
        arguments: badNotes)
    func refused(text: String, fault: SignedNote.Fault) {
        #expect(throws: fault) { try SignedNote(parsing: Array(text.utf8)) }
    }

    @Test("A note of bytes that are no UTF-8 is refused; sixteen big signatures and an empty text are not")
    func bounds() throws {
        #expect(throws: SignedNote.Fault.notText) {
            try SignedNote(parsing: [0x61, 0xff, 10, 10] + Array(Self.line.utf8))
        }
        let name = try #require(NoteName("witness.example"))
        let big = SignedNote.Signature(name: name, keyID: 1, bytes: [UInt8](repeating: 9, count: 5_000))
        let note = SignedNote(text: "\n", signatures: Array(repeating: big, count: 16))
        #expect(try SignedNote(parsing: note.bytes) == note)
    }

    @Test(
        "signed-note: a key reads only with the id that its name and bytes give",
        arguments: [
            "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ])
    func keys(text: String) throws {
        let key = try #require(VerifierKey(text))
        #expect(key.text == text && key.publicKey.count == 32)
        #expect(VerifierKey(name: key.name, publicKey: key.publicKey) == key)
        for (place, character) in text.enumerated() {
            var changed = Array(text)
            changed[place] = character == "A" ? "B" : "A"
            #expect(VerifierKey(String(changed)) == nil, "\(String(changed))")
        }
        for wrong in [text + "A", text + "\n", " " + text, text.uppercased(), String(text.dropLast()), "", "++", "a++"]
        {
            #expect(VerifierKey(wrong) == nil, "\(wrong)")
        }
        #expect(VerifierKey(name: key.name, publicKey: Array(key.publicKey.dropLast())) == nil)
    }

    @Test(
        "signed-note: other keys' signatures are ignored, a wrong one of ours spoils the note, none of ours is not enough"
    )
    func verifying() throws {
        let name = try #require(NoteName("licet.example/audit"))
        let key = try #require(VerifierKey(name: name, publicKey: [UInt8](repeating: 1, count: 32)))
        let witness = try #require(NoteName("witness.example"))
        func line(_ name: NoteName, _ keyID: UInt32, _ bytes: [UInt8]) -> SignedNote.Signature {
            SignedNote.Signature(name: name, keyID: keyID, bytes: bytes)
        }
        let good = line(name, key.keyID, [1])
        let bad = line(name, key.keyID, [2])
        let foreign = [line(witness, key.keyID, [2]), line(name, key.keyID &+ 1, [2])]
        func verify(_ lines: [SignedNote.Signature]) throws(SignedNote.Fault) {
            try SignedNote(text: "a\n", signatures: lines).verify(with: key) { signature, message, publicKey in
                signature == [1] && message == Array("a\n".utf8) && publicKey == key.publicKey
            }
        }
        try verify([good])
        try verify(foreign + [good])
        #expect(throws: SignedNote.Fault.wrongSignature) { try verify([good, bad]) }
        #expect(throws: SignedNote.Fault.wrongSignature) { try verify([bad, good]) }
        #expect(throws: SignedNote.Fault.notSigned) { try verify(foreign) }
    }

    @Test("tlog-checkpoint: the format's example reads and prints the same")
    func checkpoints() throws {
        let note = try SignedNote(parsing: Array(Self.checkpoint.utf8))
        let found = try #require(Checkpoint(text: note.text))
        #expect(found.origin.text == "example.com/behind-the-sofa" && found.size == 20_852_163)
        #expect(found.text == note.text)
        #expect(note.signatures[0].name == found.origin)
    }

    @Test(
        "What is not the text of a checkpoint is none",
        arguments: [
            ("", "1", "", ""), ("a", "01", "=", ""), ("a", "+1", "=", ""), ("a", "-1", "=", ""), ("a", "", "=", ""),
            ("a", "1 ", "=", ""), ("a", "72057594037927937", "=", ""), ("a", "99999999999999999999", "=", ""),
            ("a b", "1", "=", ""), ("a+b", "1", "=", ""), ("a\u{202e}b", "1", "=", ""), ("a", "٣", "=", ""),
            ("a", "1", "==", ""), ("a", "1", "A=", ""), ("a", "1", "=", "extension\n"), ("a", "1", "=", "\n"),
        ])
    func badCheckpoints(origin: String, size: String, end: String, more: String) {
        let hash = String(repeating: "A", count: 43)
        #expect(Checkpoint(text: "a\n1\n\(hash)=\n") != nil)
        #expect(Checkpoint(text: "\(origin)\n\(size)\n\(hash)\(end)\n\(more)") == nil)
        #expect(Checkpoint(text: "a\n1\n\(hash)=") == nil)
        #expect(Checkpoint(text: "a\n1\n\(hash.dropLast())B=\n") == nil, "bits that stand for nothing")
    }

    @Test("tlog-proof: what is written reads back; it proves its entry, and no other, nor at another place")
    func proofs() throws {
        let plain = PlainTree.counted(300)
        var range = MerkleRange()
        for leaf in plain.leaves { range.append(leaf) }
        let name = try #require(NoteName("licet.example/audit"))
        let key = try #require(VerifierKey(name: name, publicKey: [UInt8](repeating: 1, count: 32)))
        let line = SignedNote.Signature(name: name, keyID: key.keyID, bytes: [1])
        let note = SignedNote(text: Checkpoint(origin: name, range: range).text, signatures: [line])
        let path = try #require(plain.inclusion(of: 70, in: 300))
        for extra in [nil, [], [1, 2, 3]] as [[UInt8]?] {
            let proof = try LogProof(index: 70, path: path, note: note, extra: extra)
            let again = try LogProof(parsing: proof.bytes)
            #expect(again == proof && again.extra == extra)
            try again.verify(Array("entry 70".utf8), with: key) { signature, _, _ in signature == [1] }
            #expect(throws: LogProof.Fault.notIncluded) {
                try again.verify(Array("entry 71".utf8), with: key) { _, _, _ in true }
            }
            #expect(throws: LogProof.Fault.note(.wrongSignature)) {
                try again.verify(Array("entry 70".utf8), with: key) { _, _, _ in false }
            }
            let moved = try LogProof(index: 71, path: path, note: note)
            #expect(throws: LogProof.Fault.notIncluded) {
                try moved.verify(Array("entry 70".utf8), with: key) { _, _, _ in true }
            }
        }
        #expect(throws: LogProof.Fault.notAProof) { try LogProof(index: 300, path: path, note: note) }
        let other = SignedNote(
            text: note.text.replacing("licet.example", with: "other.example"), signatures: [line])
        let foreign = try LogProof(index: 70, path: path, note: other)
        #expect(throws: LogProof.Fault.otherLog) {
            try foreign.verify(Array("entry 70".utf8), with: key) { _, _, _ in true }
        }
    }

    @Test(
        "What is not a proof is none",
        arguments: [
            "", "\n\n", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2\nindex 0\n", "c2sp.org/tlog-proof@v1\n",
            "c2sp.org/tlog-proof@v1\nindex 00\n", "c2sp.org/tlog-proof@v1\nindex -1\n",
            "c2sp.org/tlog-proof@v1\nindex\n",
            "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n", "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n", "c2sp.org/tlog-proof@v1\nindex 20852163\n",
            "c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 0\n",
            "c2sp.org/tlog-proof@v1\nindex 0\n\(String(repeating: "\(String(repeating: "A", count: 43))=\n", count: 65))",
        ])
    func badProofs(head: String) throws {
        let good = Array("c2sp.org/tlog-proof@v1\nindex 0\n\n\(Self.checkpoint)".utf8)
        #expect(try LogProof(parsing: good).index == 0)
        #expect(throws: LogProof.Fault.self) { try LogProof(parsing: Array("\(head)\n\(Self.checkpoint)".utf8)) }
    }
}
