// `licet explain`: question, facts, ladder and verdict, for whoever has to say why something was given or refused.

import ArgumentParser
import Domain
import Gateway

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why an application may or may not do something with a record.",
        discussion:
            "Example: licet explain --application app_… --record r_… --type heart_rate --access read --mode online")

    @OptionGroup var options: CommonOptions
    @Option(help: "The application's client_id.")
    var application: String
    @Option(help: "The application's name for the record (r_…), or the record's own id (rec_…).")
    var record: String
    @Option(help: "A data type, e.g. heart_rate.")
    var type: String
    @Option(help: "create, read, update or delete.")
    var access = "read"
    @Option(help: "online or offline.")
    var mode = "online"
    @Option(help: "A moment in UTC such as 2026-11-21T10:00:00Z, with up to six decimals; now when it is left out.")
    var at: String?

    func run() async throws {
        guard let id = ApplicationID(application) else { throw ValidationError("--application: an id such as app_…") }
        guard let type = DataType(rawValue: type) else { throw ValidationError("--type: not a data type known here") }
        guard let access = Access(rawValue: access) else {
            throw ValidationError("--access: create, read, update or delete")
        }
        guard let mode = Mode(rawValue: mode) else { throw ValidationError("--mode: online or offline") }
        var moment: Moment?
        if let at {
            moment = Moment(rfc3339: at)
            if moment == nil {
                throw ValidationError("--at: a moment in UTC such as 2026-11-21T10:00:00Z or 2026-11-21T10:00:00.25Z")
            }
        }
        let when = moment
        try await withDeployment(options) { deployment in
            let found = try await deployment.gateway.explain(
                application: id, record: record, type: type, access: access, mode: mode, at: when)
            for line in Self.lines(found, type: type) { Terminal.say(line) }
        }
    }

    static func lines(_ found: Explanation, type: DataType) -> [String] {
        var lines = [
            "question",
            "  may \(found.question.application) \(found.question.access.rawValue) \(type.rawValue), "
                + "\(found.question.mode.rawValue), at \(found.at.rfc3339)?", "", "facts",
        ]
        if let grant = found.facts.grant {
            lines.append(
                "  grant            \(grant.id)\(grant.isRevoked ? ", revoked" : ""), ends \(grant.expiresAt.rfc3339)")
            lines.append("  gives            \(grant.permissions.stored)")
        } else {
            lines.append("  grant            none")
        }
        if let own = found.facts.recordAccess {
            let end = own.expiresAt.map { ", ends \($0.rfc3339)" } ?? ""
            lines.append(
                "  the person may   \(own.permissions == .everything ? "everything" : own.permissions.stored)\(end)")
        } else {
            lines.append("  the person may   nothing: no access to the record")
        }
        lines.append("  rules ask for    \(found.facts.application?.currentRules.stored ?? "nothing")")
        if let status = found.status {
            lines.append("  status           \(status.rawValue)")
            if found.isPast {
                lines.append("  as of today      the record's country, and the countries that the application serves")
            }
        }
        lines += ["", "ladder"]
        for rung in found.ladder {
            let mark: String
            switch rung.footing {
            case .held: mark = "held"
            case .fell: mark = "FELL"
            case .notReached: mark = "-"
            }
            let padding = String(repeating: " ", count: max(1, 8 - mark.count))
            lines.append("  \(mark)\(padding)not: \(rung.refusal.sentence)")
        }
        lines += ["", "verdict"]
        if let refusal = found.refusal {
            lines.append("  refused: \(refusal.rawValue), told as \(refusal.problem.rawValue)")
            let cuts = found.effective?.cuts(found.question.access, to: type, in: found.question.mode) ?? []
            if !cuts.isEmpty { lines.append("  cut by: \(cuts.map(\.rawValue).joined(separator: ", "))") }
        } else {
            lines.append("  permitted")
        }
        return lines
    }
}
