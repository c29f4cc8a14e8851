// Hides what the elements of an export mean: records, workouts and blood pressure become readings in the order of the file.
// Everything else (who the person is, routes, summaries) is passed over and never kept.

import Domain

/// Is told of elements as they begin and end. Memory: one batch, and texts that repeat.
struct ElementReader {
    /// What stands directly under `HealthData` at this point of the file.
    private enum Open {
        case nothing, record, correlation, workout, passedOver
    }

    /// Longer texts are no export's; without these bounds a batch could hold gigabytes.
    private enum Longest {
        static let word = 256
        static let origin = 1024
        static let device = 2048
    }

    private(set) var depth = 0
    private(set) var hasEnded = false
    private(set) var isExport = false
    private(set) var limitPassed: ExportError.Limit?
    private(set) var malformed = 0
    private(set) var passedOver = 0
    /// Since this was last set to false.
    var hasMoved = false

    private let names: ElementNames
    private let limits: ExportLimits
    private let batchSize: Int
    private var full: [[Reading]] = []
    private var batch: [Reading] = []
    private var open = Open.nothing
    private var draft = Draft()
    private var words = TextCache(places: 512)
    private var origins = TextCache(places: 256)
    private var devices = TextCache(places: 256)
    private var dates = AppleDateReader()

    init(names: ElementNames, batchSize: Int, limits: ExportLimits) {
        self.names = names
        self.batchSize = max(1, batchSize)
        self.limits = limits
        batch.reserveCapacity(self.batchSize)
    }

    // MARK: Elements

    mutating func begin(_ name: NameAddress?, _ attributes: Attributes) {
        hasMoved = true
        depth += 1
        if attributes.count > limits.attributesPerElement {
            limitPassed = limitPassed ?? .attributes(count: limits.attributesPerElement)
        }
        if depth > limits.depth { limitPassed = limitPassed ?? .depth(levels: limits.depth) }
        switch depth {
        case 1: isExport = name == names.healthData
        case 2: beginTop(name, attributes)
        case 3: beginInside(name, attributes)
        default: break
        }
    }

    mutating func end() {
        hasMoved = true
        if depth == 2 { endTop() }
        if depth == 1 { hasEnded = true }
        depth -= 1
    }

    private mutating func beginTop(_ name: NameAddress?, _ attributes: Attributes) {
        guard isExport else { return }
        if name == names.record {
            beginRecord(attributes)
        } else if name == names.workout {
            draft = readWorkout(attributes)
            open = .workout
        } else if name == names.correlation {
            draft = readCorrelation(attributes)
            open = draft.kind == BloodPressure.correlation ? .correlation : .passedOver
            if open == .passedOver { passedOver += 1 }
        } else {
            open = .passedOver
            if name != names.exportDate, name != names.me { passedOver += 1 }
        }
    }

    private mutating func beginInside(_ name: NameAddress?, _ attributes: Attributes) {
        switch open {
        case .nothing, .passedOver: return
        case .record:
            if name == names.metadataEntry, saysUserEntered(attributes) { batch[batch.count - 1].isUserEntered = true }
        case .correlation:
            if name == names.metadataEntry, saysUserEntered(attributes) { draft.isUserEntered = true }
            if name == names.record { addPart(attributes) }
        case .workout:
            if name == names.metadataEntry, saysUserEntered(attributes) { draft.isUserEntered = true }
            if name == names.workoutStatistics { addStatistics(attributes) }
        }
    }

    private mutating func endTop() {
        defer { open = .nothing }
        switch open {
        case .nothing, .passedOver, .record: return
        case .workout, .correlation: keep(draft.reading)
        }
    }

    /// A malformed record is counted, never guessed.
    private mutating func keep(_ reading: Reading?) {
        guard let reading else {
            malformed += 1
            return
        }
        if batch.count >= batchSize {
            full.append(batch)
            batch = []
            batch.reserveCapacity(batchSize)
        }
        batch.append(reading)
    }

    // MARK: Batches

    /// Batches that will not change any more.
    mutating func takeFull() -> [[Reading]] {
        defer { full.removeAll(keepingCapacity: true) }
        return full
    }

    /// What is left at the end of the file. A record that the file's end cut off is not among it.
    mutating func takeRest() -> [Reading] {
        if open == .record, !batch.isEmpty { batch.removeLast() }
        open = .nothing
        defer { batch = [] }
        return batch
    }
}

// MARK: - Attributes to readings

