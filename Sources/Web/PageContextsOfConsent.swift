// What the templates about consents and grants are given; as in `PageContexts.swift`, facts and no sentences of a page.

/// The consent page in all its forms, and its preview.
struct ApprovalPage: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    let approvalID: String
    /// Of this approval in this session; it opens no other form.
    let approvalToken: String
    /// Of the rules that are shown.
    let ruleVersion: Int
    let application: ApplicationCard
    let lifeWords: String
    let lifeDays: Int
    let daysValue: String
    let daysError: String?
    let until: TimeText
    let closes: TimeText
    /// The end of what is in force for the chosen record.
    let standing: TimeText?
    /// Empty for a person of one record: there is nothing to choose.
    let records: [RecordLink]
    let chosenRecord: ChosenRecord?
    let recordsError: String?
    let required: [RuleCard]
    let optional: [RuleCard]
    let settled: [RuleCard]
    /// Keeping access while the person is away, where it is to be decided.
    let awayChoice: AwayChoice?
    let isAwaySettled: Bool
    let isOutOfReach: Bool
    /// Why nobody can say yes for this record; the sentence says it all.
    let obstacleWords: String?
    let mayApprove: Bool
    /// Something is to be decided: then the whole permission ends on the day that is chosen.
    let isDeciding: Bool
    /// Neither asked nor agreed to anything: there is nothing to go on to.
    let isEmptyHanded: Bool
    /// Stands for the grant that was shown.
    let standingMark: String
    /// Present on a preview, where nothing can be answered.
    let preview: PreviewBar?
}

struct AwayChoice: Sendable {
    let isTicked: Bool
}

struct RecordLink: Sendable {
    let recordHref: String
    let recordLabel: String
    let relationWords: String
    /// How the application stands with it; nil where there is nothing to say.
    let standingWords: String?
    let isChosen: Bool
}

struct ChosenRecord: Sendable {
    let chosenID: String
    let chosenName: String
}

/// The preview of an application that asks for nothing until it names a rule.
struct PreviewOfNothing: Sendable {
    let page: PageFrame
    let application: ApplicationCard
    let preview: PreviewBar?
}

struct PreviewBar: Sendable {
    let previewedID: String
    let firstTimeHref: String
    let returningHref: String
    let isReturning: Bool
    /// `first_time` or `returning`.
    let previewedAs: String
    /// Authorization details as JSON; empty where none are previewed.
    let previewedDetails: String
    /// The optional rules that the application may ask for by name.
    let nameable: [Choice]
}

struct ApprovalOver: Sendable {
    let page: PageFrame
    /// Nil when what it asked for is in its rules no more.
    let applicationName: String?
    let organizationName: String?
    let isExpired: Bool
    let isApproved: Bool
    let isDenied: Bool
    let wayBack: String?
    let backHost: String?
}

/// One grant in full.
struct GrantSheet: Sendable {
    let page: PageFrame
    let notice: String?
    let faultSummary: FaultSummary?
    let grantID: String
    let application: ApplicationCard
    let recordName: String
    /// Nil when the person does not hold the record any more.
    let heldRecord: String?
    let isActive: Bool
    let isExpired: Bool
    let isRevoked: Bool
    let begun: TimeText
    let until: TimeText
    let revoked: TimeText?
    let statusWords: String
    let rules: [RuleCard]
    let refused: [String]
    let scopes: [String]
    let itemsDelivered: String
    let itemsWaiting: String?
    let effective: [EffectiveRow]
    let withheld: [WithheldRow]
    let history: [ChangeRow]
    let takeBack: [Choice]
    let takeBackError: String?
    let narrowDaysValue: String
    let narrowDaysError: String?
    let renewDaysValue: String
    let renewDaysError: String?
}

/// What one data type allows now.
struct EffectiveRow: Sendable {
    let typeName: String
    /// `see, add`; nil for nothing.
    let whilePresent: String?
    let whileAway: String?
}

/// What was agreed to and is not possible now, and why.
struct WithheldRow: Sendable {
    let typeName: String
    let lackingWords: String
    let cutWords: String
}

struct ChangeRow: Sendable {
    let changeVersion: Int
    let changed: TimeText
    let changeWords: String
    let changeTypes: [String]
    let changeDates: [String]
    let changeUntil: TimeText
}
