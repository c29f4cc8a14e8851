// The closed list of reasons why a reading becomes no item. A refusal names a reason and a type, never a value.

public import Domain

/// Why a reading became no item. The raw value is a stable code: it is stored and shown.
public enum Refused: String, CaseIterable, Hashable, Sendable {
    /// A kind of reading that Licet does not carry. Not an error: exports hold many.
    case unknownKind = "unknown_kind"
    /// A unit that is not listed for this type. Never guessed.
    case unknownUnit = "unknown_unit"
    /// No number where one belongs.
    case notANumber = "not_a_number"
    /// Outside the catalogue's hard range, or at a time before 1900.
    case impossible
    /// A code of the source's own that has no meaning here.
    case unknownCode = "unknown_code"
    case endsBeforeItStarts = "ends_before_it_starts"
    case inTheFuture = "in_the_future"
    /// Systolic or diastolic alone: the blood pressure that pairs them carries both.
    case carriedByItsPair = "carried_by_its_pair"
}

/// What became of one reading.
public enum Harmonised: Sendable, Equatable {
    case item(Item)
    /// The type is nil where the kind is unknown.
    case refused(Refused, DataType?)
}
