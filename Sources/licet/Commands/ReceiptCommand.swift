// `licet receipt verify`: checks a signed receipt with published keys alone. It opens no deployment and reads no setting, so that
// whoever holds a receipt can run it anywhere.

import ArgumentParser
import Domain
import Gateway
import Web

struct ReceiptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "Receipts of what was agreed.", subcommands: [Verify.self])

    /// The receipt is not what it should be; ends the command with status 1.
    struct NotSound: Error, CustomStringConvertible {
        let description: String
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say who signed a receipt, whether it was changed, and what it says.",
            discussion: """
                The keys are those of the deployment, as it publishes them at /oauth/jwks: fetch them yourself, over https, from
                the address that you trust.
                """)

        @Argument(help: "The file with the signed receipt (.jwt).")
        var file: String
        @Option(help: "The deployment's published keys: a JWK Set.")
        var jwks: String
        @Option(help: "The deployment's public URL; without it any issuer is taken, and said.")
        var issuer: String?

        func run() async throws {
            guard let keys = FileBytes.read(jwks, atMost: 1 << 20) else {
                throw ValidationError("--jwks: \(jwks) cannot be read")
            }
            guard let bytes = FileBytes.read(file, atMost: ReceiptCheck.longest + 1),
                let text = String(validating: bytes, as: UTF8.self)
            else { throw ValidationError("\(file) cannot be read, or is no text") }
            let checked: CheckedReceipt
            do throws(ReceiptFault) {
                checked = try await ReceiptCheck.check(text, keySet: keys, issuer: issuer)
            } catch {
                throw NotSound(description: error.sentence)
            }
            guard let statement = ReceiptStatement(claims: checked.claims) else {
                throw NotSound(
                    description: "The signature is good, but what it says is written in a way not known here.")
            }
            Terminal.say("Sound: signed by \(checked.issuer) with the key \(checked.kid), and unaltered.")
            for line in statement.lines { Terminal.say(line) }
        }
    }
}
