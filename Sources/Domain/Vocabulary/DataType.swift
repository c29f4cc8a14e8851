// The closed list of what Licet knows how to carry, and its categories. A new type is added here first;
// docs/adding-a-data-type.md names the other places.

/// One kind of health datum, spelled as in scopes, URLs and stored rows.
public enum DataType: String, CaseIterable, Sendable, Hashable {
    case steps
    case distance
    case activeEnergy = "active_energy"
    case workout
    case heartRate = "heart_rate"
    case restingHeartRate = "resting_heart_rate"
    case heartRateVariabilitySDNN = "heart_rate_variability_sdnn"
    case bloodPressure = "blood_pressure"
    case oxygenSaturation = "oxygen_saturation"
    case respiratoryRate = "respiratory_rate"
    case vo2Max = "vo2_max"
    case bodyTemperature = "body_temperature"
    case bodyWeight = "body_weight"
    case bodyHeight = "body_height"
    case bodyMassIndex = "body_mass_index"
    case bodyFat = "body_fat"
    case bloodGlucose = "blood_glucose"
    case sleepStage = "sleep_stage"

    public var category: Category {
        switch self {
        case .steps, .distance, .activeEnergy, .workout: .activity
        case .heartRate, .restingHeartRate, .heartRateVariabilitySDNN, .bloodPressure: .heart
        case .oxygenSaturation, .respiratoryRate, .vo2Max: .respiratory
        case .bodyTemperature, .bodyWeight, .bodyHeight, .bodyMassIndex, .bodyFat: .body
        case .bloodGlucose: .metabolic
        case .sleepStage: .sleep
        }
    }

    /// What a person calls it, for the consent page (A5).
    public var plainName: String {
        switch self {
        case .steps: "Steps"
        case .distance: "Distance walked or run"
        case .activeEnergy: "Energy burned by moving"
        case .workout: "Workouts"
        case .heartRate: "Heart rate"
        case .restingHeartRate: "Resting heart rate"
        case .heartRateVariabilitySDNN: "Heart rate variability"
        case .bloodPressure: "Blood pressure"
        case .oxygenSaturation: "Blood oxygen"
        case .respiratoryRate: "Breathing rate"
        case .vo2Max: "Cardio fitness (VO₂ max)"
        case .bodyTemperature: "Body temperature"
        case .bodyWeight: "Weight"
        case .bodyHeight: "Height"
        case .bodyMassIndex: "Body mass index"
        case .bodyFat: "Body fat"
        case .bloodGlucose: "Blood glucose"
        case .sleepStage: "Sleep stages"
        }
    }

    /// The place in `allCases`; for sets in memory only, never stored. Written out because every set operation asks for it.
    var ordinal: Int {
        switch self {
        case .steps: 0
        case .distance: 1
        case .activeEnergy: 2
        case .workout: 3
        case .heartRate: 4
        case .restingHeartRate: 5
        case .heartRateVariabilitySDNN: 6
        case .bloodPressure: 7
        case .oxygenSaturation: 8
        case .respiratoryRate: 9
        case .vo2Max: 10
        case .bodyTemperature: 11
        case .bodyWeight: 12
        case .bodyHeight: 13
        case .bodyMassIndex: 14
        case .bodyFat: 15
        case .bloodGlucose: 16
        case .sleepStage: 17
        }
    }
}

/// A group of data types that a scope can name at once, e.g. `read:sleep`.
public enum Category: String, CaseIterable, Sendable, Hashable {
    case activity, heart, respiratory, body, metabolic, sleep

    public var types: DataTypeSet { DataTypeSet(DataType.allCases.lazy.filter { $0.category == self }) }
}

/// A set of data types, held in one word.
public struct DataTypeSet: Hashable, Sendable, Sequence, ExpressibleByArrayLiteral {
    private var bits: UInt64

    public static let none = DataTypeSet(bits: 0)
    public static let all = DataTypeSet(DataType.allCases)

    private init(bits: UInt64) { self.bits = bits }
    public init(_ types: some Sequence<DataType>) { bits = types.reduce(0) { $0 | 1 << UInt64($1.ordinal) } }
    public init(arrayLiteral types: DataType...) { self.init(types) }

    public var isEmpty: Bool { bits == 0 }
    public var count: Int { bits.nonzeroBitCount }
    public func contains(_ type: DataType) -> Bool { bits & 1 << UInt64(type.ordinal) != 0 }
    public func isSubset(of other: Self) -> Bool { bits & ~other.bits == 0 }
    public func intersection(_ other: Self) -> Self { Self(bits: bits & other.bits) }
    public func union(_ other: Self) -> Self { Self(bits: bits | other.bits) }
    public func subtracting(_ other: Self) -> Self { Self(bits: bits & ~other.bits) }
    public mutating func insert(_ type: DataType) { bits |= 1 << UInt64(type.ordinal) }

    /// In the order of `DataType.allCases`.
    public func makeIterator() -> some IteratorProtocol<DataType> {
        let held = self
        return DataType.allCases.lazy.filter { held.contains($0) }.makeIterator()
    }
}
