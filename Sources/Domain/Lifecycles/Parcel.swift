// The life of what waits in a bucket. A parcel is up to sixty-four items of one data type of one record for one application,
// sealed together and delivered together; whatever ends its life also ends its payload.

/// ```mermaid
/// stateDiagram-v2
///     [*] --> staged
///     staged --> waiting: release
///     staged --> withdrawn: withdraw
///     waiting --> sending: claim
///     sending --> waiting: fail
///     sending --> delivered: accept
///     waiting --> acknowledged: acknowledge
///     waiting --> withdrawn: withdraw
///     sending --> withdrawn: withdraw
///     waiting --> lapsed: lapse
/// ```
public enum ParcelState: String, CaseIterable, Sendable, Hashable {
    /// Written by an import that is still under way: nobody sees it yet.
    case staged
    case waiting
    /// Claimed by a sender until its lease ends.
    case sending
    case delivered
    case acknowledged
    /// Consent ended before it was delivered.
    case withdrawn
    /// Nobody fetched it within the bucket's time (F4).
    case lapsed

    public enum Event: String, CaseIterable, Sendable {
        case release, claim, fail, accept, acknowledge, withdraw, lapse
    }

    public mutating func apply(_ event: Event) throws(InvalidTransition) -> [Effect] {
        switch (self, event) {
        case (.staged, .release):
            self = .waiting
            return []
        case (.waiting, .claim):
            self = .sending
            return []
        case (.sending, .fail):
            self = .waiting
            return []
        case (.sending, .accept):
            self = .delivered
            return [.dropPayload]
        case (.waiting, .acknowledge):
            self = .acknowledged
            return [.dropPayload]
        case (.waiting, .withdraw), (.sending, .withdraw), (.staged, .withdraw):
            self = .withdrawn
            return [.dropPayload]
        case (.waiting, .lapse):
            self = .lapsed
            return [.dropPayload]
        default:
            throw InvalidTransition(noun: "parcel", state: rawValue, event: event.rawValue)
        }
    }

    public var hasPayload: Bool {
        switch self {
        case .staged, .waiting, .sending: true
        case .delivered, .acknowledged, .withdrawn, .lapsed: false
        }
    }
}

/// Where an organization's applications live, and how long their buckets keep what nobody fetched (F4).
public enum Environment: String, CaseIterable, Sendable, Hashable {
    case sandbox, production

    public var bucketDays: Int {
        switch self {
        case .sandbox: 3
        case .production: 10
        }
    }

    public var bucketLife: Span { .days(Int64(bucketDays)) }
}

/// When a failed delivery is tried again. The bucket's end comes first if it is sooner.
public enum RetrySchedule {
    private static let gaps: [Span] = [
        .seconds(5), .minutes(1), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(24),
    ]

    /// `attempts` is how often it has failed, at least 1. Up to a fifth is added so that receivers are not met by a crowd;
    /// `dice` is any number.
    public static func gap(afterAttempts attempts: Int, dice: UInt64) -> Span {
        let gap = gaps[min(max(attempts, 1), gaps.count) - 1]
        let jitter = Int64(dice % UInt64(gap.microseconds / 5 + 1))
        return Span(microseconds: gap.microseconds + jitter)
    }
}
