// The facts about each data type that are not ours to choose: its unit, its code, what can be and what is likely.
// Codes come from the lists of HL7 and Regenstrief only; a test recomputes every check digit.

public import Domain

/// One number that a datum carries.
public struct NumberFacts: Sendable, Hashable {
    /// UCUM.
    public let unit: String
    /// The unit as a person reads it, e.g. `beats per minute`.
    public let unitLabel: String
    /// LOINC, or nil where none is confirmed.
    public let loinc: String?
    /// What lies outside cannot be and is refused.
    public let hard: Limits
    /// What lies outside is kept and marked unusual.
    public let soft: Limits

    init(_ unit: String, _ unitLabel: String, loinc: String? = nil, hard: Limits, soft: Limits) {
        self.unit = unit
        self.unitLabel = unitLabel
        self.loinc = loinc
        self.hard = hard
        self.soft = soft
    }
}

/// One row of the catalogue.
public struct TypeFacts: Sendable, Hashable {
    public let type: DataType
    /// The code of the whole datum; that of its number where it carries one. LOINC, or nil where none is confirmed.
    public let loinc: String?
    /// A second LOINC code that HL7's vital-signs profile wants beside the first.
    public let loincBeside: String?
    /// The one number; for workouts the duration; for blood pressure the systolic; for sleep stages how long one lasts.
    public let number: NumberFacts
    /// Numbers beside `number`, by their field name in native JSON.
    public let parts: [String: NumberFacts]
    /// Likely at most this many per minute of the interval; nil where the time does not matter.
    public let softPerMinute: Double?
    /// What one datum is called in a sentence, in the singular: `heart rate reading`.
    public let datumName: String

    public var unit: String { number.unit }
    public var unitLabel: String { number.unitLabel }
    public var hard: Limits { number.hard }
    public var soft: Limits { number.soft }

    init(
        _ type: DataType, _ datumName: String, _ number: NumberFacts, loinc: String? = nil, loincBeside: String? = nil,
        parts: [String: NumberFacts] = [:], softPerMinute: Double? = nil
    ) {
        self.type = type
        self.datumName = datumName
        self.number = number
        self.loinc = loinc ?? number.loinc
        self.loincBeside = loincBeside
        self.parts = parts
        self.softPerMinute = softPerMinute
    }
}

/// A row for every data type.
public enum TypeCatalogue {
    public static let rows: [TypeFacts] = DataType.allCases.map(facts(of:))

    public static func facts(of type: DataType) -> TypeFacts {
        switch type {
        case .steps: TypeFacts(.steps, "step count", steps, softPerMinute: 300)
        case .distance: TypeFacts(.distance, "distance reading", distance)
        case .activeEnergy: TypeFacts(.activeEnergy, "energy reading", activeEnergy)
        case .workout:
            TypeFacts(
                .workout, "workout", duration, loinc: "73985-4",
                parts: ["duration": duration, "distance": distance, "energy": workoutEnergy])
        case .heartRate: TypeFacts(.heartRate, "heart rate reading", heartRate)
        case .restingHeartRate: TypeFacts(.restingHeartRate, "resting heart rate reading", restingHeartRate)
        case .heartRateVariabilitySDNN:
            TypeFacts(.heartRateVariabilitySDNN, "heart rate variability reading", variability)
        case .bloodPressure:
            TypeFacts(
                .bloodPressure, "blood pressure reading", systolic, loinc: "85354-9",
                parts: ["systolic": systolic, "diastolic": diastolic])
        case .oxygenSaturation: TypeFacts(.oxygenSaturation, "blood oxygen reading", saturation, loincBeside: "2708-6")
        case .respiratoryRate: TypeFacts(.respiratoryRate, "breathing rate reading", respiratoryRate)
        case .vo2Max: TypeFacts(.vo2Max, "cardio fitness reading", vo2Max)
        case .bodyTemperature: TypeFacts(.bodyTemperature, "body temperature reading", temperature)
        case .bodyWeight: TypeFacts(.bodyWeight, "weight reading", weight)
        case .bodyHeight: TypeFacts(.bodyHeight, "height reading", height)
        case .bodyMassIndex: TypeFacts(.bodyMassIndex, "body mass index reading", bodyMassIndex)
        case .bodyFat: TypeFacts(.bodyFat, "body fat reading", bodyFat)
        case .bloodGlucose: TypeFacts(.bloodGlucose, "blood glucose reading", glucose)
        case .sleepStage: TypeFacts(.sleepStage, "sleep stage", sleepStage)
        }
    }

