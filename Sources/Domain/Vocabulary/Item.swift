// One harmonised datum: what a reading means once its code, unit and time are ours. The border between Harmony and the gateway.

/// A number with its unit in UCUM spelling (`/min`, `kg`, `mm[Hg]`).
public struct Measure: Sendable, Hashable {
    public let number: DecimalNumber
    public let unit: String

    public init(_ number: DecimalNumber, unit: String) {
        self.number = number
        self.unit = unit
    }
}

/// The stages of HL7's Personal Health Record guide, code system `sleep-analysis-codes`.
public enum SleepStage: String, CaseIterable, Sendable, Hashable {
    case inBed = "in_bed"
    case asleepUnspecified = "asleep_unspecified"
    case awake
    case asleepREM = "asleep_rem"
    case asleepCore = "asleep_core"
    case asleepDeep = "asleep_deep"
}

public struct Workout: Sendable, Hashable {
    /// A lower-case word or words joined by `_`: `running`, `traditional_strength_training`, or `other`.
    public let activity: String
    public let duration: Measure?
    public let distance: Measure?
    public let energy: Measure?

    public init(activity: String, duration: Measure?, distance: Measure?, energy: Measure?) {
        self.activity = activity
        self.duration = duration
        self.distance = distance
        self.energy = energy
    }
}

/// Where an item comes from, without anything that names a person.
public struct Provenance: Sendable, Hashable {
    public let source: Source
    /// A product name such as `Apple Watch` or `Health Mate`; nil when what was sent could name somebody.
    public let origin: String?
    public let manufacturer: String?
    /// The hardware model, e.g. `Watch6,2`.
    public let model: String?
    public let isUserEntered: Bool

    public init(source: Source, origin: String?, manufacturer: String?, model: String?, isUserEntered: Bool) {
        self.source = source
        self.origin = origin
        self.manufacturer = manufacturer
        self.model = model
        self.isUserEntered = isUserEntered
    }
}

public struct Item: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        /// Ours, and what the source sent where its unit or its number differs from ours.
        case quantity(Measure, asSent: Measure?)
        case bloodPressure(systolic: Measure, diastolic: Measure)
        case sleepStage(SleepStage)
        case workout(Workout)
    }

    public let id: ItemID
    public let type: DataType
    public let value: Value
    public let start: ZonedMoment
    public let end: ZonedMoment
    public let provenance: Provenance
    /// Possible but unlikely: outside the catalogue's soft range.
    public let isUnusual: Bool

    /// The same item under another id.
    public func renamed(_ id: ItemID) -> Item {
        Item(id: id, type: type, value: value, start: start, end: end, provenance: provenance, isUnusual: isUnusual)
    }

    public init(
        id: ItemID, type: DataType, value: Value, start: ZonedMoment, end: ZonedMoment, provenance: Provenance,
        isUnusual: Bool
    ) {
        self.id = id
        self.type = type
        self.value = value
        self.start = start
        self.end = end
        self.provenance = provenance
        self.isUnusual = isUnusual
    }
}
