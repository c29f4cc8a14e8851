// How FHIR R4 names what Licet carries: one table from data type to LOINC code and observation category. A type that stands
// not in it has no FHIR form, and no scope of SMART's grammar reaches it.

/// A category of HL7's code system that some data type here belongs to.
public enum ObservationCategory: String, CaseIterable, Sendable, Hashable {
    case vitalSigns = "vital-signs"
    case activity
    case laboratory

    public static let system = "http://terminology.hl7.org/CodeSystem/observation-category"

    public var display: String {
        switch self {
        case .vitalSigns: "Vital Signs"
        case .activity: "Activity"
        case .laboratory: "Laboratory"
        }
    }

    public var types: DataTypeSet {
        DataTypeSet(FHIRVocabulary.names.lazy.filter { $0.category == self }.map(\.type))
    }

    /// As a search writes it: the code alone, or the system, a bar and the code. Nil for anything else.
    public init?(token: some StringProtocol) {
        let prefix = Self.system + "|"
        self.init(rawValue: String(token.hasPrefix(prefix) ? token.dropFirst(prefix.count) : token[...]))
    }
}

/// What FHIR calls one data type.
public struct ObservationName: Hashable, Sendable {
    public let type: DataType
    /// LOINC. The first is the one that scopes and searches are answered with; HL7's profile may want a second beside it.
    public let codes: [String]
    public let display: String
    public let category: ObservationCategory

    init(_ type: DataType, _ codes: [String], _ display: String, _ category: ObservationCategory) {
        self.type = type
        self.codes = codes
        self.display = display
        self.category = category
    }
}

public enum FHIRVocabulary {
    public static let loinc = "http://loinc.org"
    public static let ucum = "http://unitsofmeasure.org"

    /// In the order of `DataType.allCases`.
    public static let names: [ObservationName] = DataType.allCases.compactMap { name(of: $0) }
    public static let types = DataTypeSet(names.map(\.type))

    /// Nil where no code says exactly what the type means.
    public static func name(of type: DataType) -> ObservationName? {
        switch type {
        case .steps: ObservationName(type, ["55423-8"], "Number of steps", .activity)
        case .activeEnergy: ObservationName(type, ["41981-2"], "Calories burned", .activity)
        case .heartRate: ObservationName(type, ["8867-4"], "Heart rate", .vitalSigns)
        case .restingHeartRate: ObservationName(type, ["40443-4"], "Heart rate --resting", .vitalSigns)
        case .heartRateVariabilitySDNN:
            ObservationName(type, ["80404-7"], "R-R interval.standard deviation (Heart rate variability)", .vitalSigns)
        case .bloodPressure:
            ObservationName(type, ["85354-9"], "Blood pressure panel with all children optional", .vitalSigns)
        case .oxygenSaturation:
            ObservationName(
                type, ["59408-5", "2708-6"], "Oxygen saturation in Arterial blood by Pulse oximetry", .vitalSigns)
        case .respiratoryRate: ObservationName(type, ["9279-1"], "Respiratory rate", .vitalSigns)
        case .bodyTemperature: ObservationName(type, ["8310-5"], "Body temperature", .vitalSigns)
        case .bodyWeight: ObservationName(type, ["29463-7"], "Body weight", .vitalSigns)
        case .bodyHeight: ObservationName(type, ["8302-2"], "Body height", .vitalSigns)
        case .bodyMassIndex: ObservationName(type, ["39156-5"], "Body mass index (BMI) [Ratio]", .vitalSigns)
        case .bodyFat: ObservationName(type, ["41982-0"], "Percentage of body fat Measured", .vitalSigns)
        case .bloodGlucose: ObservationName(type, ["2339-0"], "Glucose [Mass/volume] in Blood", .laboratory)
        // 94122-9 is a peak during exercise, and a watch only estimates; walks, workouts and sleep stages have no one number.
        case .vo2Max, .distance, .workout, .sleepStage: nil
        }
    }

    /// As a search writes a code: alone, or LOINC's address, a bar and the code. Nil for a code of no type here.
    public static func type(token: some StringProtocol) -> DataType? {
        let prefix = loinc + "|"
        let code = String(token.hasPrefix(prefix) ? token.dropFirst(prefix.count) : token[...])
        return names.first { $0.codes.contains(code) }?.type
    }
}
