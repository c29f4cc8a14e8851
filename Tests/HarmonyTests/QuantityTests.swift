// Every type and every unit that Apple Health may use for it, with the exact text that comes out.

import Domain
import Harmony
import Testing

struct QuantityTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: String
        let text: String
        let unit: String
        let type: DataType
        let ours: String
        /// Nil when the number and the unit were ours already.
        let asSent: String?

        init(_ kind: String, _ text: String, _ unit: String, _ type: DataType, _ ours: String, asSent: Bool = true) {
            self.kind = kind
            self.text = text
            self.unit = unit
            self.type = type
            self.ours = ours
            self.asSent = asSent ? "\(text) \(unit)" : nil
        }

        var testDescription: String { "\(text) \(unit) of \(kind) is \(ours)" }
    }

    static let cases: [Case] = [
        Case("StepCount", "112", "count", .steps, "112 {steps}"),
        Case("DistanceWalkingRunning", "0.051", "km", .distance, "51 m"),
        Case("DistanceWalkingRunning", "5.0", "km", .distance, "5000 m"),
        Case("DistanceWalkingRunning", "1.5", "mi", .distance, "2414.016 m"),
        Case("DistanceWalkingRunning", "100", "ft", .distance, "30.48 m"),
        Case("DistanceWalkingRunning", "100", "yd", .distance, "91.44 m"),
        Case("DistanceWalkingRunning", "12.50", "m", .distance, "12.50 m", asSent: false),
        Case("ActiveEnergyBurned", "2.340", "Cal", .activeEnergy, "2.340 kcal"),
        Case("ActiveEnergyBurned", "2.34", "kcal", .activeEnergy, "2.34 kcal", asSent: false),
        Case("ActiveEnergyBurned", "2340", "cal", .activeEnergy, "2.34 kcal"),
        Case("ActiveEnergyBurned", "10", "kJ", .activeEnergy, "2.39 kcal"),
        Case("ActiveEnergyBurned", "10.0", "kJ", .activeEnergy, "2.39 kcal"),
        Case("ActiveEnergyBurned", "4.184", "kJ", .activeEnergy, "1 kcal"),
        Case("HeartRate", "74", "count/min", .heartRate, "74 /min"),
        Case("HeartRate", "74.00", "count/min", .heartRate, "74.00 /min"),
        Case("HeartRate", "74", "/min", .heartRate, "74 /min", asSent: false),
        Case("RestingHeartRate", "52", "count/min", .restingHeartRate, "52 /min"),
        Case("HeartRateVariabilitySDNN", "48.1234", "ms", .heartRateVariabilitySDNN, "48.1234 ms", asSent: false),
        Case("HeartRateVariabilitySDNN", "0.0481", "s", .heartRateVariabilitySDNN, "48.1 ms"),
        Case("OxygenSaturation", "0.97", "%", .oxygenSaturation, "97 %"),
        Case("OxygenSaturation", "1", "%", .oxygenSaturation, "100 %"),
        Case("OxygenSaturation", "0.985", "%", .oxygenSaturation, "98.5 %"),
        Case("OxygenSaturation", "97", "%", .oxygenSaturation, "97 %", asSent: false),
        Case("RespiratoryRate", "14.5", "count/min", .respiratoryRate, "14.5 /min"),
        Case("BodyTemperature", "36.60", "degC", .bodyTemperature, "36.60 Cel"),
        Case("BodyTemperature", "98.6", "degF", .bodyTemperature, "37 Cel"),
        Case("BodyTemperature", "98", "degF", .bodyTemperature, "36.67 Cel"),
        Case("BodyTemperature", "99.5", "degF", .bodyTemperature, "37.5 Cel"),
        Case("BodyTemperature", "97.9", "degF", .bodyTemperature, "36.611 Cel"),
        Case("BodyMass", "165.3", "lb", .bodyWeight, "74.978818761 kg"),
        Case("BodyMass", "2645", "oz", .bodyWeight, "74.984488665625 kg"),
        Case("BodyMass", "11.5", "st", .bodyWeight, "73.02837157 kg"),
        Case("BodyMass", "75000", "g", .bodyWeight, "75 kg"),
        Case("BodyMass", "75.0", "kg", .bodyWeight, "75.0 kg", asSent: false),
        Case("Height", "70", "in", .bodyHeight, "177.8 cm"),
        Case("Height", "5.5", "ft", .bodyHeight, "167.64 cm"),
        Case("Height", "1.78", "m", .bodyHeight, "178 cm"),
        Case("Height", "178", "cm", .bodyHeight, "178 cm", asSent: false),
        Case("BodyMassIndex", "23.4", "count", .bodyMassIndex, "23.4 kg/m2"),
        Case("BodyFatPercentage", "0.225", "%", .bodyFat, "22.5 %"),
        Case("BodyFatPercentage", "22.5", "%", .bodyFat, "22.5 %", asSent: false),
        Case("BloodGlucose", "97", "mg/dL", .bloodGlucose, "97 mg/dL", asSent: false),
        Case("BloodGlucose", "5.4", "mmol/L", .bloodGlucose, "97.284186 mg/dL"),
        Case("BloodGlucose", "5.4", "mmol<180.15588000005408>/L", .bloodGlucose, "97.284186 mg/dL"),
        Case("BloodGlucose", "5.4", "mmol<180.1558800000541>/L", .bloodGlucose, "97.284186 mg/dL"),
        Case("VO2Max", "41.2", "mL/min·kg", .vo2Max, "41.2 mL/kg/min"),
        Case("VO2Max", "41.2", "mL/(kg·min)", .vo2Max, "41.2 mL/kg/min"),
        Case("VO2Max", "41.2", "ml/kg*min", .vo2Max, "41.2 mL/kg/min"),
    ]

    @Test(
        "F1: every quantity arrives in our unit with an exact number, and what was sent stays beside it",
        arguments: cases)
    func quantityArrives(_ each: Case) throws {
        let item = try #require(kept(quantity(each.kind, each.text, each.unit)))
        #expect(item.type == each.type)
        guard case .quantity(let measure, let asSent) = item.value else {
            Issue.record("not a quantity")
            return
        }
        #expect(said(measure) == each.ours)
        #expect(asSent.map(said) == each.asSent)
        #expect(measure.unit == TypeCatalogue.facts(of: each.type).unit)
        #expect(!item.isUnusual)
    }

    @Test("F1: the table above leaves out no data type that is one quantity")
    func tableIsComplete() {
        let others: Set<DataType> = [.workout, .bloodPressure, .sleepStage]
        #expect(Set(Self.cases.map(\.type)) == Set(DataType.allCases).subtracting(others))
    }

    @Test("F1: a number longer than a double is converted without overflow, rounded far behind what matters")
    func longNumbers() throws {
        let digits = "165.3000000000000000000000000000001"
        let item = try #require(kept(quantity("BodyMass", digits, "lb")))
        guard case .quantity(let measure, let asSent) = item.value else {
            Issue.record("not a quantity")
            return
        }
        #expect(measure.number.text == "74.978818761")
        #expect(asSent?.number.text == digits)
    }

    @Test(
        "F1: quotients that do not end are rounded half to even",
        arguments: [("37.00", "0.6167"), ("90", "1.5"), ("0.3", "0.005"), ("1.5", "0.025"), ("61", "1.02")])
    func secondsBecomeMinutes(_ seconds: String, _ minutes: String) throws {
        let duration = WorkoutReading.Amount(text: seconds, unit: "s")
        let workout = WorkoutReading(activity: "HKWorkoutActivityTypeYoga", duration: duration)
        let item = try #require(kept(sampleReading("HKWorkout", .workout(workout))))
        guard case .workout(let found) = item.value else {
            Issue.record("not a workout")
            return
        }
        #expect(found.duration.map(said) == "\(minutes) min")
    }
}
