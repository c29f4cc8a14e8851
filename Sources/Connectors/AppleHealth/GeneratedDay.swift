// What the invented person does on one day, and what her devices measure of it. All sections of a day agree: she runs, her
// heart is fast and her steps are many at the same time.

struct GeneratedDay {
    struct Training {
        var activity: String
        var start: Int64
        var seconds: Int64
        var metresPerMinute: Int
        var distanceKind: String?
    }

    let day: Int
    let midnight: Int64
    let wake: Int64
    let bedtime: Int64
    let previousBedtime: Int64
    let restingRate: Int
    let liveliness: Int
    let isIll: Bool
    let training: Training?

    init(_ day: Int, seed: UInt64) {
        self.day = day
        midnight = Int64(day) * 86_400
        // 1970-01-01 was a Thursday.
        let weekday = (day + 3) % 7
        var dice = Self.dice(day, seed)
        wake = midnight + Int64((weekday >= 5 ? 7 * 60 + 45 : 6 * 60 + 30) + dice.draw(-20...35)) * 60
        liveliness = dice.draw(55...130)
        isIll = day % 41 < 2
        restingRate = 57 + dice.draw(-2...3) + (isIll ? 9 : 0)
        bedtime = Self.bedtime(day, seed)
        previousBedtime = Self.bedtime(day - 1, seed)
        let evening = midnight + Int64(17 * 60 + 30 + dice.draw(0...50)) * 60
        let seconds = Int64(dice.draw(26 * 60...58 * 60))
        training =
            switch isIll ? 6 : weekday {
            case 1:
                Training(
                    activity: "Running", start: evening, seconds: seconds, metresPerMinute: 165,
                    distanceKind: "DistanceWalkingRunning")
            case 3:
                Training(activity: "TraditionalStrengthTraining", start: evening, seconds: seconds, metresPerMinute: 0)
            case 4: Training(activity: "Yoga", start: evening, seconds: seconds, metresPerMinute: 0)
            case 5:
                Training(
                    activity: "Cycling", start: midnight + 10 * 3600, seconds: seconds * 2, metresPerMinute: 330,
                    distanceKind: "DistanceCycling")
            case 6:
                isIll
                    ? nil
                    : Training(
                        activity: "Walking", start: midnight + 15 * 3600, seconds: seconds, metresPerMinute: 85,
                        distanceKind: "DistanceWalkingRunning")
            default: nil
            }
    }

    private static func dice(_ day: Int, _ seed: UInt64) -> SplitMix64 {
        var dice = SplitMix64(seed: seed &+ 0x5851_F42D_4C95_7F2D)
        return SplitMix64(seed: dice.next() ^ UInt64(bitPattern: Int64(day)))
    }

    private static func bedtime(_ day: Int, _ seed: UInt64) -> Int64 {
        var dice = Self.dice(day, seed ^ 0xB)
        return Int64(day) * 86_400 + Int64(22 * 60 + 20 + dice.draw(0...70)) * 60
    }

    private func isTraining(_ moment: Int64) -> Bool {
        guard let training else { return false }
        return (training.start..<(training.start + training.seconds)).contains(moment)
    }

    /// Steps of a quarter of an hour: mornings, middays and evenings are lively.
    private func steps(at moment: Int64, _ dice: inout SplitMix64) -> Int {
        guard moment >= wake, moment < bedtime else { return 0 }
        if isTraining(moment) {
            guard let training, training.distanceKind == "DistanceWalkingRunning" else { return dice.draw(0...60) }
            return training.metresPerMinute * 15 * dice.draw(95...110) / 90
        }
        let hour = Int(moment - midnight) / 3600
        let busy = [7: 5, 8: 9, 12: 8, 13: 5, 17: 9, 18: 7][hour] ?? 3
        guard dice.chance(isIll ? 20 : 60) else { return 0 }
        return dice.draw(8...70) * busy * liveliness / (isIll ? 300 : 100)
    }

    private func heartRate(at moment: Int64, _ dice: inout SplitMix64) -> Int {
        if isTraining(moment) {
            return (training?.activity == "Yoga" ? 88 : training?.activity == "Walking" ? 108 : 142)
                + dice.draw(-9...16)
        }
        if moment < wake || moment >= bedtime { return restingRate - 3 + dice.draw(-4...6) }
        return restingRate + 14 + dice.draw(-6...24) * liveliness / 100
    }
}

extension GeneratedDay {
    typealias Section = @Sendable (GeneratedDay, inout SplitMix64, inout ExportWriter) -> Void

    /// Apple writes kind by kind, and within a kind by time.
    static let sections: [Section] = [
        { day, dice, out in day.writeMovement("StepCount", &dice, &out) },
        { day, dice, out in day.writeMovement("DistanceWalkingRunning", &dice, &out) },
        { day, dice, out in day.writeMovement("ActiveEnergyBurned", &dice, &out) },
        { day, dice, out in day.writeHeart(&dice, &out) },
        { day, dice, out in day.writeMorning(&dice, &out) },
        { day, dice, out in day.writeNight(&dice, &out) },
        { day, dice, out in day.writeBody(&dice, &out) },
        { day, dice, out in day.writeGlucose(&dice, &out) },
        { day, dice, out in day.writeSleep(&dice, &out) },
        { day, dice, out in day.writeBloodPressure(&dice, &out) },
        { day, dice, out in day.writeWorkout(&dice, &out) },
        { day, _, out in out.activitySummary(day: day.day, kilocalories: 4 * day.liveliness, exerciseMinutes: 31) },
    ]

