// `licet audit months`, `archive` and `prune`: the trail month by month. A month is archived while the log still has it, and pruned
// years later, only with its archive at hand.

import ArgumentParser
import Domain
import Gateway

extension AuditCommand {
    /// Until nothing waits any more: where a server holds the log, it is given some seconds.
    static func sealAll(_ log: Sequencer) async throws {
        for _ in 0..<100 {
            switch try await log.round() {
            case .sealed: continue
            case .nothingWaits: return
            case .elsewhere: try await Task.sleep(for: .milliseconds(100))
            case .broken(let fault): throw NotSound(description: fault.sentence)
            }
        }
    }

    static func month(_ text: String, _ name: String) throws -> TrailMonth {
        guard let month = TrailMonth(text) else { throw ValidationError("\(name): a month such as 2026-11") }
        return month
    }

    struct Months: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the months of the trail: where each lies in the log, and what became of it.")

        @OptionGroup var options: CommonOptions

        func run() async throws {
            try await withDeployment(options) { deployment in
                let log = try await deployment.gateway.openLog()
                try await AuditCommand.seal(log)
                let months = try await deployment.gateway.trailMonths()
                guard !months.isEmpty else { return Terminal.say("The log has no entries yet.") }
                Terminal.say(Self.line("month", "entries", "first", "last", "archived", "pruned"))
                for view in months { Terminal.say(Self.line(view)) }
            }
        }

        static func line(_ view: TrailMonthView) -> String {
            let entries = view.entries
            let pruned = view.pruned == 0 ? "no" : view.pruned == entries.count ? "yes" : "\(view.pruned) entries"
            return line(
                view.month.text, "\(entries.count)", "\(entries.lowerBound)", "\(entries.upperBound - 1)",
                view.archivedAt.map { String($0.rfc3339.prefix(10)) } ?? (view.isFinished ? "no" : "not over"), pruned)
        }

        private static func line(
            _ month: String, _ entries: String, _ first: String, _ last: String, _ archived: String, _ pruned: String
        ) -> String {
            func right(_ text: String) -> String { String(repeating: " ", count: max(1, 12 - text.count)) + text }
            let start = month + String(repeating: " ", count: max(1, 7 - month.count))
            let middle = archived + String(repeating: " ", count: max(1, 12 - archived.count))
            return start + right(entries) + right(first) + right(last) + "   " + middle + pruned
        }
    }

    struct Archive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write one month of the trail into a folder of its own.",
            discussion: """
                The folder has the month's entries and what is needed to find them in what the log signed; `licet audit
                verify` checks it alone. Keep it where the database's copies are not, and its key and a checkpoint
                elsewhere. A month can be pruned, years later, only with such a folder at hand.
                """)

        @OptionGroup var options: CommonOptions
        @Argument(help: "A month that is over, such as 2026-11.")
        var month: String
        @Argument(help: "The folder; it is made if it is not there.")
        var folder: String

        func run() async throws {
            let month = try AuditCommand.month(month, "MONTH")
            try await withDeployment(options) { deployment in
                let log = try await deployment.gateway.openLog()
                try await AuditCommand.sealAll(log)
                try await deployment.gateway.announceArchive(of: month)
                // With the announcement a later month has begun: this one is closed.
                try await AuditCommand.sealAll(log)
                do {
                    let report = try await deployment.gateway.archive(month, to: folder) { step, done, total in
                        guard done % 4_096 == 0 || done == total else { return }
                        let word = step == .writing ? "writing" : "checking"
                        Terminal.showProgress("\(word) \(done * 100 / max(total, 1)) %")
                    }
                    Terminal.endProgress()
                    Terminal.say(Verify.sentence(report))
                    Terminal.say("key      \(log.key)")
                    Terminal.say(
                        "check    \(Terminal.program) audit verify \(folder) --key \(folder)/\(Gateway.logKeyFile)")
                } catch let fault as LogFault {
                    Terminal.endProgress()
                    throw NotSound(description: fault.sentence)
                }
            }
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete the oldest months of the trail, years after, with their archives at hand.",
            discussion: """
                Only entries older than the setting trail_retention_years, and only those that lie in archives that are
                sound and of this log. The tree stays: proofs that were given stay good, and the log can still be
                checked. Stopped halfway, run it again.
                """)

        @OptionGroup var options: CommonOptions
        @Option(help: "The first month that stays, such as 2020-11.")
        var before: String
        @Option(help: "The folder of an archive; once for each month that goes.")
        var archived: [String] = []

        func run() async throws {
            let month = try AuditCommand.month(before, "--before")
            let archives = archived
            try await withDeployment(options) { deployment in
                let gateway = deployment.gateway
                let log = try await gateway.openLog()
                do {
                    let plan = try await gateway.planPruning(before: month, archives: archives) { folder, done, total in
                        guard done % 65_536 == 0 || done == total else { return }
                        Terminal.showProgress("checking \(folder) \(done * 100 / max(total, 1)) %")
                    }
                    Terminal.endProgress()
                    if !plan.isBegun {
                        let announcement = try await gateway.announcePruning(plan)
                        try await AuditCommand.sealAll(log)
                        try await gateway.beginPruning(plan, announcedBy: announcement)
                    }
                    var place = plan.first
                    while let next = try await gateway.pruneRound(from: place, to: plan.minimum) {
                        place = next
                        Terminal.showProgress("deleting \(place - plan.first) of \(plan.minimum - plan.first)")
                    }
                    Terminal.endProgress()
                    Terminal.say("pruned   \(place - plan.first) entries")
                    Terminal.say("minimum  \(plan.minimum)")
                    Terminal.say("kept     from \(plan.keeping) on")
                } catch let fault as LogFault {
                    Terminal.endProgress()
                    throw NotSound(description: fault.sentence)
                }
            }
        }
    }
}
