// A workout or a blood pressure while its children still come.

import Domain

enum BloodPressure {
    static let correlation = "HKCorrelationTypeIdentifierBloodPressure"
    static let systolic = "HKQuantityTypeIdentifierBloodPressureSystolic"
    static let diastolic = "HKQuantityTypeIdentifierBloodPressureDiastolic"
}

struct Draft {
    var kind: String?
    var start: ZonedMoment?
    var end: ZonedMoment?
    var origin = ""
    var device: String?
    var isUserEntered = false
    var workout: WorkoutReading?
    var systolic: WorkoutReading.Amount?
    var diastolic: WorkoutReading.Amount?

    /// Nil when something that it needs was missing, or its two halves have different units.
    var reading: Reading? {
        guard let kind, let start, let end, let value else { return nil }
        return Reading(
            source: .appleHealth, kind: kind, value: value, start: start, end: end, origin: origin, device: device,
            isUserEntered: isUserEntered)
    }

    private var value: Reading.Value? {
        if let workout { return .workout(workout) }
        guard let systolic, let diastolic, systolic.unit == diastolic.unit else { return nil }
        return .pair(systolic: systolic.text, diastolic: diastolic.text, unit: systolic.unit)
    }
}
