// The readers of the audit log, fuzzed from good ones. Each format has one spelling: what is read is written again to the
// byte, and a changed proof proves nothing.

import Domain

extension FuzzTarget {
    private static let name = "licet.example/audit"
    private static let hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
    private static let goodNote = """
        \(name)
        300
        \(hash)

        — \(name) Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
        — witness.example AAAAAAA=

        """
    private static let goodProof = "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 70\n\(hash)\n\(hash)\n\n\(goodNote)"
    private static let goodLeaf = """
        {"action":"read","at":"2026-11-21T10:07:12.000000Z","id":"aud_00000000000000000000000000","items":3,\
        "mode":"online","outcome":"refused:no_grant","types":["heart_rate","steps"],"v":1}
        """

    static let notes = FuzzTarget(
        name: "signed notes and keys",
        corpus: [goodNote, "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"],
        words: ["— ", "\n\n", "\n", " AAAAAAA=", "+", name, "\u{2014}", hash]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        if let key = VerifierKey(text) {
            return .read(key.text.utf8.elementsEqual(text.utf8), "a key in two spellings")
        }
        guard let note = try? SignedNote(parsing: bytes) else { return .refused }
        guard (1...SignedNote.mostSignatures).contains(note.signatures.count) else { return .broken("unsigned") }
        if let found = Checkpoint(text: note.text), !found.text.utf8.elementsEqual(note.text.utf8) {
            return .broken("a checkpoint in two spellings")
        }
        return .read(note.bytes == bytes, "a note in two spellings")
    }

    static let logProofs = FuzzTarget(
        name: "proofs of entries", corpus: [goodProof, goodNote],
        words: ["index ", "extra ", "c2sp.org/tlog-proof@v1\n", "\n\n", hash + "\n", "— "]
    ) { bytes in
        guard let proof = try? LogProof(parsing: bytes) else { return .refused }
        guard proof.bytes == bytes else { return .broken("a proof in two spellings") }
        guard let key = VerifierKey(name: proof.checkpoint.origin, publicKey: [UInt8](repeating: 1, count: 32)) else {
            return .broken("a name that is none")
        }
        let isProved = (try? proof.verify(bytes, with: key) { _, _, _ in true }) != nil
        return .read(!isProved && (0..<proof.checkpoint.size).contains(proof.index), "it proves what is not there")
    }

    static let logFiles = FuzzTarget(
        name: "entries, bundles and paths of a log",
        corpus: [goodLeaf, "tile/0/x001/234.p/7", "tile/entries/000", "\0\u{3}abc\0\0"],
        words: ["\"items\":", "\"v\":1", "aud_", ".p/", "/x000/", "tile/", "\"types\":[]", ".000001Z", "refused:"]
    ) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        if let tile = LogTile(path: text) { return .read(tile.path == text, "a path in two spellings") }
        if let leaf = AuditLeaf(parsing: bytes) { return .read(leaf.bytes == bytes, "an entry in two spellings") }
        guard let entries = EntryBundle.entries(in: bytes) else { return .refused }
        var again: [UInt8] = []
        for entry in entries where !EntryBundle.append(bytes[entry], to: &again) { return .broken("too long") }
        return .read(again == bytes, "a bundle in two spellings")
    }
}
