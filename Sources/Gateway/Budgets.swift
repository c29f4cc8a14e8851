// Guessing costs time (ASVS 6.3): failures are counted under the name that was tried and the address they came from. Names that
// nobody has are counted alike, so that the answers are equal.

import Crypto
import Domain
import Metrics
import Vault

/// What tries are counted under.
enum BudgetName: Hashable, Sendable {
    /// A login that somebody signs in with, whether it exists or not.
    case account(login: String)
    /// The same login, on the way back in by a recovery code: guesses at the password do not use these tries up.
    case recovery(login: String)
    /// The password asked for once more within a session.
    case confirmation(PersonID)
    /// A client id, whether it exists or not.
    case client(String)
    /// Where it came from. All addresses of one IPv6 network of 64 bits are one: each customer has that many.
    case address(String)

    fileprivate var text: String {
        switch self {
        case .account(let login): "account|\(login)"
        case .recovery(let login): "recovery|\(login)"
        case .confirmation(let person): "confirmation|\(person.text)"
        case .client(let id): "client|\(id)"
        case .address(let address): "address|\(Self.network(address))"
        }
    }

    private static func network(_ address: String) -> String {
        guard let parsed = IPAddress(address) else { return address }
        let bytes = parsed.bytes
        let isMapped = bytes.count == 16 && bytes[..<12].elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff])
        return Base64.encode(isMapped ? Array(bytes[12...]) : bytes.count == 16 ? Array(bytes[..<8]) : bytes)
    }
}

/// The end of a sign-in, for the metric: unknown logins are in no audit.
enum SignInOutcome: String {
    case right, wrong, unknown
    case overBudget = "over_budget"

    func count() { Counter(label: "licet_sign_ins", dimensions: [("outcome", rawValue)]).increment() }
}

extension Gateway {
    /// Takes one try of each name before the slow work begins, so that a hundred at once are no way around; or declines, says
    /// how long to wait, and takes nothing. Whoever succeeds gives it back (`forgive`).
    func admit(_ names: [BudgetName], at now: Moment) async throws(Declined) {
        try await admit(names, at: now) { _ in }
    }

    /// `also` is written with the try, and not at all where there was none.
    func admit(
        _ names: [BudgetName], at now: Moment,
        also: @escaping @Sendable (borrowing Transaction) throws(StorageError) -> Void
    ) async throws(Declined) {
        let accounts = names.map { (hash: hash($0), budget: budget(of: $0)) }
        let wait = try await write { tx -> Span? in
            var debts: [SpendingBudget.Debt?] = []
            for account in accounts { debts.append(try BudgetTable.debt(of: account.hash, in: tx)) }
            let waits = zip(accounts, debts).compactMap { $0.budget.retryAfter($1, at: now) }
            if let longest = waits.max() { return longest }
            for (account, debt) in zip(accounts, debts) {
                try BudgetTable.set(account.budget.spend(debt, at: now), of: account.hash, in: tx)
            }
            try also(tx)
            return nil
        }
        if let wait { throw Declined(tooManyTries: wait) }
    }

    /// What a success gives back: all of what stood against the names, but to an address only this one try. Otherwise somebody
    /// with an account of their own could guess at others' for ever.
    func forgive(_ names: [BudgetName]) -> Forgiving {
        Forgiving(names: names.map { (hash($0), budget(of: $0), isAddress: $0.isAddress) })
    }

    /// For a try that was neither right nor wrong.
    func giveBack(_ names: [BudgetName], at now: Moment) async throws(Declined) {
        let accounts = names.map { (hash: hash($0), budget: budget(of: $0)) }
        try await write { tx in
            for account in accounts {
                let debt = try BudgetTable.debt(of: account.hash, in: tx)
                try BudgetTable.set(account.budget.giveBack(debt, at: now), of: account.hash, in: tx)
            }
        }
    }

    struct Forgiving: Sendable {
        fileprivate let names: [(hash: [UInt8], budget: SpendingBudget, isAddress: Bool)]

        /// In the transaction of the success.
        func apply(at now: Moment, in tx: borrowing Transaction) throws(StorageError) {
            for name in names {
                guard name.isAddress else {
                    try BudgetTable.clear(name.hash, in: tx)
                    continue
                }
                let debt = try BudgetTable.debt(of: name.hash, in: tx)
                try BudgetTable.set(name.budget.giveBack(debt, at: now), of: name.hash, in: tx)
            }
        }
    }

    private func budget(of name: BudgetName) -> SpendingBudget {
        name.isAddress ? policy.addressBudget : policy.accountBudget
    }

    private func hash(_ name: BudgetName) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(name.text.utf8), using: SymmetricKey(data: keyring.budgetKey)))
    }
}

extension BudgetName {
    fileprivate var isAddress: Bool {
        if case .address = self { return true }
        return false
    }
}

extension Declined {
    init(tooManyTries wait: Span) {
        self.init(.tooManyRequests, "Too many tries. Please wait \(wait.inWords), then try again.", retryAfter: wait)
    }
}

extension Span {
    /// `1 second`, `42 seconds`, `3 minutes`: rounded up, so that whoever waits that long has waited enough.
    var inWords: String {
        let count = wholeSecondsUp
        let (number, unit) = count < 120 ? (count, "second") : ((count + 59) / 60, "minute")
        return number == 1 ? "1 \(unit)" : "\(number) \(unit)s"
    }
}
