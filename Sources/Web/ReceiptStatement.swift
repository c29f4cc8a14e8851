// What a receipt states, as a value of plain words: made from a grant's change, or read back out of a receipt that somebody brings.
// The page, the check and the command all speak from it, so that they cannot say different things.

import Domain
public import Gateway

public struct ReceiptStatement: Sendable, Equatable {
    struct Party: Sendable, Equatable {
        let id: String
        let name: String
        let contact: String?
    }

    struct Purpose: Sendable, Equatable {
        let rule: String
        /// The application's own words, in the rule's default language.
        let why: Words
        /// The same in every other language that the rule gave, by language; empty where they are too much for a receipt.
        var translations: [Words]
        let types: [Data]
        let accesses: [String]
        let isRequired: Bool
        /// The application may act while the person is away.
        let isOffline: Bool
        /// From and to, RFC 3339 dates; nil where that end is open. Empty where nothing is limited.
        let periods: [Period]
    }

    struct Words: Sendable, Equatable {
        let language: String
        let text: String
    }

    struct Data: Sendable, Equatable {
        let id: String
        let name: String
        let category: String
    }

    struct Period: Sendable, Equatable {
        let from: String?
        let to: String?
    }

    struct Event: Sendable, Equatable {
        let version: Int
        /// `given`, `extended`, `narrowed`, `renewed`, `revoked`, `expired`.
        let event: String
        let at: String
        let actor: String
        let method: String
        /// What the grant ran until after it.
        let until: String
    }

    /// `https://licet.example/grants/grt_…/receipts/3`.
    let address: String
    let grant: String
    let version: Int
    let person: String
    let record: String
    let controller: Party
    let service: Party
    let purposes: [Purpose]
    let scopes: [String]
    let until: String
    let bucketDays: Int
    let manageURL: String
    /// Oldest first; the last is the one that the receipt is of.
    let events: [Event]
    let tokensEnded: Int?
    let lastRead: String?
    /// Where that is not known any more: from when on it would be.
    let trailKeptFrom: String?

    var event: Event? { events.last }
    /// It ended because its time was over.
    var hasRunOut: Bool { event?.event == "expired" }
    var isEnd: Bool { event?.event == "revoked" || event?.event == "expired" }
}

extension ReceiptStatement {
    init(_ receipt: Receipt) {
        address = "\(receipt.manageURL)/receipts/\(receipt.version)"
        grant = receipt.grant.text
        version = receipt.version
        person = receipt.person.text
        record = receipt.record.text
        controller = Party(
            id: receipt.organization.text, name: receipt.application.organization,
            contact: receipt.application.responsible)
        service = Party(id: receipt.application.id.text, name: receipt.application.name, contact: nil)
        purposes = Self.bounded(receipt.parts.map { Purpose($0) })
        scopes = receipt.scopes
        until = receipt.change.expiresAt.rfc3339
        bucketDays = receipt.bucketDays
        manageURL = receipt.manageURL
        events = receipt.events.map { Event($0) }
        tokensEnded = receipt.tokensEnded
        lastRead = receipt.lastRead?.rfc3339
        trailKeptFrom = receipt.trailKeptFrom?.rfc3339
    }

    // With more the signed receipt could be longer than what the check reads. All or none: half of a rule's languages would be a
    // choice that nobody made.
    private static let mostTranslated = 96 << 10

    private static func bounded(_ purposes: [Purpose]) -> [Purpose] {
        let size = purposes.reduce(0) { $0 + $1.translations.reduce(0) { $0 + $1.text.utf8.count } }
        guard size > mostTranslated else { return purposes }
        return purposes.map { purpose in
            var purpose = purpose
            purpose.translations = []
            return purpose
        }
    }
}

extension ReceiptStatement {
    /// Of a receipt whose signature is good. Nil when it was written by a version of this program that says it in another way.
    public init?(claims: JSONValue) {
        guard case .object(let members) = claims, let record = members.first(where: { $0.name == "receipt" })?.value
        else { return nil }
        self.init(record: record)
    }
}

extension ReceiptStatement.Purpose {
    fileprivate init(_ part: Receipt.Part) {
        let words = part.rule.whyText
        rule = part.rule.name.text
        why = ReceiptStatement.Words(language: words.language.tag, text: words.text)
        translations = words.translations.sorted { $0.key < $1.key }.map {
            ReceiptStatement.Words(language: $0.key.tag, text: $0.value)
        }
        types = part.types.map {
            ReceiptStatement.Data(id: $0.rawValue, name: $0.plainName, category: $0.category.rawValue)
        }
        accesses = Access.allCases.filter(part.rule.accesses.contains).map(\.rawValue)
        isRequired = part.rule.isRequired
        isOffline = part.rule.mode == .offline
        periods =
            part.dates.isAlways
            ? []
            : part.dates.ranges.map {
                ReceiptStatement.Period(
                    from: $0.from.map(CivilDate.text(ofDay:)), to: $0.to.map(CivilDate.text(ofDay:)))
            }
    }
}

extension ReceiptStatement.Purpose {
    /// As the page of the approval chose it.
    func best(for wanted: [Language]) -> ReceiptStatement.Words {
        guard let language = Language(why.language) else { return why }
        let others = translations.compactMap { words in Language(words.language).map { ($0, words.text) } }
        let found = WhyText(
            why.text, in: language, translations: Dictionary(others) { first, _ in first }
        ).best(for: wanted)
        return ReceiptStatement.Words(language: found.language.tag, text: found.text)
    }
}

extension ReceiptStatement.Event {
    fileprivate init(_ change: GrantChangeView) {
        version = change.version
        event = change.event
        at = change.at.rfc3339
        actor = change.actor
        method = change.method
        until = change.expiresAt.rfc3339
    }
}
