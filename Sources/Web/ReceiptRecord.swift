// A receipt as JSON-LD in the terms of W3C's Data Privacy Vocabulary, in the form that its guide gives to ISO/IEC TS 27560 (a
// dpv:ConsentReceipt around one dpv:ConsentRecord); and the same read back. Writing and reading stand side by side.

import Domain
import Gateway

extension ReceiptStatement {
    /// `issuedAt` is when this copy is made: the record itself has its own times.
    func record(issuer: String, issuedAt: Moment) -> JSONValue {
        .object([
            "@context": Self.context, "@id": .string(address), "@type": .string("dpv:ConsentReceipt"),
            "dct:identifier": .string("\(grant)/\(version)"),
            "dct:conformsTo": .string("https://w3id.org/dpv/schema/dpv-27560#receipt"),
            "dct:created": .moment(issuedAt), "dct:publisher": .string(issuer),
            "dct:audience": .string("dpv:DataSubject"),
            "dpv:hasRecordOfActivity": .object([
                "@id": .string(manageURL), "@type": .string("dpv:ConsentRecord"), "dct:identifier": .string(grant),
                "dct:conformsTo": .string("https://w3id.org/dpv/schema/dpv-27560#record"),
                "licet:version": .count(version), "dct:created": .text(events.first?.at),
                "dct:modified": .text(events.last?.at), "dct:valid": .string(until),
                "dpv:hasDataSubject": .object([
                    "@type": .string("dpv:DataSubject"), "dct:identifier": .string(person),
                    "licet:record": .string(record),
                ]),
                "dpv:hasDataController": party(controller, "dpv:DataController"),
                "dpv:hasProcess": .array(purposes.map { process($0) }),
                "dpv:hasStorageCondition": .object([
                    "@type": .string("dpv:StorageDuration"), "dpv:hasDuration": .string("P\(bucketDays)D"),
                    "dct:description": .string("What waits for the application; then it is sealed and archived."),
                ]),
                "dpv:hasConsentControl": .object([
                    "@type": .texts(["dpv:WithdrawConsent", "dpv:ObtainConsent"]),
                    "dpv:isExercisedAt": .string(manageURL),
                ]),
                "licet:scopes": .texts(scopes), "dpv:hasConsentStatus": .array(events.map { Self.status($0) }),
                "licet:tokensEnded": tokensEnded.map { .count($0) },
                "licet:lastRead": lastRead.map { .string($0) },
                "licet:trailKeptFrom": trailKeptFrom.map { .string($0) },
            ]),
        ])
    }

    private static let context: JSONValue = .object([
        "dpv": .string("https://w3id.org/dpv#"), "pd": .string("https://w3id.org/dpv/pd#"),
        "dct": .string("http://purl.org/dc/terms/"), "skos": .string("http://www.w3.org/2004/02/skos/core#"),
        "xsd": .string("http://www.w3.org/2001/XMLSchema#"), "licet": .string("urn:licet:receipt:"),
        "dct:created": time, "dct:modified": time, "dct:valid": time, "dpv:isIndicatedAtTime": time,
        "licet:lastRead": time, "licet:trailKeptFrom": time, "dct:conformsTo": link, "dct:publisher": link,
        "dct:audience": link,
        "dpv:isExercisedAt": link, "dpv:hasProcessing": link, "dpv:hasLegalBasis": link, "dpv:hasNecessity": link,
        "dpv:isIndicatedBy": link, "skos:broader": link,
    ])
    private static let time: JSONValue = .object(["@type": .string("xsd:dateTime")])
    private static let link: JSONValue = .object(["@type": .string("@id")])

    private func party(_ party: Party, _ type: String) -> JSONValue {
        .object([
            "@type": .string(type), "dct:identifier": .string(party.id), "dpv:hasName": .string(party.name),
            "dpv:hasContact": party.contact.map { .string($0) },
        ])
    }

    private func process(_ purpose: Purpose) -> JSONValue {
        .object([
            "@type": .string("dpv:Process"), "dct:title": .string(purpose.rule),
            "dpv:hasService": party(service, "dpv:Service"),
            "dpv:hasPurpose": .object([
                "@type": .string("dpv:Purpose"),
                // Language-tagged strings (JSON-LD 1.1 §4.2.4), the default language first: that is what was shown where no other fitted.
                "dct:description": purpose.translations.isEmpty
                    ? Self.tagged(purpose.why) : .array(([purpose.why] + purpose.translations).map(Self.tagged)),
            ]),
            "dpv:hasPersonalData": .array(
                purpose.types.map {
                    .object([
                        "@type": .string("dpv:SpecialCategoryPersonalData"), "skos:broader": .string("pd:Health"),
                        "dct:identifier": .string($0.id), "dct:title": .string($0.name),
                        "licet:category": .string($0.category),
                    ])
                }),
            "licet:periods": purpose.periods.isEmpty
                ? nil
                : .array(
                    purpose.periods.map {
                        .object(["licet:from": $0.from.map { .string($0) }, "licet:to": $0.to.map { .string($0) }])
                    }),
            "dpv:hasProcessing": .texts(purpose.accesses.map { Self.processing[$0] ?? "dpv:Processing" }),
            "licet:accesses": .texts(purpose.accesses), "licet:offline": .bool(purpose.isOffline),
            "dpv:hasNecessity": .string(purpose.isRequired ? "dpv:Required" : "dpv:Optional"),
            "dpv:hasLegalBasis": .string("dpv:ExplicitlyExpressedConsent"),
            "dpv:hasRecipient": party(controller, "dpv:Recipient"),
        ])
    }

