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
    let logger: Logger

    public init(engine: any Engine, world: World, policy: Policy, masterKey: MasterKey, logger: Logger) {
        self.engine = engine
        self.world = world
        self.policy = policy
        keyring = Keyring(master: masterKey)
        passwords = PasswordHasher(workers: 2, waiting: 64)
        imports = ImportBoard()
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
    public var sessionLife: Span
    /// Scrypt cost: the base-2 logarithm of N.
    public var passwordCost: Int
    /// How often somebody may fail to sign in to one account.
    public var accountBudget: SpendingBudget
    /// How often somebody may fail from one address, whatever the account.
    public var addressBudget: SpendingBudget

    public init(
        publicURL: String, approvalWindow: ApprovalWindow = .standard, mayPreCheck: Bool = false,
        accessTokenLife: Span = .hours(1), sessionLife: Span = .hours(12), passwordCost: Int = 15,
        accountBudget: SpendingBudget = .ofAccount, addressBudget: SpendingBudget = .ofAddress
    ) {
        self.publicURL = publicURL
        self.approvalWindow = approvalWindow
        self.mayPreCheck = mayPreCheck
        self.accessTokenLife = accessTokenLife
        self.sessionLife = sessionLife
        self.passwordCost = passwordCost
        self.accountBudget = accountBudget
        self.addressBudget = addressBudget
    }
}
