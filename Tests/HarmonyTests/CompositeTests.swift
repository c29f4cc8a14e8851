// Readings that are more than one number: blood pressure, sleep, workouts.

import Domain
import Harmony
import Testing

struct CompositeTests {
    @Test("F1: both pressures arrive as one item")
    func bloodPressure() throws {
        let pair = Reading.Value.pair(systolic: "120", diastolic: "80.0", unit: "mmHg")
        let item = try #require(kept(sampleReading("HKCorrelationTypeIdentifierBloodPressure", pair)))
        guard case .bloodPressure(let systolic, let diastolic) = item.value else {
            Issue.record("not a blood pressure")
            return
        }
        #expect(said(systolic) == "120 mm[Hg]")
        #expect(said(diastolic) == "80.0 mm[Hg]")
        #expect(!item.isUnusual)
    }

    @Test("F1: a lower pressure that is not below the upper is kept and marked unusual")
    func crossedPressures() throws {
        let pair = Reading.Value.pair(systolic: "80", diastolic: "120", unit: "mmHg")
        let item = try #require(kept(sampleReading("HKCorrelationTypeIdentifierBloodPressure", pair)))
        #expect(item.isUnusual)
    }

    @Test(
        "F1: one pressure alone is left to the pair that carries both",
        arguments: ["BloodPressureSystolic", "BloodPressureDiastolic"])
    func halves(_ kind: String) {
        #expect(outcome(quantity(kind, "120", "mmHg")) == .refused(.carriedByItsPair, .bloodPressure))
    }

    @Test(
        "F1: each of Apple's sleep codes has its stage",
        arguments: [
            ("InBed", SleepStage.inBed), ("AsleepUnspecified", .asleepUnspecified), ("Asleep", .asleepUnspecified),
            ("Awake", .awake), ("AsleepREM", .asleepREM), ("AsleepCore", .asleepCore), ("AsleepDeep", .asleepDeep),
        ])
    func sleep(_ code: String, _ stage: SleepStage) throws {
        let value = Reading.Value.code("HKCategoryValueSleepAnalysis" + code)
        let item = try #require(kept(sampleReading("HKCategoryTypeIdentifierSleepAnalysis", value)))
        #expect(item.type == .sleepStage)
        #expect(item.value == .sleepStage(stage))
    }

    @Test("F1: a stage of nineteen hours is unusual, one of twenty-five hours is impossible")
    func longSleep() {
        let kind = "HKCategoryTypeIdentifierSleepAnalysis"
        let value = Reading.Value.code("HKCategoryValueSleepAnalysisInBed")
        let start = later(.hours(-30))
        #expect(kept(sampleReading(kind, value, start: start, end: later(.hours(-11))))?.isUnusual == true)
        let tooLong = sampleReading(kind, value, start: start, end: later(.hours(-5)))
        #expect(outcome(tooLong) == .refused(.impossible, .sleepStage))
    }

    @Test("F1: a workout arrives in minutes, metres and kilocalories")
    func workout() throws {
        let sent = WorkoutReading(
            activity: "HKWorkoutActivityTypeRunning", duration: .init(text: "0.5", unit: "hr"),
            distance: .init(text: "3.1", unit: "mi"), energy: .init(text: "301.5", unit: "Cal"))
        let item = try #require(kept(sampleReading("HKWorkout", .workout(sent))))
        guard case .workout(let workout) = item.value else {
            Issue.record("not a workout")
            return
        }
        #expect(workout.activity == "running")
        #expect(workout.duration.map(said) == "30 min")
        #expect(workout.distance.map(said) == "4988.9664 m")
        #expect(workout.energy.map(said) == "301.5 kcal")
    }

    @Test(
        "F1: activities become plain words, and what is not one of Apple's names is `other`",
        arguments: [
            ("HKWorkoutActivityTypeTraditionalStrengthTraining", "traditional_strength_training"),
            ("HKWorkoutActivityTypeTaiChi", "tai_chi"), ("HKWorkoutActivityTypeOther", "other"),
            ("HKWorkoutActivityType(rawValue: 46)", "other"), ("HKWorkoutActivityType", "other"),
            ("HKWorkoutActivityTypeAnna’sRun", "other"), ("Anna's morning run", "other"), ("", "other"),
        ])
    func activities(_ name: String, _ plain: String) throws {
        let item = try #require(kept(sampleReading("HKWorkout", .workout(WorkoutReading(activity: name)))))
        #expect(item.value == .workout(Workout(activity: plain, duration: nil, distance: nil, energy: nil)))
    }

    @Test("F1: one bad number refuses the whole workout")
    func badWorkouts() {
        func refusal(_ duration: WorkoutReading.Amount?, _ distance: WorkoutReading.Amount?) -> Harmonised {
            let sent = WorkoutReading(activity: "HKWorkoutActivityTypeYoga", duration: duration, distance: distance)
            return outcome(sampleReading("HKWorkout", .workout(sent)))
        }
        #expect(refusal(.init(text: "5", unit: "fortnight"), nil) == .refused(.unknownUnit, .workout))
        #expect(refusal(.init(text: "five", unit: "min"), nil) == .refused(.notANumber, .workout))
        #expect(refusal(.init(text: "169", unit: "hr"), nil) == .refused(.impossible, .workout))
        #expect(refusal(nil, .init(text: "-1", unit: "m")) == .refused(.impossible, .workout))
    }
}
