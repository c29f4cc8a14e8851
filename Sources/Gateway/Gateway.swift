// The verbs of Licet hang on this one value; each file beside it adds one group of them.

public import Domain
public import Logging
public import Vault

public struct Gateway: Sendable {
    let engine: any Engine
    let world: World
    let policy: Policy
    let keyring: Keyring
    let passwords: PasswordHasher
    let imports: ImportBoard
    let ruleMemo = RuleMemo()
    let keySets: RemoteKeySets
    let denials: DenialBoard
    let trailClock = TrailClock()
    let logger: Logger

    /// `keySets` fetches what clients publish; without it only registered keys count.
    public init(
        engine: any Engine, world: World, policy: Policy, masterKey: MasterKey, keySets: RemoteKeySets? = nil,
        logger: Logger
    ) {
        self.keySets = keySets ?? RemoteKeySets(source: NoKeySets(), allowedHosts: [])
        self.engine = engine
        self.world = world
        self.policy = policy
        keyring = Keyring(master: masterKey)
        passwords = PasswordHasher(workers: 2, waiting: 64)
        imports = ImportBoard()
        denials = DenialBoard { world.identify() }
        self.logger = logger
    }
}

/// What a deployment decides for itself.
public struct Policy: Sendable, Equatable {
    /// Without a trailing slash, e.g. `https://licet.example`.
    public var publicURL: String
    public var approvalWindow: ApprovalWindow
    /// Some laws forbid boxes that are ticked already (A3).
    public var mayPreCheck: Bool
    public var accessTokenLife: Span
    /// How long a refresh token that was used may be used again, should the answer have been lost.
    public var refreshWindow: Span
    public var sessionLife: Span
    /// What the audit log is called from its first start on; nil is where it is found, e.g. `licet.example/log`.
    public var logName: String?
    /// How long entries of the trail are kept at least. Six years: HIPAA, 45 CFR 164.316(b)(2) and 164.528.
    public var trailRetentionYears: Int
    /// Scrypt cost: the base-2 logarithm of N.
    public var passwordCost: Int
    /// How often somebody may fail to sign in to one account.
    public var accountBudget: SpendingBudget
    /// How often somebody may fail from one address, whatever the account.
    public var addressBudget: SpendingBudget

    public init(
        publicURL: String, approvalWindow: ApprovalWindow = .standard, mayPreCheck: Bool = false,
        accessTokenLife: Span = .hours(1), refreshWindow: Span = .seconds(60), sessionLife: Span = .hours(12),
        passwordCost: Int = 15, logName: String? = nil, trailRetentionYears: Int = 6,
        accountBudget: SpendingBudget = .ofAccount, addressBudget: SpendingBudget = .ofAddress
    ) {
        self.publicURL = publicURL
        self.approvalWindow = approvalWindow
        self.mayPreCheck = mayPreCheck
        self.accessTokenLife = accessTokenLife
        self.refreshWindow = refreshWindow
        self.sessionLife = sessionLife
        self.passwordCost = passwordCost
        self.logName = logName
        self.trailRetentionYears = trailRetentionYears
        self.accountBudget = accountBudget
        self.addressBudget = addressBudget
    }
}
