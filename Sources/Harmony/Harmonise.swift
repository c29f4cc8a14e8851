// Turns what a source said into what we mean, or says why it cannot. Pure and total: the same reading, key and time
// always give the same answer, whatever was asked before.

public import Domain

/// One reading. For many, keep a `Harmoniser`.
public func harmonise(_ reading: Reading, notAfter: Moment, key: ItemKey) -> Harmonised {
    var harmoniser = Harmoniser(key: key, notAfter: notAfter)
    return harmoniser.harmonise(reading)
}

/// Harmonises many readings, and remembers the few origins and devices that come again and again.
public struct Harmoniser: Sendable {
    private let key: ItemKey
    private let latest: Moment
    private var makers = MakerMemo()
    private var lastKind = ""
    private var lastMeaning: Meaning?

    /// Times after `notAfter` are refused; the caller adds its own tolerance for clocks that run ahead.
    public init(key: ItemKey, notAfter: Moment) {
        self.key = key
        latest = min(notAfter, Self.endOfTime)
    }

    public mutating func harmonise(_ reading: Reading) -> Harmonised {
        if lastMeaning == nil || lastKind != reading.kind {
            lastMeaning = meaning(of: reading)
            lastKind = reading.kind
        }
        guard let meaning = lastMeaning else { return .refused(.unknownKind, nil) }
        let type: DataType
        switch meaning {
        case .quantity(let rule): type = rule.type
        case .bloodPressure: type = .bloodPressure
        case .halfOfBloodPressure: return .refused(.carriedByItsPair, .bloodPressure)
        case .sleepStage: type = .sleepStage
        case .workout: type = .workout
        }
        if let refusal = refuseTimes(of: reading) { return .refused(refusal, type) }
        do throws(Refused) {
            let found = try read(reading, as: meaning)
            let maker = makers.maker(of: reading, key: key)
            let provenance = Provenance(
                source: reading.source, origin: maker.origin, manufacturer: maker.manufacturer, model: maker.model,
                isUserEntered: reading.isUserEntered)
            let item = Item(
                id: key.id(of: reading, from: maker), type: type, value: found.value, start: reading.start,
                end: reading.end, provenance: provenance, isUnusual: found.isUnusual)
            return .item(item)
        } catch {
            return .refused(error, type)
        }
    }

    private func meaning(of reading: Reading) -> Meaning? {
        switch reading.source {
        case .appleHealth: AppleKinds.meanings[reading.kind]
        }
    }

    // RFC 3339 has four digits for the year, and nobody wore a sensor before 1900.
    private static let startOfTime = Moment(seconds: -2_208_988_800)
    private static let endOfTime = Moment(seconds: 253_402_000_000)

    private func refuseTimes(of reading: Reading) -> Refused? {
        if reading.end.instant < reading.start.instant { return .endsBeforeItStarts }
        if reading.end.instant > latest { return .inTheFuture }
        if reading.start.instant < Self.startOfTime { return .impossible }
        let offsets = -1080...1080
        if !offsets.contains(reading.start.offsetMinutes) || !offsets.contains(reading.end.offsetMinutes) {
            return .impossible
        }
        return nil
    }
}

// Thrown only within this file: to a caller a refusal is an answer.
extension Refused: Error {}

private typealias Found = (value: Item.Value, isUnusual: Bool)

private func read(_ reading: Reading, as meaning: Meaning) throws(Refused) -> Found {
    switch (meaning, reading.value) {
    case (.quantity(let rule), .quantity(let text, let unit)):
        try readQuantity(text, unit, by: rule, lasting: reading.end.instant - reading.start.instant)
    case (.quantity, _): throw .notANumber
    case (.bloodPressure, .pair(let systolic, let diastolic, let unit)):
        try readBloodPressure(systolic: systolic, diastolic: diastolic, unit: unit)
    case (.bloodPressure, _): throw .notANumber
    case (.sleepStage, .code(let code)):
        try readSleepStage(code, lasting: reading.end.instant - reading.start.instant)
    case (.workout, .workout(let workout)): try readWorkout(workout)
    case (.sleepStage, _), (.workout, _): throw .unknownCode
    case (.halfOfBloodPressure, _): throw .carriedByItsPair
    }
}

private func readQuantity(
    _ text: String, _ unit: String, by rule: QuantityRule, lasting span: Span
) throws(Refused) -> Found {
    guard let conversion = rule.units.conversion(from: unit) else { throw .unknownUnit }
    guard let sent = DecimalNumber(text) else { throw .notANumber }
    guard let number = conversion.convert(sent) else { throw .impossible }
    let size = number.size
    guard rule.hard.contains(size) else { throw .impossible }
    var isUnusual = !rule.soft.contains(size)
    if let perMinute = rule.softPerMinute {
        // Within less than a minute a rate says nothing: eight steps in a second are no sprint.
        isUnusual = isUnusual || size > perMinute * max(1, Double(span.microseconds) / 60_000_000)
    }
    let isAsSent = unit == rule.units.ours && number == sent
    let asSent = isAsSent ? nil : Measure(sent, unit: unit)
    return (.quantity(Measure(number, unit: rule.units.ours), asSent: asSent), isUnusual)
}

/// A number of a pair or of a workout, in our unit.
private func readPart(
    _ text: String, _ unit: String, _ units: UnitTable, _ facts: NumberFacts
) throws(Refused) -> (measure: Measure, size: Double, isUnusual: Bool) {
    guard let conversion = units.conversion(from: unit) else { throw .unknownUnit }
    guard let sent = DecimalNumber(text) else { throw .notANumber }
    guard let number = conversion.convert(sent) else { throw .impossible }
    let size = number.size
    guard facts.hard.contains(size) else { throw .impossible }
    return (Measure(number, unit: units.ours), size, !facts.soft.contains(size))
}

private func readBloodPressure(systolic: String, diastolic: String, unit: String) throws(Refused) -> Found {
    let upper = try readPart(systolic, unit, .pressure, TypeCatalogue.systolic)
    let lower = try readPart(diastolic, unit, .pressure, TypeCatalogue.diastolic)
    let isUnusual = upper.isUnusual || lower.isUnusual || lower.size >= upper.size
    return (.bloodPressure(systolic: upper.measure, diastolic: lower.measure), isUnusual)
}

private func readSleepStage(_ code: String, lasting span: Span) throws(Refused) -> Found {
    guard let stage = AppleKinds.sleepStage(code) else { throw .unknownCode }
    let hours = Double(span.microseconds) / 3_600_000_000
    guard TypeCatalogue.sleepStage.hard.contains(hours) else { throw .impossible }
    return (.sleepStage(stage), !TypeCatalogue.sleepStage.soft.contains(hours))
}

private func readWorkout(_ workout: WorkoutReading) throws(Refused) -> Found {
    var isUnusual = false
    func readAmount(
        _ amount: WorkoutReading.Amount?, _ units: UnitTable, _ facts: NumberFacts
    ) throws(Refused) -> Measure? {
        guard let amount else { return nil }
        let part = try readPart(amount.text, amount.unit, units, facts)
        isUnusual = isUnusual || part.isUnusual
        return part.measure
    }
    let duration = try readAmount(workout.duration, .duration, TypeCatalogue.duration)
    let distance = try readAmount(workout.distance, .length, TypeCatalogue.distance)
    let energy = try readAmount(workout.energy, .energy, TypeCatalogue.workoutEnergy)
    let activity = AppleKinds.activity(workout.activity)
    return (.workout(Workout(activity: activity, duration: duration, distance: distance, energy: energy)), isUnusual)
}
