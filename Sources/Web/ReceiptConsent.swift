// A receipt as a FHIR R4 Consent (HL7 FHIR 4.0.1, Consent): one provision for each purpose, the person and the application by the
// names that the application knows.

import Domain
import Gateway

extension ReceiptStatement {
    func consent(publicURL: String) -> JSONValue {
        let names = "\(publicURL)/fhir/r4"
        func identified(_ system: String, _ value: String, _ display: String?) -> JSONValue {
            .object([
                "identifier": .object(["system": .string("\(names)/\(system)"), "value": .string(value)]),
                "display": display.map { .string($0) },
            ])
        }
        let organization = identified("organization", controller.id, controller.name)
        return .object([
            "resourceType": .string("Consent"), "id": .string(fhirID),
            "meta": .object(["versionId": .count(version).asText, "lastUpdated": .text(event?.at)]),
            "identifier": .array([
                .object(["system": .string("\(names)/grant"), "value": .string(grant)])
            ]),
            "status": .string(isEnd ? "inactive" : "active"),
            "scope": Self.concept(
                "http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy", "Privacy Consent"),
            "category": .array([Self.concept(FHIRVocabulary.loinc, "59284-0", "Consent Document")]),
            "patient": .object([
                "reference": .string("Patient/\(RecordPseudonym(record)?.fhirText ?? record)"),
                "type": .string("Patient"),
            ]),
            "dateTime": .text(event?.at),
            "performer": .array([identified("person", person, nil)]), "organization": .array([organization]),
            "sourceAttachment": .object([
                "contentType": .string("application/jwt"), "url": .string("\(address)/jwt"),
                "title": .string("The signed receipt"),
            ]),
            "policyRule": Self.concept("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN", "opt-in"),
            "provision": .object([
                "type": .string("permit"),
                // What ran out was over at its date, whenever that was noted.
                "period": .object([
                    "start": .text(events.first?.at), "end": .text(isEnd && !hasRunOut ? event?.at : until),
                ]),
                "actor": .array([
                    .object([
                        "role": Self.concept(
                            "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP",
                            "information recipient"), "reference": identified("application", service.id, service.name),
                    ])
                ]),
                "provision": purposes.isEmpty ? nil : .array(purposes.map { provision($0, names: names) }),
            ]),
        ])
    }

    // FHIR's ids take no underscore, and at most 64 characters.
    private var fhirID: String { "\(GrantID(grant)?.fhirText ?? grant)-\(version)" }

    // HL7's extension for a text in another language; the text itself stays in the language that the rule was written in.
    private static func translation(_ words: Words) -> JSONValue {
        .object([
            "url": .string("http://hl7.org/fhir/StructureDefinition/translation"),
            "extension": .array([
                .object(["url": .string("lang"), "valueCode": .string(words.language)]),
                .object(["url": .string("content"), "valueString": .string(words.text)]),
            ]),
        ])
    }

    private func provision(_ purpose: Purpose, names: String) -> JSONValue {
        // R4 has room for one range of dates in a provision; several are said by one provision each.
        let ranges: [Period?] = purpose.periods.isEmpty ? [nil] : purpose.periods.map { $0 }
        let first = ranges.first ?? nil
        return .object([
            "type": .string("permit"),
            "action": .array(
                purpose.accesses.map {
                    .object([
                        "coding": .array([
                            .object([
                                "system": .string("http://terminology.hl7.org/CodeSystem/consentaction"),
                                "code": .string($0 == "read" ? "access" : "correct"),
                            ]), .object(["system": .string("\(names)/access"), "code": .string($0)]),
                        ])
                    ])
                }),
            "purpose": .array([
                .object([
                    "system": .string("\(names)/rule"), "code": .string(purpose.rule),
                    "display": .string(purpose.why.text),
                    "_display": purpose.translations.isEmpty
                        ? nil : .object(["extension": .array(purpose.translations.map(Self.translation))]),
                ])
            ]),
            // FHIR has no empty arrays.
            "code": purpose.types.isEmpty
                ? nil
                : .array(
                    purpose.types.map { type in
                        let loinc = DataType(rawValue: type.id).flatMap { FHIRVocabulary.name(of: $0) }
                        let codes = loinc.map { name in
                            name.codes.map { Self.coding(FHIRVocabulary.loinc, $0, name.display) }
                        }
                        let own = Self.coding("\(names)/data-type", type.id, type.name)
                        return .object(["coding": .array((codes ?? []) + [own]), "text": .string(type.name)])
                    }),
            "dataPeriod": first.map { Self.period($0) },
            "provision": ranges.count < 2
                ? nil
                : .array(
                    ranges.dropFirst().compactMap { $0 }.map {
                        .object(["type": .string("permit"), "dataPeriod": Self.period($0)])
                    }),
        ])
    }

    private static func period(_ period: Period) -> JSONValue {
        .object(["start": period.from.map { .string($0) }, "end": period.to.map { .string($0) }])
    }

    private static func coding(_ system: String, _ code: String, _ display: String) -> JSONValue {
        .object(["system": .string(system), "code": .string(code), "display": .string(display)])
    }

    private static func concept(_ system: String, _ code: String, _ display: String) -> JSONValue {
        .object(["coding": .array([coding(system, code, display)])])
    }
}

extension JSONValue {
    /// A number as a text: FHIR's ids and versions are texts.
    fileprivate var asText: JSONValue {
        guard case .number(let digits) = self else { return self }
        return .string(digits)
    }
}
