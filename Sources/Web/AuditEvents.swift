// An entry of the trail as a FHIR R4 AuditEvent, as near to IHE's Basic Audit Log Patterns as pseudonyms allow. Nothing is in it that is
// not in the entry.

import Domain
import Gateway

extension JSONValue {
    static func auditEvent(_ view: TrailEntry, publicURL: String) -> JSONValue {
        let entry = view.entry
        let names = "\(publicURL)/fhir/r4"
        let kind = AuditKind(entry.action)
        return .object([
            "resourceType": .string("AuditEvent"), "id": .string(entry.id.fhirText),
            "type": coding(kind.system, kind.code, kind.display),
            "subtype": .array([coding("\(names)/audit-action", entry.action.rawValue, nil)]),
            "action": .string(kind.action), "recorded": .moment(entry.at),
            "outcome": .string(entry.outcome == .done ? "0" : "4"),
            "outcomeDesc": entry.outcome == .done ? nil : .string(entry.outcome.text),
            "agent": .array(agents(entry, kind, names)),
            "source": .object([
                "observer": .object(["identifier": .object(["value": .string(publicURL)])]),
                "type": .array([
                    coding("http://terminology.hl7.org/CodeSystem/security-source-type", "4", "Application Server")
                ]),
            ]),
            "entity": entities(entry, view.index, names),
        ])
    }

    private static func agents(_ entry: AuditEntry, _ kind: AuditKind, _ names: String) -> [JSONValue] {
        var agents: [JSONValue] = []
        if let application = entry.application {
            agents.append(
                .object([
                    "type": concept(kind.dicom, "110152", "Destination Role ID"),
                    "who": identified("\(names)/application", application.text),
                    "requestor": .bool(kind.isByApplication),
                ]))
        }
        if let person = entry.person {
            agents.append(
                .object([
                    "type": concept("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PAT", "patient"),
                    "who": identified("\(names)/audit-name", person.text),
                    "requestor": .bool(!kind.isByApplication || entry.application == nil),
                ]))
        }
        guard agents.isEmpty else { return agents }
        return [
            .object([
                "type": concept(kind.dicom, "110150", "Application"),
                "who": .object(["display": .string("Licet")]), "requestor": .bool(true),
            ])
        ]
    }

    private static func entities(_ entry: AuditEntry, _ index: Int, _ names: String) -> JSONValue {
        let kinds = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
        let roles = "http://terminology.hl7.org/CodeSystem/object-role"
        var entities: [JSONValue] = [
            .object([
                "what": identified("\(names)/audit-entry", entry.id.text), "type": coding(kinds, "2", "System Object"),
                "role": coding(roles, "13", "Security Resource"),
                "detail": .array(
                    details([
                        ("log_index", "\(index)"), ("items", "\(entry.items)"), ("mode", entry.mode?.rawValue),
                        ("times", entry.repetition.map { "\($0.times)" }),
                        ("data_types", entry.types.map(\.rawValue).joined(separator: " ")),
                    ])),
            ])
        ]
        if let record = entry.record {
            entities.append(
                .object([
                    "what": identified("\(names)/audit-name", record.text), "type": coding(kinds, "1", "Person"),
                    "role": coding(roles, "1", "Patient"),
                ]))
        }
        if let grant = entry.grant {
            entities.append(
                .object([
                    "what": identified("\(names)/grant", grant.text), "type": coding(kinds, "2", "System Object"),
                    "role": coding(roles, "4", "Domain Resource"),
                ]))
        }
        if let request = entry.request {
            entities.append(
                .object([
                    "what": identified("\(names)/request", request.text),
                    "type": coding(
                        "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType", "XrequestId", nil),
                ]))
        }
        return .array(entities)
    }

    private static func details(_ pairs: [(String, String?)]) -> [JSONValue] {
        pairs.compactMap { name, value in
            guard let value, !value.isEmpty else { return nil }
            return .object(["type": .string(name), "valueString": .string(value)])
        }
    }

    private static func coding(_ system: String, _ code: String, _ display: String?) -> JSONValue {
        .object(["system": .string(system), "code": .string(code), "display": display.map { .string($0) }])
    }

    private static func concept(_ system: String, _ code: String, _ display: String) -> JSONValue {
        .object(["coding": .array([coding(system, code, display)])])
    }

    private static func identified(_ system: String, _ value: String) -> JSONValue {
        .object(["identifier": .object(["system": .string(system), "value": .string(value)])])
    }
}

/// What DICOM and FHIR call an action of the trail.
struct AuditKind {
    let dicom = "http://dicom.nema.org/resources/ontology/DCM"
    let system: String
    let code: String
    let display: String
    /// `C`, `R`, `U`, `D` or `E` (AuditEvent.action).
    let action: String
    /// The application asked for it; else a person, the operator or the clock.
    let isByApplication: Bool

    init(_ action: AuditEntry.Action) {
        isByApplication = [.read, .deliver, .acknowledge, .tokenIssued, .tokenRevoked, .approvalStarted].contains(
            action)
        let dicom = "http://dicom.nema.org/resources/ontology/DCM"
        (system, code, display, self.action) =
            switch action {
            case .read:
                ("http://terminology.hl7.org/CodeSystem/audit-event-type", "rest", "Restful Operation", "R")
            case .trailRead: (dicom, "110101", "Audit Log Used", "R")
            case .deliver: (dicom, "110106", "Export", "R")
            case .imported: (dicom, "110107", "Import", "C")
            case .signedIn, .signedOut: (dicom, "110114", "User Authentication", "E")
            case .acknowledge, .withdraw, .lapse: (dicom, "110110", "Patient Record", "D")
            case .approvalApproved, .recordCreated: (dicom, "110110", "Patient Record", "C")
            case .approvalStarted, .approvalDenied, .grantExtended, .grantNarrowed, .grantRenewed, .grantRevoked,
                .grantExpired, .recordDescribed, .recordSuspended, .recordResumed, .recordInvited,
                .recordInvitationEnded, .recordAccessGiven, .recordAccessNarrowed, .recordAccessEnded:
                (dicom, "110110", "Patient Record", "U")
            default: (dicom, "110100", "Application Activity", "E")
            }
    }
}