extension ElementReader {
    private mutating func beginRecord(_ attributes: Attributes) {
        var type, source, device, unit, start, end, value: TextBytes?
        let names = self.names
        attributes.forEach { name, text in
            switch name {
            case names.type: type = text
            case names.sourceName: source = text
            case names.device: device = text
            case names.unit: unit = text
            case names.startDate: start = text
            case names.endDate: end = text
            case names.value: value = text
            default: break
            }
        }
        open = .passedOver
        guard let kind = word(type), let value, !value.isEmpty, value.count <= Longest.word,
            (unit?.count ?? 0) <= Longest.word, (source?.count ?? 0) <= Longest.origin,
            (device?.count ?? 0) <= Longest.device, let start, let begin = dates.read(start),
            let finish = end.map({ dates.read($0) }) ?? begin
        else { return keep(nil) }
        let meant: Reading.Value =
            kind.utf8.starts(with: "HKCategoryTypeIdentifier".utf8)
            ? .code(words.text(value))
            : .quantity(text: String(decoding: value, as: UTF8.self), unit: unit.map { words.text($0) } ?? "")
        keep(
            Reading(
                source: .appleHealth, kind: kind, value: meant, start: begin, end: finish,
                origin: source.map { origins.text($0) } ?? "", device: device.map { devices.text($0) }))
        open = .record
    }

    /// What correlations and workouts share. A draft without a start stays without a reading.
    private mutating func readFrame(_ attributes: Attributes, kind: String?) -> Draft {
        var draft = Draft()
        let source = attributes.text(names.sourceName)
        let device = attributes.text(names.device)
        guard (source?.count ?? 0) <= Longest.origin, (device?.count ?? 0) <= Longest.device else { return draft }
        draft.kind = kind
        draft.start = attributes.text(names.startDate).flatMap { dates.read($0) }
        draft.end = draft.start
        if let end = attributes.text(names.endDate) { draft.end = dates.read(end) }
        draft.origin = source.map { origins.text($0) } ?? ""
        draft.device = device.map { devices.text($0) }
        return draft
    }

    private mutating func readCorrelation(_ attributes: Attributes) -> Draft {
        readFrame(attributes, kind: word(attributes.text(names.type)))
    }

    private mutating func readWorkout(_ attributes: Attributes) -> Draft {
        var draft = readFrame(attributes, kind: "HKWorkout")
        guard let activity = word(attributes.text(names.activity)) else { return draft }
        draft.workout = WorkoutReading(
            activity: activity, duration: amount(attributes, names.duration, names.durationUnit),
            distance: amount(attributes, names.distance, names.distanceUnit),
            energy: amount(attributes, names.energy, names.energyUnit))
        return draft
    }

    /// Since iOS 16 a workout says its sums in children; its own attributes, where it has them, come first.
    private mutating func addStatistics(_ attributes: Attributes) {
        guard let kind = word(attributes.text(names.type)), let sum = amount(attributes, names.sum, names.unit) else {
            return
        }
        if kind == "HKQuantityTypeIdentifierActiveEnergyBurned", draft.workout?.energy == nil {
            draft.workout?.energy = sum
        } else if kind.utf8.starts(with: "HKQuantityTypeIdentifierDistance".utf8), draft.workout?.distance == nil {
            draft.workout?.distance = sum
        }
    }

    private mutating func addPart(_ attributes: Attributes) {
        guard let kind = word(attributes.text(names.type)), let part = amount(attributes, names.value, names.unit)
        else {
            return
        }
        if kind == BloodPressure.systolic { draft.systolic = part }
        if kind == BloodPressure.diastolic { draft.diastolic = part }
    }

    private mutating func amount(
        _ attributes: Attributes, _ number: NameAddress, _ unit: NameAddress
    ) -> WorkoutReading.Amount? {
        guard let text = word(attributes.text(number)) else { return nil }
        return WorkoutReading.Amount(text: text, unit: word(attributes.text(unit)) ?? "")
    }

    private mutating func word(_ text: TextBytes?) -> String? {
        guard let text, !text.isEmpty, text.count <= Longest.word else { return nil }
        return words.text(text)
    }

    private func saysUserEntered(_ attributes: Attributes) -> Bool {
        guard let key = attributes.text(names.key), let value = attributes.text(names.value) else { return false }
        return value.elementsEqual("1".utf8) && key.elementsEqual("HKWasUserEntered".utf8)
    }
}
