// The trail as an auditor reads it in a browser, newest first, with its files; and how to check the log. Each page and each file is
// an entry of its own. To anybody else none of it is there.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    private static let entriesOnPage = 50
    /// Entries in one file; older ones are in the next.
    private static let entriesInFile = 1_000

    func showAudit(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        guard viewer.isAuditor else { throw Declined(.notFound) }
        let form = try incoming.query()
        let asked = AuditQuery(form, limit: Self.entriesOnPage)
        var found: FoundEntries?
        if asked.faults.isEmpty {
            let page = try await gateway.trail(asked.query, by: viewer.person, request: incoming.id)
            let here = asked.words(before: asked.query.before)
            found = FoundEntries(
                entries: page.entries.map { EntryRow($0) },
                olderHref: page.next.map { "/audit" + asked.words(before: $0) },
                newestHref: asked.query.before.map { _ in "/audit" + asked.words(before: nil) },
                csvHref: "/audit.csv" + here, linesHref: "/audit.jsonl" + here)
        }
        return try pages.render(
            .audit,
            AuditPage(
                page: PageFrame("Audit", viewer: viewer), faultSummary: FaultSummary(asked),
                filters: AuditFilters(form, asked), found: found, logWords: try await logWords()),
            status: asked.faults.isEmpty ? 200 : Problem.invalidFields.status)
    }

    func giveAuditTable(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let page = try await auditFile(incoming, viewer)
        var response = Answer.text(
            EntryTable.csv(page.entries), contentType: "text/csv; charset=utf-8; header=present")
        response.headers[.contentDisposition] = "attachment; filename=\"licet-trail.csv\""
        response.headers[.next] = page.next.map { String($0) }
        return response
    }

    func giveAuditLines(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        var response = Self.lines(try await auditFile(incoming, viewer))
        response.headers[.contentDisposition] = "attachment; filename=\"licet-trail.jsonl\""
        return response
    }

    func giveAuditorsProof(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        guard viewer.isAuditor else { throw Declined(.notFound) }
        let id = incoming.parameter("id")
        let proof = try await gateway.trailProof(AuditID(id), by: viewer.person, request: incoming.id)
        return Self.file(proof, of: id)
    }

    private func auditFile(_ incoming: Incoming, _ viewer: SignedIn) async throws(Declined) -> TrailPage {
        guard viewer.isAuditor else { throw Declined(.notFound) }
        let asked = AuditQuery(try incoming.query(), limit: Self.entriesInFile)
        guard asked.faults.isEmpty else {
            let faults = asked.faults.sorted { $0.key < $1.key }.map { FieldFault($0.key, $0.value) }
            throw Declined(.invalidFields, faults: faults)
        }
        return try await gateway.trail(asked.query, by: viewer.person, request: incoming.id)
    }

    private func logWords() async throws(Declined) -> LogWords? {
        do throws(Declined) {
            let note = String(decoding: try await gateway.logCheckpoint(), as: UTF8.self)
            let size = note.split(separator: "\n").dropFirst().first.flatMap { Int($0) }
            return LogWords(
                checkpointText: note, keyText: try await gateway.logKey().text,
                sizeWord: size.map { Wording.number($0) } ?? "")
        } catch {
            guard error.problem == .notFound else { throw error }
            return nil
        }
    }
}

extension FaultSummary {
    fileprivate init?(_ asked: AuditQuery) {
        guard !asked.faults.isEmpty else { return nil }
        heading = "This cannot be looked for."
        faults = asked.faults.sorted { $0.key < $1.key }.map {
            Fault(
                target: $0.key == "before" ? "content" : $0.key, message: "\(Wording.capitalized($0.key)): \($0.value)")
        }
    }
}

extension AuditFilters {
    fileprivate init(_ form: Form, _ asked: AuditQuery) {
        func choices(_ name: String, _ values: [(String, String)]) -> [Choice] {
            values.map { value, label in
                Choice(
                    choiceID: "\(name)-\(value.isEmpty ? "any" : value)", choiceField: name, choiceValue: value,
                    choiceLabel: label, isChosen: form.text(name) == value)
            }
        }
        fromValue = form.text("from")
        toValue = form.text("to")
        actionChoices = choices(
            "action", [("", "Any")] + AuditEntry.Action.allCases.map { ($0.rawValue, Wording.action($0)) })
        outcomeChoices = choices("outcome", [("", "Any"), ("done", "Done"), ("refused", "Refused or failed")])
        applicationValue = form.text("application")
        personValue = form.text("person")
        recordValue = form.text("record")
        fromFault = asked.faults["from"]
        toFault = asked.faults["to"]
        applicationFault = asked.faults["application"]
        personFault = asked.faults["person"]
        recordFault = asked.faults["record"]
    }
}

extension EntryRow {
    fileprivate init(_ view: TrailEntry) {
        let entry = view.entry
        placeWords = Wording.number(view.index)
        happened = TimeText(entry.at)
        actionWord = Wording.action(entry.action)
        outcomeWord = entry.outcome.text + (entry.repetition.map { ", \(Wording.number($0.times)) times" } ?? "")
        isRefused = entry.outcome != .done
        applicationWord = entry.application?.text
        personName = entry.person?.text
        recordName = entry.record?.text
        entryTypes = Wording.typeNames(entry.types)
        itemsWord = entry.items == 0 ? nil : Wording.number(entry.items)
        proofHref = "/audit/\(entry.id.text)/proof"
    }
}

extension Wording {
    /// `Grant revoked`: the trail's own word, as it can be read aloud.
    static func action(_ action: AuditEntry.Action) -> String {
        capitalized(action.rawValue.replacing("_", with: " "))
    }

    static func capitalized(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() }
}

/// Entries for spreadsheets, with the promise of `AccessTable`: no cell begins like a formula.
enum EntryTable {
    static func csv(_ entries: [TrailEntry]) -> String {
        var text = AccessTable.line([
            "log_index", "entry", "time", "action", "outcome", "application", "person", "record", "grant", "mode",
            "data_types", "items", "times", "actor", "method", "request",
        ])
        for view in entries {
            let entry = view.entry
            text += AccessTable.line([
                String(view.index), entry.id.text, entry.at.rfc3339, entry.action.rawValue, entry.outcome.text,
                entry.application?.text ?? "", entry.person?.text ?? "", entry.record?.text ?? "",
                entry.grant?.text ?? "", entry.mode?.rawValue ?? "",
                entry.types.map(\.rawValue).joined(separator: " "), String(entry.items),
                String(entry.repetition?.times ?? 1), entry.actor?.rawValue ?? "", entry.method?.rawValue ?? "",
                entry.request?.text ?? "",
            ])
        }
        return text
    }
}
