// What the verbs answer with: plain values that pages and JSON are made from.

public import Domain

/// Somebody with a live session.
public struct SignedIn: Sendable, Equatable {
    public let person: PersonID
    public let login: String
    public let name: String
    /// Of this session: a form posted without it is refused. An approval has its own (`formToken(of:)`).
    public let formToken: String
    /// The operator made them one: their pages lead to the trail.
    public var isAuditor = false
    /// Of this session, and on no page: what the form tokens of approvals are made with.
    var approvalKey: [UInt8] = []
}

public struct OpenedSession: Sendable, Equatable {
    /// Shown once; only its hash is kept.
    public let token: String
    public let expiresAt: Moment
}

public enum SessionKind: String, Sendable {
    /// A browser's, in a cookie.
    case cookie
    /// The person's own app's, as a bearer token.
    case bearer
}

/// Who asks, as the person should see it (A5).
public struct ApplicationView: Sendable, Equatable {
    public let id: ApplicationID
    public let name: String
    public let description: String
    public let organization: String
    public let environment: Environment
    /// Who answers for the data, with a way to reach them.
    public let responsible: String
    /// Host names of the redirect URIs, or an app's own scheme: what the person can check.
    public let hosts: [String]
}

public struct ApprovalView: Sendable, Equatable {
    public let id: ApprovalID
    public let application: ApplicationView
    public let form: ApprovalForm
    public let createdAt: Moment
    public let expiresAt: Moment
    /// How long the grant would last; the person may choose less.
    public let life: GrantLife
    /// As it is worth now: past its end a pending one is expired.
    public let state: ApprovalState
    /// Of the rules that are shown.
    public let ruleVersion: Int
    /// The person's records, the one that is decided on marked. Empty while nobody is signed in.
    public let records: [RecordChoice]
    /// The end of the grant that is in force for the chosen record.
    public let standingUntil: Moment?
    /// Asked in the platform's own way (A7): no code goes back.
    public let isShell: Bool
    /// Why nobody can say yes for the chosen record; denying is always possible.
    public let obstacle: Obstacle?
    /// Stands for the grant that is in force, as it reads: an answer is held against what was shown.
    public let standingMark: String

    public enum Obstacle: String, CaseIterable, Sendable {
        case applicationSuspended = "application_suspended"
        /// The record that the application asks about is not one of the person's.
        case recordNotHeld = "record_not_held"
        case recordSuspended = "record_suspended"
        /// Its country is none that the application serves.
        case recordNotServed = "record_not_served"

        /// For the field `record` of a refused answer.
        var sentence: String {
            switch self {
            case .applicationSuspended: "the application is suspended and can be given nothing"
            case .recordNotHeld: "the application asks about a record that is not one of yours"
            case .recordSuspended: "the record is suspended: nothing leaves it until it is resumed"
            case .recordNotServed: "the application does not serve the record's country"
            }
        }
    }
}

public struct GrantView: Sendable, Equatable {
    public let id: GrantID
    public let application: ApplicationView
    /// What is granted now.
    public let permissions: Permissions
    /// As in the token response.
    public let scopes: [String]
    public let refusedScopes: [String]
    public let rules: [AuthorizationRule]
    /// The rules that have dates, each with its own.
    public let dates: [DatedRule]
    /// From when to when data may be read in any mode, by type: what follows from all of the rules.
    public let periods: DataPeriods
    public let createdAt: Moment
    public let expiresAt: Moment
    public let revokedAt: Moment?
    public let state: GrantState
    /// Items handed over under this grant so far.
    public let itemsDelivered: Int
    public let itemsWaiting: Int
    public let record: RecordID
    /// Never empty.
    public let recordName: String
    /// What the application can really do now: grant ∩ the person's own access ∩ its current rules.
    public let effective: Permissions
    public let status: RecordStatus
    /// Counts the changes, from 1.
    public let version: Int
    /// Oldest first; filled where one grant is asked for.
    public let history: [GrantChangeView]
}

