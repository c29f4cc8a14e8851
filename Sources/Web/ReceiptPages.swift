// A receipt as a page to print or keep, and the page on which anybody checks one. The words come from what the receipt states and
// from nothing else.

import Domain
import Gateway
import Hummingbird

extension Server {
    func showReceipt(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        let receipt = try await gateway.receipt(try Self.version(incoming), of: id, for: viewer.person)
        let name = try await gateway.grant(id, of: viewer.person).recordName
        let words = ReceiptWords(ReceiptStatement(receipt), languages: incoming.languages)
        return try pages.render(
            .receipt,
            ReceiptPage(
                page: PageFrame("Receipt: \(words.applicationName)", viewer: viewer), grantID: id.text,
                version: receipt.version, receipt: words, forRecord: name))
    }

    func showReceiptCheck(_ incoming: Incoming, viewer: SignedIn?) async throws(Declined) -> Response {
        try pages.render(.receiptCheck, ReceiptCheckPage(page: PageFrame("Check a receipt", viewer: viewer)))
    }

    func checkReceipt(_ incoming: Incoming, form: Form) async throws(Declined) -> Response {
        let text = form.text("receipt")
        var context = ReceiptCheckPage(page: PageFrame("Check a receipt", viewer: nil))
        switch try await gateway.checkReceipt(text) {
        case .success(let checked):
            guard let statement = ReceiptStatement(claims: checked.claims) else { throw Declined(.unexpected) }
            context.found = FoundReceipt(
                keyName: checked.kid, keyRetired: checked.keyRetiredAt.map { TimeText($0) }, issuer: checked.issuer,
                issued: TimeText(checked.issuedAt), receipt: ReceiptWords(statement, languages: incoming.languages))
            return try pages.render(.receiptCheck, context)
        case .failure(let fault):
            context.faultSummary = FaultSummary(
                heading: "This is no receipt that can be vouched for.",
                faults: [Fault(target: "receipt", message: fault.sentence)])
            context.receiptError = fault.sentence
            // What is too long to be one is not sent back either.
            context.receiptValue = fault == .tooLong ? "" : text
            return try pages.render(.receiptCheck, context, status: Problem.invalidFields.status)
        }
    }
}

extension ReceiptWords {
    /// The application's reasons in the first of the languages that it gave them in, else in its own.
    init(_ statement: ReceiptStatement, languages: [Language] = []) {
        let event = statement.event
        number = "\(statement.grant)/\(statement.version)"
        changeWords = event.map { Wording.change($0) } ?? ""
        changed = TimeText(rfc3339: event?.at ?? "")
        applicationName = statement.service.name
        applicationID = statement.service.id
        organizationName = statement.controller.name
        contact = statement.controller.contact
        personPseudonym = statement.person
        recordPseudonym = statement.record
        isEnd = statement.isEnd
        until = TimeText(rfc3339: statement.until)
        ranOut = statement.hasRunOut ? until : nil
        bucketDays = statement.bucketDays
        purposes = statement.purposes.map { PurposeWords($0, languages) }
        events = statement.events.map {
            ReceiptEventRow(
                eventWords: Wording.change($0), happened: TimeText(rfc3339: $0.at),
                eventUntil: TimeText(rfc3339: $0.until))
        }
        tokensEnded = statement.tokensEnded.map { CountWords(digits: Wording.number($0), isOne: $0 == 1) }
        lastRead = statement.lastRead.map { TimeText(rfc3339: $0) }
        trailKeptFrom = statement.trailKeptFrom.map { TimeText(rfc3339: $0) }
        manageURL = statement.manageURL
    }
}

extension PurposeWords {
    fileprivate init(_ purpose: ReceiptStatement.Purpose, _ languages: [Language]) {
        let shown = purpose.best(for: languages)
        ruleName = purpose.rule
        why = shown.text
        whyLanguage = shown.language
        typeNames = purpose.types.map(\.name)
        doings = Wording.doings(Set(purpose.accesses.compactMap(Access.init(rawValue:))))
        dates = purpose.periods.map { period in
            [("from", period.from), ("to", period.to)].compactMap { word, day in
                day.map { "\(word) \($0)" }
            }.joined(separator: " ")
        }
        isOffline = purpose.isOffline
        isRequired = purpose.isRequired
    }
}

extension ReceiptStatement {
    /// For a terminal, a line each.
    public var lines: [String] {
        let words = ReceiptWords(self)
        let end = tokensEnded.map { "\(Wording.number($0)) tokens ended with it" }
        let last =
            words.lastRead.map { "it last read on \($0.words)" }
            ?? words.trailKeptFrom.map {
                "when it last read is not known any more, for the trail is kept from \($0.words) on"
            }
        let ending = [end ?? "tokens were not counted", last ?? "it never read anything"]
        return [
            "receipt      \(words.number)", "what         \(words.changeWords), \(words.changed.words)",
            "application  \(words.applicationName) (\(words.applicationID)), \(words.organizationName)",
            "person       \(person), record \(record)",
        ] + purposes.map { "purpose      \($0.rule): \($0.types.map(\.id).joined(separator: ", "))" }
            + [isEnd ? "at its end   \(ending.joined(separator: "; "))" : "until        \(words.until.words)"]
    }
}

extension TimeText {
    /// What cannot be read as a time stands as it is.
    fileprivate init(rfc3339 text: String) {
        if let moment = Moment(rfc3339: text) {
            self.init(moment)
        } else {
            self.init(words: text, machine: text)
        }
    }
}

extension Wording {
    /// As whoever reads the receipt is told it.
    fileprivate static func change(_ event: ReceiptStatement.Event) -> String {
        let who =
            switch event.actor {
            case "person": " by the person"
            case "application": " by the application"
            case "operator": " by those who run this service"
            default: ""
            }
        let how =
            switch (event.actor, event.method) {
            case ("person", "page"): ", on these pages"
            case ("person", "api"): ", in their own app"
            default: ""
            }
        return Wording.changed(event.event) + who + how
    }
}
