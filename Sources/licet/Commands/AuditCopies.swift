// `licet audit export`, `prove` and `check`: a copy of the log for others, the proof of one entry, and a look at such a proof with
// nothing but the log's key.

import ArgumentParser
import Domain
import Gateway

extension AuditCommand {
    /// Without a server nobody else gives what was recorded lately its place.
    static func seal(_ log: Sequencer) async throws {
        while true {
            switch try await log.round() {
            case .sealed: continue
            case .nothingWaits, .elsewhere: return
            case .broken(let fault): return Terminal.say("Nothing new is sealed. \(fault.sentence)")
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the whole audit log into a folder, or add to a copy what is new.",
            discussion: """
                The copy has every entry, and is checked by `licet audit verify` or by any program that reads C2SP
                tlog-tiles. Keep its `checkpoint` where nobody who runs this deployment can reach it.
                """)

        @OptionGroup var options: CommonOptions
        @Argument(help: "The folder; it is made if it is not there.")
        var folder: String
        @Flag(help: "End the copy where enough witnesses have signed: all of it is then good by their policy.")
        var witnessed = false

        func run() async throws {
            try await withDeployment(options) { deployment in
                let log = try await deployment.gateway.openLog()
                // Before anything leaves.
                try await Gateway.recordOperation(.trailExported, in: deployment.engine, world: .real)
                try await AuditCommand.seal(log)
                do {
                    let checkpoint = try await deployment.gateway.exportLog(to: folder, witnessed: witnessed) {
                        done, total in
                        guard done % 65_536 == 0 || done == total else { return }
                        Terminal.showProgress("copying \(done * 100 / max(total, 1)) %  \(done) entries")
                    }
                    Terminal.endProgress()
                    Terminal.say("entries  \(checkpoint.size)")
                    Terminal.say("key      \(try await deployment.gateway.logKey())")
                    Terminal.say(
                        "check    \(Terminal.program) audit verify \(folder) --key \(folder)/\(Gateway.logKeyFile)")
                } catch let fault as LogFault {
                    Terminal.endProgress()
                    throw NotSound(description: fault.sentence)
                }
            }
        }
    }

    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that the log has an entry: a file that `licet audit check` checks without the log.")

        @OptionGroup var options: CommonOptions
        @Argument(help: "The entry's id, aud_….")
        var entry: String
        @Option(help: "Where to write it; <id>.tlog-proof if not given.")
        var output: String?

        func run() async throws {
            guard let id = AuditID(entry) else { throw ValidationError("\(entry) is no entry's id") }
            try await withDeployment(options) { deployment in
                let log = try await deployment.gateway.openLog()
                try await AuditCommand.seal(log)
                let proof = try await deployment.gateway.auditProof(id, for: .operation)
                let file = output ?? "\(id.text).tlog-proof"
                guard FileBytes.write(proof.bytes, to: file) else { throw ValidationError("\(file) cannot be written") }
                Terminal.say("entry \(proof.index) of \(proof.checkpoint.size): \(file)")
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the proof of one entry with the log's public key alone.")

        @Argument(help: "A file that `licet audit prove` or the server gave.")
        var proof: String
        @Option(help: "The log's public key, name+id+base64, or a file that holds it.")
        var key: String
        @Option(help: "A file with the entry's bytes, where the proof does not bring the entry along.")
        var entry: String?
        @Option(help: "A file in the form of C2SP tlog-policy: enough of its witnesses must have signed.")
        var policy: String?
        @Option(
            help: "A copy of the log that `verify` found sound: its handovers lead from an older key to a later one.")
        var copy: String?

        func run() async throws {
            guard let key = AuditCommand.key(key) else {
                throw ValidationError("--key: a key such as licet.example/log+01234567+…, or a file with one")
            }
            guard let bytes = FileBytes.read(proof, atMost: LogProof.longest) else {
                throw ValidationError("\(proof) cannot be read")
            }
            let found: LogProof
            do throws(LogProof.Fault) { found = try LogProof(parsing: bytes) } catch {
                throw NotSound(description: "\(proof) is no proof.")
            }
            var leaf = found.extra
            if let entry {
                leaf = FileBytes.read(entry, atMost: EntryBundle.longestEntry)
                if leaf == nil { throw ValidationError("--entry: \(entry) cannot be read") }
            }
            guard let leaf else {
                throw ValidationError("The proof brings no entry along: --entry names a file with it.")
            }
            if let copy {
                do throws(LogFault) {
                    try LogVerifier.check(found, leaf, from: key, in: LogDirectory(copy))
                } catch { throw NotSound(description: error.sentence) }
            } else {
                do throws(LogProof.Fault) { try found.verify(leaf, with: key, by: LogSignature.isRight) } catch {
                    throw NotSound(description: Self.sentence(error))
                }
            }
            Terminal.say("Sound: entry \(found.index) of the \(found.checkpoint.size) that \(key.name) signed.")
            Terminal.say(try witnesses(of: found.note, key))
            // Shown only when it has the form of ours: a log may hold anything.
            if AuditLeaf(parsing: leaf) != nil { Terminal.say(String(decoding: leaf, as: UTF8.self)) }
        }

        private func witnesses(of note: SignedNote, _ key: VerifierKey) throws -> String {
            let others = note.signatures.count { $0.name != key.name }
            guard let policy else { return "Cosignatures: \(others)\(others == 0 ? "." : ", not looked at.")" }
            let wanted = try AuditCommand.policy(policy)
            // The log's key may be one that was handed over to since; the policy may name either.
            guard wanted.logs.isEmpty || wanted.logs.contains(where: { $0.name == key.name }) else {
                throw NotSound(description: LogFault.notInPolicy.sentence)
            }
            let found: [Cosignature]
            do throws(SignedNote.Fault) {
                found = try note.cosignatures(of: wanted.witnesses.map(\.key), by: LogSignature.isRight)
            } catch { throw NotSound(description: "A cosignature of one of the policy's witnesses is wrong.") }
            guard wanted.isMet(by: found.map(\.key)) else {
                throw NotSound(description: LogFault.notWitnessed(by: found.count).sentence)
            }
            return "Witnessed by \(found.map { "\($0.key.name) at \($0.at.rfc3339)" }.joined(separator: ", "))."
        }

        static func sentence(_ fault: LogProof.Fault) -> String {
            switch fault {
            case .notAProof, .notACheckpoint: "This is no proof."
            case .note(.notSigned):
                "The checkpoint is not signed by this key. If the log's key was changed since, --copy names a copy with the handovers."
            case .note(.wrongSignature): "The checkpoint has a signature of this key that is wrong."
            case .note: "The checkpoint is not a signed note."
            case .otherLog: "The checkpoint is of another log than the key."
            case .notIncluded: "The log that was signed does not have this entry at this place."
            }
        }
    }
}
