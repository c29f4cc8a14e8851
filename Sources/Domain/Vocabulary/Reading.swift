// What a source said, in the source's own words: the border between Connectors, which fill it, and Harmony, which reads it.

/// A place that health data comes from.
public enum Source: String, CaseIterable, Sendable, Hashable {
    case appleHealth = "apple_health"

    public var plainName: String {
        switch self {
        case .appleHealth: "Apple Health"
        }
    }
}

/// One statement of a source. Nothing is converted, guessed or dropped yet; free text may still hold a first name.
public struct Reading: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        /// The number and the unit exactly as sent.
        case quantity(text: String, unit: String)
        /// A code of the source's own, e.g. `HKCategoryValueSleepAnalysisAsleepREM`.
        case code(String)
        /// Two quantities that only mean something together (blood pressure).
        case pair(systolic: String, diastolic: String, unit: String)
        case workout(WorkoutReading)
    }

    public var source: Source
    /// The source's own name of the kind, e.g. `HKQuantityTypeIdentifierHeartRate`.
    public var kind: String
    public var value: Value
    public var start: ZonedMoment
    public var end: ZonedMoment
    /// The application or device that recorded it, free text (`Anna's Apple Watch`). Never delivered as it is.
    public var origin: String
    /// The source's own description of the device, free text. Never delivered as it is.
    public var device: String?
    /// Typed in by hand, as the source tells it.
    public var isUserEntered: Bool

    public init(
        source: Source, kind: String, value: Value, start: ZonedMoment, end: ZonedMoment, origin: String,
        device: String? = nil, isUserEntered: Bool = false
    ) {
        self.source = source
        self.kind = kind
        self.value = value
        self.start = start
        self.end = end
        self.origin = origin
        self.device = device
        self.isUserEntered = isUserEntered
    }
}

/// What a source says of one workout. Numbers and units exactly as sent; nil where it said nothing.
public struct WorkoutReading: Sendable, Equatable {
    public struct Amount: Sendable, Equatable {
        public var text: String
        public var unit: String
        public init(text: String, unit: String) {
            self.text = text
            self.unit = unit
        }
    }

    /// The source's own name, e.g. `HKWorkoutActivityTypeRunning`.
    public var activity: String
    public var duration: Amount?
    public var distance: Amount?
    public var energy: Amount?

    public init(activity: String, duration: Amount? = nil, distance: Amount? = nil, energy: Amount? = nil) {
        self.activity = activity
        self.duration = duration
        self.distance = distance
        self.energy = energy
    }
}
