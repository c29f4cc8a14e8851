// What the templates of receipts are given: facts only, unescaped, as in PageContexts.swift.

struct ReceiptPage: Sendable {
    let page: PageFrame
    let grantID: String
    let version: Int
    let receipt: ReceiptWords
    let forRecord: String
}

struct ReceiptCheckPage: Sendable {
    let page: PageFrame
    var faultSummary: FaultSummary?
    var receiptError: String?
    var receiptValue = ""
    var found: FoundReceipt?
}

/// A receipt that was checked and is sound.
struct FoundReceipt: Sendable {
    let keyName: String
    /// Nil while the key signs.
    let keyRetired: TimeText?
    let issuer: String
    let issued: TimeText
    let receipt: ReceiptWords
}

/// One receipt in plain words, for whoever reads it.
struct ReceiptWords: Sendable {
    let number: String
    let changeWords: String
    let changed: TimeText
    let applicationName: String
    let applicationID: String
    let organizationName: String
    let contact: String?
    let personPseudonym: String
    let recordPseudonym: String
    let isEnd: Bool
    let until: TimeText
    /// Nil unless it ended because its time was over.
    let ranOut: TimeText?
    let bucketDays: Int
    let purposes: [PurposeWords]
    let events: [ReceiptEventRow]
    let tokensEnded: CountWords?
    let lastRead: TimeText?
    /// Where the last read is not known any more.
    let trailKeptFrom: TimeText?
    let manageURL: String
}

struct PurposeWords: Sendable {
    let ruleName: String
    let why: String
    let whyLanguage: String
    let typeNames: [String]
    let doings: [String]
    let dates: [String]
    let isOffline: Bool
    let isRequired: Bool
}

struct ReceiptEventRow: Sendable {
    let eventWords: String
    let happened: TimeText
    let eventUntil: TimeText
}
