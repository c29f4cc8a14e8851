// `licet audit`: the log for those who check it. `verify` checks a copy with the log's public key alone; it opens no deployment and
// reads no setting: whoever does not trust the deployment can run it elsewhere.

import ArgumentParser
import Domain
import Gateway

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit log.",
        subcommands: [
            Verify.self, Export.self, Prove.self, Check.self, Months.self, Archive.self, Prune.self,
            GiveCheckpoint.self,
            RotateKey.self,
        ])

    /// The log is not what it should be; ends the command with status 1.
    struct NotSound: Error, CustomStringConvertible {
        let description: String
    }

    /// Nil unless it is a key, or a file that holds one.
    static func key(_ text: String) -> VerifierKey? {
        if let key = VerifierKey(text) { return key }
        guard let bytes = FileBytes.read(text, atMost: 1_024) else { return nil }
        return bytes.split(separator: UInt8(ascii: "\n")).first.flatMap {
            VerifierKey(String(decoding: $0, as: UTF8.self))
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Check every entry, every tile, the root and the signature of a copy of the audit log, or an archive.",
            discussion: """
                Keep a checkpoint now and then, where the operator of the log cannot reach it. With an older one,
                a history that was rewritten is noticed even when it was signed again.
                """)

        @Argument(help: "The folder with `checkpoint` and `tile/`.")
        var folder: String
        @Option(help: "The log's public key, name+id+base64, or a file that holds it.")
        var key: String
        @Option(
            name: [.customLong("older"), .customLong("checkpoint")],
            help: "A file with an older checkpoint of the same log.")
        var older: String?
        @Option(help: "A file in the form of C2SP tlog-policy: enough of its witnesses must have signed.")
        var policy: String?
        @Option(help: "With --policy: how many entries at the end may be without witnesses.")
        var unwitnessed = 0

        func run() async throws {
            guard let key = AuditCommand.key(key) else {
                throw ValidationError("--key: a key such as licet.example/audit+01234567+…, or a file with one")
            }
            var kept: [UInt8]?
            if let older {
                kept = FileBytes.read(older, atMost: SignedNote.longest)
                if kept == nil { throw ValidationError("--older: \(older) cannot be read") }
            }
            let verifier = LogVerifier(
                LogDirectory(folder), key: key, policy: try policy.map { try AuditCommand.policy($0) },
                unwitnessed: unwitnessed)
            let report: LogVerifier.Report
            do throws(LogFault) {
                report = try verifier.verify(older: kept) { done, total in
                    // Each 256 tiles: some ten times a second.
                    guard done % 65_536 == 0 || done == total else { return }
                    Terminal.showProgress("checking \(done * 100 / max(total, 1)) %  \(done) entries")
                }
            } catch {
                Terminal.endProgress()
                throw NotSound(description: error.sentence)
            }
            Terminal.endProgress()
            Terminal.say(Self.sentence(report))
        }

        static func sentence(_ report: LogVerifier.Report) -> String {
            let found = report.checkpoint
            let continues = report.older.map { ", and the log continues the older checkpoint of \($0.size)" } ?? ""
            let rotated = report.rotations == 0 ? "" : ", after \(report.rotations) handed over"
            let whole = "\(found.size) entries of \(found.origin), as its key signed them\(rotated)\(continues)."
            let sound =
                switch report.part {
                case .month(let month, let entries):
                    "Sound: the archive of \(month) has the entries \(entries.lowerBound) to \(entries.upperBound - 1), "
                        + "all of them among the \(whole)"
                case .from(let minimum) where report.unseen > 0:
                    "Sound: \(whole) \(report.unseen) of them were not there to be looked at: "
                        + "entries before \(minimum) were pruned, as the log itself says."
                case .from, .whole: "Sound: \(whole)"
                }
            let caution =
                report.unseen > 0 && report.rotations == 0
                ? "\nWhether the key changed among the entries that are not here cannot be seen: use the log's newest key, or --policy."
                : ""
            guard let witnessed = report.witnessed else {
                guard report.others > 0 else { return sound + caution }
                return
                    "\(sound)\(caution)\nCosignatures: \(report.others), not looked at; --policy names whom you trust."
            }
            let names = witnessed.cosignatures.map { "\($0.key.name) at \($0.at.rfc3339)" }
            let who = names.isEmpty ? "The policy asks for nobody" : "Witnessed by \(names.joined(separator: ", "))"
            return "\(sound)\n\(who): the first \(witnessed.size) entries."
        }
    }
}