/// RFC 6749 §5.1, with `authorization_expires_in` (draft-ietf-oauth-refresh-token-expiration).
public struct TokenAnswer: Sendable, Equatable {
    public let accessToken: String
    /// Seconds.
    public let expiresIn: Int64
    public let scope: String
    /// Seconds until the grant itself ends; nil for a client-credentials token, which stands on no one grant.
    public let authorizationExpiresIn: Int64?
    /// The application's name for the record; nil for client credentials.
    public let record: RecordPseudonym?
    public let person: PersonPseudonym?
    /// For grant management; nil for client credentials.
    public let grant: GrantID?
    /// Nil where the application may not act while the person is away.
    public let refreshToken: String?
    /// Bound to the key of the request's DPoP proof.
    public let isBound: Bool
    /// SMART App Launch: the record, where `launch/patient` was asked.
    public let patient: RecordPseudonym?
    /// What the grant gives (RFC 9396 §7); nil where the application never asked in authorization details.
    public let details: [GrantedDetail]?
}

public enum AuthorizationStart: Sendable, Equatable {
    /// The approval is pending. `flow` binds it to the browser that began it; nil when a server began it.
    case pending(ApprovalID, expiresAt: Moment, flow: String?)
    /// Client and redirect URI are good, the rest is not: the error goes back to the application.
    case sendBack(String)
}

/// Through which surface a person acted; kept with the grant's history.
public enum Surface: String, Sendable {
    case page, api
}

/// Where the browser goes after a decision.
public struct DecisionAnswer: Sendable, Equatable {
    public let redirectTo: String
    public let grant: GrantID?
}

public struct DisclosedParcel: Sendable, Equatable {
    public let id: ParcelID
    public let type: DataType
    public let count: Int
    public let createdAt: Moment
    /// When the bucket lets go of it.
    public let lapsesAt: Moment
    /// A JSON array of items, in UTF-8.
    public let items: [UInt8]
}

public struct Disclosure: Sendable, Equatable {
    public let record: RecordPseudonym
    public let parcels: [DisclosedParcel]
    /// Hand it back as `after` for the next page; nil when this was the last.
    public let next: ParcelID?
    /// The audit line that stands for this answer.
    public let audit: AuditID
}

/// How an import is getting on.
public struct ImportView: Sendable, Equatable {
    public enum State: String, Sendable { case running, complete, failed }

    public let id: ImportID
    public let state: State
    public let startedAt: Moment
    public let finishedAt: Moment?
    public let bytesRead: Int64
    public let bytesTotal: Int64
    public let records: Int
    public let items: Int
    /// Items by data type, in the order of the vocabulary.
    public let itemsByType: [(type: DataType, count: Int)]
    /// Plain sentences: what was left out and why.
    public let remarks: [String]
    /// Who gets what: one line per grant that covers something.
    public let recipients: [ImportRecipient]
    /// Harmonised items that no grant covers: they went nowhere.
    public let itemsForNobody: Int
    /// Stable code and sentence when it failed.
    public let failure: String?

    public static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.state == right.state && left.records == right.records && left.items == right.items
    }
}

public struct ImportRecipient: Sendable, Equatable {
    public let application: String
    public let types: DataTypeSet
    public let items: Int
}

public struct RegisteredApplication: Sendable, Equatable {
    public let id: ApplicationID
    /// Shown once; only its hash is kept. Nil where the client authenticates in another way, or not at all.
    public let secret: String?
    /// `whsec_…`, shown once; kept sealed. Nil without a webhook.
    public let webhookSecret: String?
}

/// An application as its owner describes it: words that have not been checked.
public struct ApplicationDraft: Sendable, Equatable {
    public var name: String
    public var description: String
    public var redirectURIs: [String]
    public var webhookURL: String?
    public var rules: [RuleDraft]
    /// 1 to 365; nil is 90.
    public var grantDays: Int?
    /// Where notices about grants and records go (F3).
    public var noticeURL: String?
    /// `single_record` unless said otherwise; `multi_record`, `offline`.
    public var interaction: String?
    /// ISO 3166-1 alpha-2 of the records it serves; empty: all.
    public var countries: [String]
    public var client: ClientDraft

    public init(
        name: String, description: String, redirectURIs: [String], webhookURL: String?, rules: [RuleDraft],
        grantDays: Int? = nil, noticeURL: String? = nil, interaction: String? = nil, countries: [String] = [],
        client: ClientDraft = .standard
    ) {
        self.client = client
        self.noticeURL = noticeURL
        self.interaction = interaction
        self.countries = countries
        self.name = name
        self.description = description
        self.redirectURIs = redirectURIs
        self.webhookURL = webhookURL
        self.rules = rules
        self.grantDays = grantDays
    }
}
