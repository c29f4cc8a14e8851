// What a search for Observations asks for. A parameter that nobody knows is a fault: to pass over it would give more than was
// asked for.

import Domain
import Gateway

struct ObservationQuery: Equatable {
    /// The application's own name for the record, or what was written in its place.
    let record: String
    private(set) var filter = ObservationFilter()
    private(set) var count = 50
    private(set) var place: ParcelPlace?
    /// `category` and `code`, as they were given.
    private var narrowing: [Form.Field] = []

    init(_ query: Form) throws(Declined) {
        var faults: [FieldFault] = []
        if let name = query.repeatedName { faults.append(FieldFault(name, "given more than once")) }
        var subject: String?
        for field in query.fields {
            switch field.name {
            case "patient", "subject":
                if subject != nil { faults.append(FieldFault(field.name, "given as patient and as subject")) }
                subject = field.value
            case "code", "category":
                if filter.narrow(field.name, by: field.value) {
                    narrowing.append(field)
                } else {
                    faults.append(FieldFault(field.name, "not one that is known here"))
                }
            case "_count":
                if let count = Int(field.value), count >= 1 {
                    self.count = min(count, Gateway.mostObservations)
                } else {
                    faults.append(FieldFault(field.name, "a whole number from 1"))
                }
            case "page":
                place = ParcelPlace(field.value)
                if place == nil { faults.append(FieldFault(field.name, "from the link to the next page")) }
            case "_format":
                if !Self.formats.contains(field.value) { faults.append(FieldFault(field.name, "json only")) }
            default:
                faults.append(FieldFault(field.name, "there is no such parameter"))
            }
        }
        if subject == nil { faults.append(FieldFault("patient", "is needed")) }
        if filter.types.isEmpty { faults.append(FieldFault("code", "is none of the category")) }
        guard faults.isEmpty, let subject else { throw Declined(.invalidFields, faults: faults) }
        record = Self.record(subject)
    }

    private static let formats: Set<String> = ["json", "application/json", "application/fhir+json"]

    /// A record as FHIR refers to it: `Patient/r-…`, or the id alone.
    static func record(_ text: String) -> String {
        let id = text.hasPrefix("Patient/") ? String(text.dropFirst("Patient/".count)) : text
        return RecordPseudonym(fhir: id)?.text ?? id
    }

    /// The same question as a query, from a place on.
    func text(for record: RecordPseudonym, from place: ParcelPlace?) -> String {
        var fields = [Form.Field(name: "patient", value: record.fhirText)] + narrowing
        fields.append(Form.Field(name: "_count", value: "\(count)"))
        if let place { fields.append(Form.Field(name: "page", value: place.text)) }
        return fields.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    // RFC 3986 §2.3: what is unreserved stays.
    static func encoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
