// What the templates of the activity pages are given: facts only, unescaped, as in PageContexts.swift.

struct ActivityPageContext: Sendable {
    let page: PageFrame
    let notice: String?
    /// False on the pages of older accesses and under a filter, which show nothing else.
    let isOverview: Bool
    let news: ActivityNews?
    let isTold: Bool
    let picture: DaysPicture?
    let shares: [ShareRow]
    /// What the list is narrowed to; nil where it is whole.
    let onlyOf: String?
    let accesses: [AccessRow]
    let olderHref: String?
    /// Accesses before that are not kept any more; nil while all are.
    let keptFrom: TimeText?
    let csvHref: String
    let jsonHref: String
}

/// Accesses that the person has not seen yet.
struct ActivityNews: Sendable {
    let newCount: CountWords
    let seenBefore: TimeText?
    /// Up to when they are seen with the button beside them: microseconds since 1970.
    let seenUntil: String
}

/// Thirty days as bars, and the same as rows.
struct DaysPicture: Sendable {
    let pictureWords: String
    let bars: [DayBar]
    /// Those days on which something was.
    let dayRows: [DayRow]
    let firstDay: String
    let lastDay: String
}

struct DayBar: Sendable {
    let barX: Int
    let servedY: Int
    /// Nil where there is nothing to draw.
    let servedHeight: Int?
    let refusedY: Int
    let refusedHeight: Int?
}

struct DayRow: Sendable {
    let dayWords: TimeText
    let servedCount: String
    let refusedCount: String
}

struct ShareRow: Sendable {
    let shareName: String
    let shareHref: String
    let shareServed: String
    let shareRefused: String
}

struct AccessRow: Sendable {
    let happened: TimeText
    let who: String
    let whose: String?
    /// `12 readings fetched`, `refused`.
    let whatWords: String
    let isRefused: Bool
    /// Why it was refused.
    let reason: String?
    let accessTypes: [String]
    let accessRecord: String?
    /// Nil where it is not the person's own permission.
    let grantHref: String?
    let proveHref: String
}

struct AccessProofPage: Sendable {
    let page: PageFrame
    let access: AccessRow
    let entryID: String
    /// Nil for the second or so before it has a place.
    let place: String?
    let proofHref: String
    let keyHref: String
}
