// What Apple Health's own names mean in ours: kinds of record, sleep codes, workout activities. A name that is not here
// means nothing to us.

import Domain

/// What one kind of reading holds.
enum Meaning: Sendable {
    case quantity(QuantityRule)
    case bloodPressure
    case halfOfBloodPressure
    case sleepStage
    case workout
}

/// All that turning one quantity into ours needs, in one place so that a reading costs one look-up.
struct QuantityRule: Sendable {
    let type: DataType
    let units: UnitTable
    let hard: Limits
    let soft: Limits
    let softPerMinute: Double?

    init(_ type: DataType, _ units: UnitTable) {
        let facts = TypeCatalogue.facts(of: type)
        self.type = type
        self.units = units
        hard = facts.hard
        soft = facts.soft
        softPerMinute = facts.softPerMinute
    }
}

enum AppleKinds {
    static let meanings: [String: Meaning] = [
        "HKQuantityTypeIdentifierStepCount": .quantity(QuantityRule(.steps, .steps)),
        "HKQuantityTypeIdentifierDistanceWalkingRunning": .quantity(QuantityRule(.distance, .length)),
        "HKQuantityTypeIdentifierActiveEnergyBurned": .quantity(QuantityRule(.activeEnergy, .energy)),
        "HKQuantityTypeIdentifierHeartRate": .quantity(QuantityRule(.heartRate, .perMinute)),
        "HKQuantityTypeIdentifierRestingHeartRate": .quantity(QuantityRule(.restingHeartRate, .perMinute)),
        "HKQuantityTypeIdentifierHeartRateVariabilitySDNN":
            .quantity(QuantityRule(.heartRateVariabilitySDNN, .milliseconds)),
        "HKQuantityTypeIdentifierOxygenSaturation": .quantity(QuantityRule(.oxygenSaturation, .percent)),
        "HKQuantityTypeIdentifierRespiratoryRate": .quantity(QuantityRule(.respiratoryRate, .perMinute)),
        "HKQuantityTypeIdentifierBodyTemperature": .quantity(QuantityRule(.bodyTemperature, .temperature)),
        "HKQuantityTypeIdentifierBodyMass": .quantity(QuantityRule(.bodyWeight, .mass)),
        "HKQuantityTypeIdentifierHeight": .quantity(QuantityRule(.bodyHeight, .height)),
        "HKQuantityTypeIdentifierBodyMassIndex": .quantity(QuantityRule(.bodyMassIndex, .bodyMassIndex)),
        "HKQuantityTypeIdentifierBodyFatPercentage": .quantity(QuantityRule(.bodyFat, .percent)),
        "HKQuantityTypeIdentifierBloodGlucose": .quantity(QuantityRule(.bloodGlucose, .glucose)),
        "HKQuantityTypeIdentifierVO2Max": .quantity(QuantityRule(.vo2Max, .oxygenUptake)),
        "HKCategoryTypeIdentifierSleepAnalysis": .sleepStage,
        "HKCorrelationTypeIdentifierBloodPressure": .bloodPressure,
        "HKQuantityTypeIdentifierBloodPressureSystolic": .halfOfBloodPressure,
        "HKQuantityTypeIdentifierBloodPressureDiastolic": .halfOfBloodPressure,
        "HKWorkout": .workout,
    ]

    static func sleepStage(_ code: String) -> SleepStage? {
        switch code {
        case "HKCategoryValueSleepAnalysisInBed": .inBed
        case "HKCategoryValueSleepAnalysisAwake": .awake
        case "HKCategoryValueSleepAnalysisAsleepREM": .asleepREM
        case "HKCategoryValueSleepAnalysisAsleepCore": .asleepCore
        case "HKCategoryValueSleepAnalysisAsleepDeep": .asleepDeep
        case "HKCategoryValueSleepAnalysisAsleepUnspecified": .asleepUnspecified
        // Before stages were told apart (iOS 15 and older) the code was plain `Asleep`.
        case "HKCategoryValueSleepAnalysisAsleep": .asleepUnspecified
        default: nil
        }
    }

    /// `HKWorkoutActivityTypeTraditionalStrengthTraining` is `traditional_strength_training`; what does not look like
    /// one of Apple's names is `other`.
    static func activity(_ name: String) -> String {
        let prefix = "HKWorkoutActivityType"
        guard name.hasPrefix(prefix), name.utf8.count <= 80 else { return "other" }
        var words: [UInt8] = []
        for byte in name.utf8.dropFirst(prefix.utf8.count) {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                if let last = words.last, last != UInt8(ascii: "_") { words.append(UInt8(ascii: "_")) }
                words.append(byte | 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): words.append(byte)
            default: return "other"
            }
        }
        return words.isEmpty ? "other" : String(decoding: words, as: UTF8.self)
    }
}
