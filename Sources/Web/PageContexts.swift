// What each template is given: facts only, unescaped; the sentences stand in the templates. The property names are the
// templates' keys. A key that may be absent is nil, for the templates take an empty text for something there.

/// What every page has around it.
struct PageFrame: Sendable {
    let title: String
    let signedIn: PageViewer?
    let formToken: String?
    /// Seconds until the page asks again; nil for pages that stand.
    var refreshSeconds: Int?
}

struct PageViewer: Sendable {
    let viewerName: String
}

/// `words` for people, `machine` as RFC 3339.
struct TimeText: Sendable, Equatable {
    let words: String
    let machine: String
}

struct FaultSummary: Sendable {
    let heading: String
    let faults: [Fault]
}

/// `target` is the id of the input that is meant.
struct Fault: Sendable {
    let target: String
    let message: String
}

struct ApplicationCard: Sendable {
    let applicationName: String
    let applicationDescription: String?
    let organizationName: String
    let isSandbox: Bool
    let responsible: String
    let hosts: [String]
}

struct RuleCard: Sendable {
    let number: Int
    let ruleName: String
    let scopeToken: String
    let why: String
    let typeNames: [String]
    let doings: [String]
    let isOffline: Bool
    let isChecked: Bool
}

struct HomeSignedOut: Sendable {
    let page: PageFrame
}

struct Home: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    let pending: [PendingRow]
    let active: [GrantRow]
    let ended: [GrantRow]
    let imports: [ImportRow]
    let invitationValue: String
    let invitationError: String?
}

struct PendingRow: Sendable {
    let approvalID: String
    let applicationName: String
    let organizationName: String
    let isSandbox: Bool
    let closes: TimeText
}

struct GrantRow: Sendable {
    let grantID: String
    let applicationName: String
    let organizationName: String
    let isSandbox: Bool
    let typeNames: [String]
    let until: TimeText
    let isRevoked: Bool
    let over: TimeText?
    let itemsDelivered: String
}

struct ImportRow: Sendable {
    let importID: String
    let begun: TimeText
    let isRunning: Bool
    let isComplete: Bool
    let hasFailed: Bool
    let itemsKept: String
}

struct SignUpPage: Sendable {
    let page: PageFrame
    var faultSummary: FaultSummary?
    var approvalID: String?
    var loginValue = ""
    var nameValue = ""
    var loginError: String?
    var nameError: String?
    var passwordError: String?
}

struct SignInPage: Sendable {
    let page: PageFrame
    var faultSummary: FaultSummary?
    var approvalID: String?
    var loginValue = ""
    var loginError: String?
    var passwordError: String?
}

struct ApprovalPage: Sendable {
    let page: PageFrame
    let faultSummary: FaultSummary?
    let approvalID: String
    let application: ApplicationCard
    let lifeWords: String
    let until: TimeText
    let closes: TimeText
    let required: [RuleCard]
    let optional: [RuleCard]
    let asksOfflineAccess: Bool
}

struct ApprovalOver: Sendable {
    let page: PageFrame
    let applicationName: String
    let organizationName: String
    let isExpired: Bool
    let isApproved: Bool
    let isDenied: Bool
    let wayBack: String?
    let backHost: String?
}

struct GrantPage: Sendable {
    let page: PageFrame
    let notice: String?
    let grantID: String
    let application: ApplicationCard
    let isActive: Bool
    let isExpired: Bool
    let isRevoked: Bool
    let begun: TimeText
    let until: TimeText
    let revoked: TimeText?
    let rules: [RuleCard]
    let refused: [String]
    let scopes: [String]
    let itemsDelivered: String
    let itemsWaiting: String?
}

struct ImportFormPage: Sendable {
    let page: PageFrame
    let faultSummary: FaultSummary?
    let exportError: String?
    let uploadLimitWords: String
    let receivers: [Receiver]
}

struct Receiver: Sendable {
    let grantID: String
    let applicationName: String
    let organizationName: String
    let typeNames: [String]
}

struct ImportStatusPage: Sendable {
    let page: PageFrame
    let isRunning: Bool
    let isComplete: Bool
    let hasFailed: Bool
    let begun: TimeText
    let finished: TimeText?
    let bytesRead: Int64
    let bytesTotal: Int64
    let percent: Int
    let sizeWords: String
    let recordsRead: String
    let itemsKept: String
    let byType: [TypeCount]
    let remarks: [String]
    let recipients: [RecipientRow]
    let forNobody: CountWords?
    let failure: String?
}

struct TypeCount: Sendable {
    let typeName: String
    let typeItems: String
}

struct RecipientRow: Sendable {
    let applicationName: String
    let typeNames: [String]
    let recipientItems: String
}

struct CountWords: Sendable {
    let digits: String
    let isOne: Bool
}

struct ProblemPage: Sendable {
    let page: PageFrame
    let status: Int
    let problemTitle: String
    let problemDetail: String?
    let code: String
    let requestID: String
    let faults: [Fault]
    let wayOn: WayOn?
}

struct WayOn: Sendable {
    let href: String
    let label: String
}

struct ProblemCatalogue: Sendable {
    let page: PageFrame
    let problems: [ProblemRow]
}

struct ProblemRow: Sendable {
    let code: String
    let status: Int
    let problemTitle: String
    let oauthName: String
}
