// What the template of the auditors' page is given: facts only, unescaped, as in PageContexts.swift.

struct AuditPage: Sendable {
    let page: PageFrame
    let faultSummary: FaultSummary?
    let filters: AuditFilters
    /// Nil where the filters could not be read.
    let found: FoundEntries?
    /// Nil before the log has begun.
    let logWords: LogWords?
}

/// As they were sent, so that they can be mended.
struct AuditFilters: Sendable {
    let fromValue: String
    let toValue: String
    let actionChoices: [Choice]
    let outcomeChoices: [Choice]
    let applicationValue: String
    let personValue: String
    let recordValue: String
    let fromFault: String?
    let toFault: String?
    let applicationFault: String?
    let personFault: String?
    let recordFault: String?
}

struct FoundEntries: Sendable {
    let entries: [EntryRow]
    let olderHref: String?
    /// Back to the newest; nil on the first page.
    let newestHref: String?
    let csvHref: String
    let linesHref: String
}

struct EntryRow: Sendable {
    let placeWords: String
    let happened: TimeText
    let actionWord: String
    let outcomeWord: String
    let isRefused: Bool
    let applicationWord: String?
    let personName: String?
    let recordName: String?
    let entryTypes: [String]
    let itemsWord: String?
    let proofHref: String
}

/// The log as it is signed now.
struct LogWords: Sendable {
    let checkpointText: String
    let keyText: String
    let sizeWord: String
}
