// Writes an item as an Observation of FHIR R4, with the digits that the item has. Who asked which question and whether it was
// permitted was settled before: this only spells.

public import Domain

/// Appends one Observation (FHIR 4.0.1) in UTF-8 JSON, without white space, and answers true. Answers false and appends nothing
/// for an item of a type that FHIR has no name for (`FHIRVocabulary`).
///
/// - `subject` is the reference to the person's record, e.g. `Patient/r-…`. It is written as it is: it must need no escape.
/// - An item with a length in time has an `effectivePeriod`, a reading at one moment an `effectiveDateTime`.
/// - Units are UCUM; numbers are the item's exact decimals. What the source sent, where it differs, is native JSON's alone.
@discardableResult
public func renderObservation(_ item: Item, subject: String, into bytes: inout [UInt8]) -> Bool {
    guard let name = FHIRVocabulary.name(of: item.type) else { return false }
    let start = bytes.count
    bytes.append("{\"resourceType\":\"Observation\",\"id\":\"\(item.id.fhirText)\",\"status\":\"final\"")
    bytes.append(",\"category\":[{\"coding\":[{\"system\":\"\(ObservationCategory.system)\",\"code\":\"")
    bytes.append("\(name.category.rawValue)\",\"display\":\"\(name.category.display)\"}]}],\"code\":")
    bytes.appendCode(name.codes, display: name.display)
    bytes.append(",\"subject\":{\"reference\":\"\(subject)\"}")
    bytes.appendEffective(item)
    let facts = TypeCatalogue.facts(of: item.type)
    switch item.value {
    case .quantity(let measure, asSent: _):
        bytes.append(",\"valueQuantity\":")
        bytes.appendQuantity(measure, facts.number)
    case .bloodPressure(let systolic, let diastolic):
        bytes.append(",\"component\":[")
        bytes.appendPart("Systolic blood pressure", systolic, TypeCatalogue.systolic)
        bytes.append(",")
        bytes.appendPart("Diastolic blood pressure", diastolic, TypeCatalogue.diastolic)
        bytes.append("]")
    case .sleepStage, .workout:
        bytes.removeSubrange(start...)
        return false
    }
    if let origin = item.provenance.origin {
        bytes.append(",\"device\":{\"display\":\"")
        bytes.appendEscaped(origin)
        bytes.append("\"}")
    }
    bytes.append("}")
    return true
}

extension [UInt8] {
    /// The first code is the one with the display.
    fileprivate mutating func appendCode(_ codes: [String], display: String) {
        append("{\"coding\":[")
        for (place, code) in codes.enumerated() {
            append(place == 0 ? "{\"system\":\"" : ",{\"system\":\"")
            append("\(FHIRVocabulary.loinc)\",\"code\":\"\(code)\"")
            append(place == 0 ? ",\"display\":\"\(display)\"}" : "}")
        }
        append("]}")
    }

    fileprivate mutating func appendEffective(_ item: Item) {
        guard item.start.instant != item.end.instant else {
            append(",\"effectiveDateTime\":\"\(item.start.fhirText)\"")
            return
        }
        append(",\"effectivePeriod\":{\"start\":\"\(item.start.fhirText)\",\"end\":\"\(item.end.fhirText)\"}")
    }

    fileprivate mutating func appendQuantity(_ measure: Measure, _ facts: NumberFacts) {
        append("{\"value\":")
        measure.number.appendText(to: &self)
        append(",\"unit\":\"")
        // In words where the unit is the catalogue's own; otherwise the code says it best.
        appendEscaped(measure.unit == facts.unit ? facts.unitLabel : measure.unit)
        append("\",\"system\":\"\(FHIRVocabulary.ucum)\",\"code\":\"")
        appendEscaped(measure.unit)
        append("\"}")
    }

    fileprivate mutating func appendPart(_ display: String, _ measure: Measure, _ facts: NumberFacts) {
        append("{\"code\":")
        appendCode(facts.loinc.map { [$0] } ?? [], display: display)
        append(",\"valueQuantity\":")
        appendQuantity(measure, facts)
        append("}")
    }
}

extension ZonedMoment {
    // FHIR's dateTime knows no offset beyond fourteen hours; the same instant in UTC is always sayable.
    fileprivate var fhirText: String {
        (-840...840).contains(offsetMinutes) ? rfc3339 : instant.rfc3339
    }
}
