// What a good export becomes: plain readings in Apple's own words.

import Connectors
import Domain
import Testing

@Suite("F1: an Apple Health export becomes readings")
struct ExportReadingTests {
    @Test("F1: a record arrives with its kind, number, unit, times and origin exactly as Apple wrote them")
    func recordIsKeptAsSent() throws {
        let trial = ExportTrial.path(try Fixture.path("apple-health-parser.xml"))
        #expect(trial.error == nil)
        #expect(trial.readings.count == 8)
        let first = try #require(trial.readings.first)
        #expect(first.source == .appleHealth)
        #expect(first.kind == "HKQuantityTypeIdentifierHeartRate")
        #expect(first.value == .quantity(text: "74", unit: "count/min"))
        #expect(first.start.rfc3339 == "2024-01-01T01:01:36+02:00")
        #expect(first.end.rfc3339 == "2024-01-01T01:01:36+02:00")
        #expect(first.origin == "Alexandre's Apple Watch")
        #expect(
            first.device
                == "<<HKDevice: 0x3012772a0>, name:Apple Watch, manufacturer:Apple Inc., model:Watch, "
                + "hardware:Watch6,7, software:10.2>")
        #expect(!first.isUserEntered)
        #expect(trial.readings.last?.value == .code("HKCategoryValueSleepAnalysisAsleepCore"))
    }

    @Test("F1: export.zip holds the same readings as its export.xml, and the rest of the archive is not looked at")
    func archiveEqualsFile() throws {
        let file = ExportTrial.path(try Fixture.path("apple-health-parser.xml"))
        let archive = ExportTrial.path(try Fixture.path("apple-health-parser.zip"))
        #expect(archive.error == nil)
        #expect(archive.readings == file.readings)
        #expect(archive.summary == file.summary)
    }

    @Test("F1: a workout brings its activity, duration, distance and energy, and its route stays behind")
    func workoutWithAttributes() throws {
        let trial = ExportTrial.path(try Fixture.path("healthkit-to-sqlite.xml"))
        #expect(trial.error == nil)
        #expect(trial.readings.count == 3)
        #expect(trial.summary?.passedOver == 2)
        let workout = try #require(trial.readings.last)
        #expect(workout.kind == "HKWorkout")
        #expect(
            workout.value
                == .workout(
                    WorkoutReading(
                        activity: "HKWorkoutActivityTypeRunning",
                        duration: .init(text: "5.19412346680959", unit: "min"),
                        distance: .init(text: "0.4971749504535062", unit: "mi"),
                        energy: .init(text: "48.74499999999999", unit: "kcal"))))
        #expect(workout.start.rfc3339 == "2016-11-14T07:25:41-07:00")
    }

    @Test("F1: what a workout says in its statistics fills only what its own attributes leave open")
    func workoutWithStatistics() {
        let trial = ExportTrial.elements(
            """
            <Workout workoutActivityType="HKWorkoutActivityTypeSwimming" duration="31.5" durationUnit="min" \
            totalDistance="1" totalDistanceUnit="km" sourceName="Watch" startDate="2026-10-31 23:00:00 +0200" \
            endDate="2026-10-31 23:31:30 +0200">
              <MetadataEntry key="HKWasUserEntered" value="1"/>
              <WorkoutActivity><WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" sum="9" unit="Cal"/>
              </WorkoutActivity>
              <WorkoutStatistics type="HKQuantityTypeIdentifierHeartRate" average="120" unit="count/min"/>
              <WorkoutStatistics type="HKQuantityTypeIdentifierActiveEnergyBurned" sum="310.5" unit="Cal"/>
              <WorkoutStatistics type="HKQuantityTypeIdentifierDistanceSwimming" sum="990" unit="m"/>
            </Workout>
            """)
        #expect(
            trial.readings.map(\.value) == [
                .workout(
                    WorkoutReading(
                        activity: "HKWorkoutActivityTypeSwimming", duration: .init(text: "31.5", unit: "min"),
                        distance: .init(text: "1", unit: "km"), energy: .init(text: "310.5", unit: "Cal")))
            ])
        #expect(trial.readings.first?.isUserEntered == true)
    }

    @Test("F1: a blood pressure is one reading with both its halves, beside the two lone records that Apple repeats")
    func bloodPressureIsAPair() {
        func half(_ name: String, _ value: String) -> String {
            recordElement(type: "HKQuantityTypeIdentifierBloodPressure\(name)", unit: "mmHg", value: value)
        }
        let both = half("Systolic", "121") + half("Diastolic", "79")
        let trial = ExportTrial.elements(
            """
            \(both)
            <Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" \
            startDate="2026-10-31 23:00:00 +0200" endDate="2026-10-31 23:00:00 +0200">\(both)</Correlation>
            <Correlation type="HKCorrelationTypeIdentifierFood" sourceName="Phone" \
            startDate="2026-10-31 23:00:00 +0200" endDate="2026-10-31 23:00:00 +0200">\(half("Systolic", "1"))</Correlation>
            <Correlation type="HKCorrelationTypeIdentifierBloodPressure" sourceName="Cuff" \
            startDate="2026-10-31 23:00:00 +0200" endDate="2026-10-31 23:00:00 +0200">\(half("Systolic", "1"))</Correlation>
            """)
        #expect(
            trial.readings.map(\.value) == [
                .quantity(text: "121", unit: "mmHg"), .quantity(text: "79", unit: "mmHg"),
                .pair(systolic: "121", diastolic: "79", unit: "mmHg"),
            ])
        #expect(trial.readings.last?.kind == "HKCorrelationTypeIdentifierBloodPressure")
        #expect(trial.readings.last?.origin == "Cuff")
        #expect(trial.summary?.malformed == 1)
        #expect(trial.summary?.passedOver == 1)
    }

    @Test("F1: what was typed in by hand says so, and only that record does")
    func userEntered() {
        let yes = "<MetadataEntry key=\"HKWasUserEntered\" value=\"1\"/>"
        let no = "<MetadataEntry key=\"HKWasUserEntered\" value=\"0\"/><MetadataEntry key=\"Other\" value=\"1\"/>"
        let trial = ExportTrial.elements(
            recordElement(value: "1") + recordElement(value: "2", inside: yes) + recordElement(value: "3", inside: no))
        #expect(trial.readings.map(\.isUserEntered) == [false, true, false])
    }

    @Test("F1: an unknown unit and an impossible number are passed on as they are, for harmonising to refuse")
    func nothingIsJudgedHere() {
        let trial = ExportTrial.elements(
            recordElement(unit: "jin", value: "9999")
                + recordElement(unit: "mmol&lt;180.1558800000541&gt;/L", value: "5.4")
                + recordElement(type: "HKQuantityTypeIdentifierUVExposure", unit: nil, value: "two"))
        #expect(
            trial.readings.map(\.value) == [
                .quantity(text: "9999", unit: "jin"), .quantity(text: "5.4", unit: "mmol<180.1558800000541>/L"),
                .quantity(text: "two", unit: ""),
            ])
        #expect(trial.summary?.malformed == 0)
    }

    @Test("F1: a record without kind, start or value, or with a date that is none, is counted and nothing else is lost")
    func malformedIsCounted() {
        let bad = [
            recordElement(type: nil), recordElement(start: nil), recordElement(value: nil), recordElement(value: ""),
            recordElement(start: "2026-02-30 23:00:00 +0200"), recordElement(end: "2026-10-31T23:01:00+02:00"),
            recordElement(start: "2026-10-31 24:00:00 +0200"), recordElement(start: "2026-10-31 23:00:00 +1900"),
            recordElement(source: String(repeating: "a", count: 5_000)),
            "<Workout sourceName=\"Watch\" startDate=\"2026-10-31 23:00:00 +0200\"/>",
        ]
        let trial = ExportTrial.elements(bad.joined(separator: recordElement()) + recordElement())
        #expect(trial.error == nil)
        #expect(trial.readings.count == bad.count)
        #expect(trial.summary?.malformed == bad.count)
    }

    @Test(
        "F1: the offset of a date is kept beside the instant",
        arguments: [
            ("2026-10-31 23:00:00 +0200", "2026-10-31T23:00:00+02:00"),
            ("2019-03-10 01:59:59 -0330", "2019-03-10T01:59:59-03:30"),
            ("2024-02-29 00:00:00 +0000", "2024-02-29T00:00:00Z"),
            ("1969-12-31 23:59:59 +0545", "1969-12-31T23:59:59+05:45"),
        ])
    func datesKeepTheirOffset(written: String, meant: String) {
        let trial = ExportTrial.elements(recordElement(start: written, end: nil))
        #expect(trial.readings.first?.start.rfc3339 == meant)
        #expect(trial.readings.first?.end.rfc3339 == meant)
    }

    @Test("F1: escaped and foreign letters in a name arrive as the person wrote them")
    func namesAreUnescaped() {
        let trial = ExportTrial.elements(recordElement(source: "Zoë &amp; Łukasz&#x2019;s &lt;Watch&gt; ⌚️"))
        #expect(trial.readings.map(\.origin) == ["Zoë & Łukasz’s <Watch> ⌚️"])
    }

    @Test("F2: batches come in the order of the file, none larger than asked, and progress grows to the end")
    func batchesAndProgress() {
        let elements = (0..<25).map { recordElement(value: "\($0)") }.joined(separator: "\n")
        let bytes = Array("<HealthData>\(elements)</HealthData>".utf8)
        let trial = ExportTrial.bytes(bytes, batchOf: 10)
        #expect(trial.batches == [10, 10, 5])
        #expect(trial.readings.map(\.value) == (0..<25).map { .quantity(text: "\($0)", unit: "count/min") })
        #expect(trial.progress.map(\.records) == [10, 20, 25])
        #expect(trial.progress.last?.bytesRead == Int64(bytes.count))
        #expect(trial.progress.last?.bytesTotal == Int64(bytes.count))
        #expect(trial.summary?.readings == 25)
    }

    @Test("F2: an error of the receiver stops the reading and passes through unchanged")
    func receiverStops() throws {
        struct Enough: Error, Equatable { var after: Int }
        var calls = 0
        #expect(throws: Enough(after: 1)) {
            try ExportReader(path: Fixture.path("apple-health-parser.xml")).read(batchOf: 2) { _, _ in
                calls += 1
                throw Enough(after: calls)
            }
        }
        #expect(calls == 1)
    }
}