    private static func tagged(_ words: Words) -> JSONValue {
        .object(["@value": .string(words.text), "@language": .string(words.language)])
    }

    private static let processing = [
        "create": "dpv:Record", "read": "dpv:Access", "update": "dpv:Modify", "delete": "dpv:Erase",
    ]

    private static func status(_ event: Event) -> JSONValue {
        let state =
            switch (event.event, event.actor) {
            case ("revoked", "person"): "dpv:ConsentWithdrawn"
            case ("revoked", _): "dpv:ConsentRevoked"
            case ("expired", _): "dpv:ConsentExpired"
            case ("renewed", _): "dpv:RenewedConsentGiven"
            default: "dpv:ConsentGiven"
            }
        let by =
            switch event.actor {
            case "person": "dpv:DataSubject"
            case "application": "dpv:DataController"
            default: "dpv:DataProcessor"
            }
        return .object([
            "@type": .string(state), "licet:version": .count(event.version), "licet:event": .string(event.event),
            "dpv:isIndicatedAtTime": .string(event.at), "dpv:isIndicatedBy": .string(by),
            "licet:actor": .string(event.actor), "dpv:hasIndicationMethod": .string(event.method),
            "dct:valid": .string(event.until),
        ])
    }
}

// MARK: reading it back

extension ReceiptStatement {
    /// Nil for anything that `record(issuer:issuedAt:)` did not write.
    init?(record json: JSONValue) {
        let receipt = Reading(json)
        let record = receipt["dpv:hasRecordOfActivity"]
        let processes = record["dpv:hasProcess"].list
        guard let address = receipt["@id"].text, let grant = record["dct:identifier"].text,
            let version = record["licet:version"].count, let until = record["dct:valid"].text,
            let person = record["dpv:hasDataSubject"]["dct:identifier"].text,
            let subject = record["dpv:hasDataSubject"]["licet:record"].text,
            let controller = Self.party(record["dpv:hasDataController"]),
            let manage = record["@id"].text,
            let days = record["dpv:hasStorageCondition"]["dpv:hasDuration"].text, days.first == "P",
            let bucketDays = Int(days.dropFirst().dropLast())
        else { return nil }
        let events = record["dpv:hasConsentStatus"].list.compactMap { Self.event($0) }
        guard let last = events.last, last.version == version else { return nil }
        self.init(
            address: address, grant: grant, version: version, person: person, record: subject, controller: controller,
            service: processes.first.flatMap { Self.party($0["dpv:hasService"]) }
                ?? Party(id: "", name: "", contact: nil),
            purposes: processes.compactMap { Self.purpose($0) }, scopes: record["licet:scopes"].texts, until: until,
            bucketDays: bucketDays, manageURL: manage, events: events, tokensEnded: record["licet:tokensEnded"].count,
            lastRead: record["licet:lastRead"].text, trailKeptFrom: record["licet:trailKeptFrom"].text)
    }

    private static func party(_ value: Reading) -> Party? {
        guard let id = value["dct:identifier"].text, let name = value["dpv:hasName"].text else { return nil }
        return Party(id: id, name: name, contact: value["dpv:hasContact"].text)
    }

    private static func purpose(_ value: Reading) -> Purpose? {
        let description = value["dpv:hasPurpose"]["dct:description"]
        // One language stands by itself, as JSON-LD has it.
        let said = description["@value"].text == nil ? description.list : [description]
        let words = said.compactMap { words -> Words? in
            guard let language = words["@language"].text, let text = words["@value"].text else { return nil }
            return Words(language: language, text: text)
        }
        guard let rule = value["dct:title"].text, let isOffline = value["licet:offline"].flag, let why = words.first
        else { return nil }
        return Purpose(
            rule: rule, why: why, translations: Array(words.dropFirst()),
            types: value["dpv:hasPersonalData"].list.compactMap { data in
                guard let id = data["dct:identifier"].text, let name = data["dct:title"].text else { return nil }
                return Data(id: id, name: name, category: data["licet:category"].text ?? "")
            }, accesses: value["licet:accesses"].texts,
            isRequired: value["dpv:hasNecessity"].text == "dpv:Required", isOffline: isOffline,
            periods: value["licet:periods"].list.map {
                Period(from: $0["licet:from"].text, to: $0["licet:to"].text)
            })
    }

    private static func event(_ value: Reading) -> Event? {
        guard let version = value["licet:version"].count, let event = value["licet:event"].text,
            let at = value["dpv:isIndicatedAtTime"].text, let actor = value["licet:actor"].text,
            let method = value["dpv:hasIndicationMethod"].text, let until = value["dct:valid"].text
        else { return nil }
        return Event(version: version, event: event, at: at, actor: actor, method: method, until: until)
    }
}

/// A JSON value that is looked into: what is not there, or of another kind, is nil all the way down.
private struct Reading {
    let value: JSONValue?

    init(_ value: JSONValue?) { self.value = value }

    subscript(name: String) -> Reading {
        guard case .object(let members) = value else { return Reading(nil) }
        return Reading(members.first { $0.name == name }?.value)
    }

    var text: String? {
        guard case .string(let text) = value else { return nil }
        return text
    }

    var count: Int? {
        guard case .number(let digits) = value else { return nil }
        return Int(digits)
    }

    var flag: Bool? {
        guard case .bool(let flag) = value else { return nil }
        return flag
    }

    var list: [Reading] {
        guard case .array(let elements) = value else { return [] }
        return elements.map { Reading($0) }
    }

    var texts: [String] { list.compactMap(\.text) }
}