    static let steps = NumberFacts(
        "{steps}", "steps", loinc: "55423-8", hard: Limits(1, 1_000_000), soft: Limits(1, 100_000))
    static let distance = NumberFacts("m", "metres", hard: Limits(0, 1_000_000), soft: Limits(0, 160_000))
    static let activeEnergy = NumberFacts(
        "kcal", "kilocalories", loinc: "41981-2", hard: Limits(0, 1_000_000), soft: Limits(0, 20_000))
    static let workoutEnergy = NumberFacts(
        "kcal", "kilocalories", loinc: "55424-6", hard: Limits(0, 1_000_000), soft: Limits(0, 20_000))
    static let duration = NumberFacts(
        "min", "minutes", loinc: "55411-3", hard: Limits(0, 168 * 60), soft: Limits(0, 24 * 60))
    static let heartRate = NumberFacts(
        "/min", "beats per minute", loinc: "8867-4", hard: Limits(1, 300), soft: Limits(25, 250))
    static let restingHeartRate = NumberFacts(
        "/min", "beats per minute", loinc: "40443-4", hard: Limits(1, 300), soft: Limits(25, 150))
    static let variability = NumberFacts(
        "ms", "milliseconds", loinc: "80404-7", hard: Limits(above: 0, 1000), soft: Limits(1, 400))
    static let systolic = NumberFacts(
        "mm[Hg]", "mmHg", loinc: "8480-6", hard: Limits(20, 300), soft: Limits(50, 260))
    static let diastolic = NumberFacts(
        "mm[Hg]", "mmHg", loinc: "8462-4", hard: Limits(10, 300), soft: Limits(20, 180))
    static let saturation = NumberFacts("%", "percent", loinc: "59408-5", hard: Limits(0, 100), soft: Limits(50, 100))
    static let respiratoryRate = NumberFacts(
        "/min", "breaths per minute", loinc: "9279-1", hard: Limits(0, 1000), soft: Limits(4, 60))
    static let vo2Max = NumberFacts(
        "mL/kg/min", "millilitres per kilogram and minute", hard: Limits(0, 100), soft: Limits(10, 95))
    static let temperature = NumberFacts(
        "Cel", "degrees Celsius", loinc: "8310-5", hard: Limits(0, 100), soft: Limits(30, 43))
    static let weight = NumberFacts("kg", "kilograms", loinc: "29463-7", hard: Limits(0, 1000), soft: Limits(1, 400))
    static let height = NumberFacts("cm", "centimetres", loinc: "8302-2", hard: Limits(0, 300), soft: Limits(30, 260))
    static let bodyMassIndex = NumberFacts(
        "kg/m2", "kilograms per square metre", loinc: "39156-5", hard: Limits(above: 0, 200), soft: Limits(8, 100))
    static let bodyFat = NumberFacts("%", "percent", loinc: "41982-0", hard: Limits(0, 100), soft: Limits(2, 75))
    // 2339-0 claims no method: a source rarely says whether a meter or a sensor under the skin measured.
    static let glucose = NumberFacts(
        "mg/dL", "milligrams per decilitre", loinc: "2339-0", hard: Limits(0, 1000), soft: Limits(10, 600))
    static let sleepStage = NumberFacts("h", "hours", hard: Limits(0, 24), soft: Limits(0, 18))
}