    private func writeMovement(_ kind: String, _ dice: inout SplitMix64, _ out: inout ExportWriter) {
        // Its own dice, so that steps, distance and energy tell of the same quarter hours.
        var walk = SplitMix64(seed: UInt64(bitPattern: Int64(day)) &* 0xD134_2543_DE82_EF95)
        for quarter in 0..<96 {
            let start = midnight + Int64(quarter) * 900
            let steps = steps(at: start, &walk)
            let finish = start + 600 + Int64(steps % 240)
            guard steps > 0 else { continue }
            switch kind {
            case "StepCount": out.record(kind, unit: "count", steps, scale: 0, by: .phone, from: start, to: finish)
            case "DistanceWalkingRunning":
                out.record(kind, unit: "km", steps * 71, scale: 5, by: .phone, from: start, to: finish)
            default:
                let energy = steps * 41 + dice.draw(300...2_400)
                out.record(kind, unit: "Cal", energy, scale: 3, by: .watch, from: start, to: finish)
            }
        }
    }

    private func writeHeart(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        var moment = midnight + Int64(dice.draw(5...200))
        while moment < midnight + 86_400 {
            let rate = heartRate(at: moment, &dice)
            out.record("HeartRate", unit: "count/min", rate, scale: 0, by: .watch, from: moment, to: moment)
            moment += Int64(isTraining(moment) ? dice.draw(40...80) : dice.draw(270...700))
        }
    }

    private func writeMorning(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        let noon = midnight + 43_200
        out.record("RestingHeartRate", unit: "count/min", restingRate, scale: 0, by: .watch, from: wake, to: noon)
        for part in 0..<4 {
            let start = midnight + 3_600 * Int64(2 + part * 5) + Int64(dice.draw(0...1_800))
            let spread = dice.draw(28_000...74_000) - (isIll ? 14_000 : 0)
            out.record(
                "HeartRateVariabilitySDNN", unit: "ms", spread, scale: 3, by: .watch, from: start, to: start + 60)
        }
        guard let training, training.activity == "Running" else { return }
        let finish = training.start + training.seconds
        out.record(
            "VO2Max", unit: "mL/min·kg", 3_800 + dice.draw(-60...90), scale: 2, by: .watch, from: finish, to: finish)
    }

    private func writeNight(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        for part in 1...6 {
            let moment = midnight + Int64(part) * 3_000 + Int64(dice.draw(0...900))
            let oxygen = dice.draw(94...99) - (isIll ? 2 : 0)
            out.record("OxygenSaturation", unit: "%", oxygen, scale: 2, by: .watch, from: moment, to: moment + 15)
            let breaths = dice.draw(128...165) + (isIll ? 25 : 0)
            out.record(
                "RespiratoryRate", unit: "count/min", breaths, scale: 1, by: .watch, from: moment + 20, to: moment + 80)
        }
        guard isIll || day % 9 == 0 else { return }
        let fahrenheit = (isIll ? 1_009 : 979) + dice.draw(-4...6)
        out.record("BodyTemperature", unit: "degF", fahrenheit, scale: 1, by: .hand, from: wake + 600, to: wake + 600)
    }

    private func writeBody(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        guard day % 2 == 0 else { return }
        let moment = wake + 900
        let pounds = 1_455 + dice.draw(-9...9) + day % 60 / 6
        out.record("BodyMass", unit: "lb", pounds, scale: 1, by: .scale, from: moment, to: moment)
        // 0.45359237 kg to the pound, and her height squared is 2.8224 m².
        let index = pounds * 45_359_237 / 282_240_000
        out.record("BodyMassIndex", unit: "count", index, scale: 1, by: .scale, from: moment, to: moment)
        let fat = 281 + dice.draw(-5...5)
        out.record("BodyFatPercentage", unit: "%", fat, scale: 3, by: .scale, from: moment, to: moment)
    }

    private func writeGlucose(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        for (hours, middle) in [(0, 51), (7, 68)] {
            let moment = wake + 1_200 + Int64(hours) * 3_600
            let glucose = middle + dice.draw(-5...9)
            out.record(
                "BloodGlucose", unit: "mmol&lt;180.1558800000541&gt;/L", glucose, scale: 1, by: .meter, from: moment,
                to: moment)
        }
    }

    private func writeSleep(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        out.sleep("InBed", by: .phone, from: previousBedtime, to: wake)
        var moment = previousBedtime + Int64(dice.draw(400...1_500))
        out.sleep("Awake", by: .watch, from: previousBedtime, to: moment)
        var isLate = false
        while moment < wake {
            isLate = moment > previousBedtime + 4 * 3600
            let pieces = [
                ("AsleepCore", dice.draw(15...40)), ("AsleepDeep", isLate ? dice.draw(3...9) : dice.draw(20...45)),
                ("AsleepCore", dice.draw(8...20)), ("AsleepREM", isLate ? dice.draw(20...38) : dice.draw(6...15)),
                ("Awake", dice.draw(1...6)),
            ]
            for (stage, minutes) in pieces where moment < wake {
                let finish = min(wake, moment + Int64(minutes) * 60)
                out.sleep(stage, by: .watch, from: moment, to: finish)
                moment = finish
            }
        }
    }

    private func writeBloodPressure(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        guard day % 3 == 0 else { return }
        out.bloodPressure(systolic: dice.draw(112...131), diastolic: dice.draw(70...84), at: wake + 1_500)
    }

    private func writeWorkout(_ dice: inout SplitMix64, _ out: inout ExportWriter) {
        guard let training else { return }
        let minutes = Int(training.seconds / 60)
        let metres = minutes * training.metresPerMinute + dice.draw(0...400)
        out.workout(
            training.activity, from: training.start, seconds: training.seconds,
            kilocalories: minutes * dice.draw(5...10),
            distance: training.distanceKind.map { (kind: $0, metres: metres) })
    }
}
