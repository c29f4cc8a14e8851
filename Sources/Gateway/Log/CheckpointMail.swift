// A checkpoint as a message (RFC 5322, RFC 2045) that somebody else keeps in their mailbox, out of reach of whoever runs the
// deployment. Nothing is sent here: it is for the operator's own mailer.

public import Domain
import Vault

public struct CheckpointMail: Sendable {
    /// Lines end as a program that takes mail on its standard input wants them: in a newline.
    public let text: String

    /// Bytes in the longest address (RFC 5321 §4.5.3.1.3, without the brackets).
    private static let longestAddress = 254

    /// Nil unless both addresses are plain ones. `dice` are 16 random bytes.
    public init?(
        to: String, from: String, note: SignedNote, checkpoint: Checkpoint, key: VerifierKey, at now: Moment,
        dice: [UInt8]
    ) {
        guard Self.isAddress(to), Self.isAddress(from), dice.count >= 16 else { return nil }
        let mark = dice.prefix(16).map { Self.hex($0) }.joined()
        let host = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let name = checkpoint.origin.text.utf8.allSatisfy { $0 < 0x7f } ? checkpoint.origin.text : "the audit log"
        let file = "checkpoint-\(checkpoint.size)"
        text = """
            From: \(from)
            To: \(to)
            Date: \(Self.date(now))
            Message-ID: <\(mark)@\(host)>
            Subject: Checkpoint of an audit log: \(checkpoint.size) entries
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="\(mark)"

            --\(mark)
            Content-Type: text/plain; charset=us-ascii

            The attached file is a signed checkpoint of the audit log named
            \(name).
            It says how many entries the log had, \(checkpoint.size), and binds all of them by one hash.
            Keep it where nobody who runs that deployment can change it: a history that is
            rewritten later, even one that is signed again, does not fit it any more.
            To check a copy of the log against it, save the file and run
            licet audit verify COPY --key KEY --older \(file)

            The key, as it is today:
            \(key.text.utf8.allSatisfy { $0 < 0x7f } ? key.text : "see /log/key of the deployment")

            --\(mark)
            Content-Type: application/octet-stream
            Content-Disposition: attachment; filename="\(file)"
            Content-Transfer-Encoding: base64

            \(Self.lines(Base64.encode(note.bytes)))
            --\(mark)--

            """
    }

    /// A dot-atom, an at sign and a host name (RFC 5322 §3.4.1): no quotes, no comments, nothing that could begin another header
    /// or name a second recipient.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard text.utf8.count <= longestAddress, parts.count == 2, (1...64).contains(parts[0].count) else {
            return false
        }
        let more = Array("!#$%&'*+-/=?^_`{|}~".utf8)
        let atoms = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return atoms.allSatisfy { !$0.isEmpty && $0.allSatisfy { isLetterOrDigit($0) || more.contains($0) } }
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    /// RFC 2045 §6.8: at most 76 characters.
    private static func lines(_ base64: String) -> String {
        let digits = Array(base64.utf8)
        return stride(from: 0, to: digits.count, by: 76)
            .map { String(decoding: digits[$0..<min($0 + 76, digits.count)], as: UTF8.self) }.joined(separator: "\n")
    }

    /// RFC 5322 §3.3: `Sun, 22 Nov 2026 03:14:15 +0000`.
    static func date(_ moment: Moment) -> String {
        let seconds = moment.microseconds >= 0 ? moment.microseconds / 1_000_000 : 0
        let days = Int(seconds / 86_400)
        let date = CivilDate(daysSinceEpoch: days)
        let ofDay = Int(seconds % 86_400)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        // 1 January 1970 was a Thursday.
        let day = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(day), \(two(date.day)) \(months[date.month - 1]) \(date.year) "
            + "\(two(ofDay / 3_600)):\(two(ofDay / 60 % 60)):\(two(ofDay % 60)) +0000"
    }
}

extension Gateway {
    /// The newest checkpoint that witnesses signed; where there is none, the newest of all.
    public func checkpointToKeep() async throws(Declined) -> [UInt8] {
        let note = try await read { tx -> [UInt8]? in
            if let witnessed = try WitnessTable.witnessed(in: tx) { return witnessed.note }
            return try LogTable.head(in: tx).map { head throws(StorageError) in try Self.newestNote(head, in: tx) }
        }
        guard let note else { throw Declined(.notFound) }
        return note
    }

    /// Nil unless the addresses are plain ones.
    public func checkpointMail(to: String, from: String) async throws(Declined) -> CheckpointMail? {
        let bytes = try await checkpointToKeep()
        guard let note = try? SignedNote(parsing: bytes), let checkpoint = Checkpoint(text: note.text) else {
            throw Declined(.unexpected)
        }
        return CheckpointMail(
            to: to, from: from, note: note, checkpoint: checkpoint, key: try await logKey(), at: world.now(),
            dice: world.roll(16))
    }
}
