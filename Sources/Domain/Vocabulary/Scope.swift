// The OAuth spelling of what an application asks for (RFC 6749 §3.3), and nothing else that a scope could mean. Of OpenID's and
// SMART's other words (`openid`, `fhirUser`, `online_access`, `launch`) none is known: what is not given is not accepted.

/// One scope token.
public enum Scope: Hashable, Sendable {
    /// `read:heart_rate`, `read:sleep`, `write:body_weight`. `write` means create and update (A1).
    case data(ScopeAccess, ScopeTarget)
    /// `rule:<name>`: an authorization rule by its name.
    case rule(RuleName)
    /// `offline_access`: the application may act when the person is not present.
    case offlineAccess
    /// `patient/Observation.rs`: SMART App Launch 2.2.
    case smart(SmartScope)
    /// `launch/patient`: the token's answer names the record. It asks for no data by itself.
    case launchPatient

    /// Nil for anything that is not spelled exactly so.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        if text == "offline_access" {
            self = .offlineAccess
            return
        }
        if text == "launch/patient" {
            self = .launchPatient
            return
        }
        if let smart = SmartScope(text) {
            self = .smart(smart)
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        if text[..<colon] == "rule" {
            guard let name = RuleName(rest) else { return nil }
            self = .rule(name)
            return
        }
        guard let access = ScopeAccess(rawValue: String(text[..<colon])) else { return nil }
        if let type = DataType(rawValue: rest) {
            self = .data(access, .type(type))
        } else if let category = Category(rawValue: rest) {
            self = .data(access, .category(category))
        } else {
            return nil
        }
    }

    public var text: String {
        switch self {
        case .data(let access, .type(let type)): "\(access.rawValue):\(type.rawValue)"
        case .data(let access, .category(let category)): "\(access.rawValue):\(category.rawValue)"
        case .rule(let name): "rule:\(name.text)"
        case .offlineAccess: "offline_access"
        case .smart(let scope): scope.text
        case .launchPatient: "launch/patient"
        }
    }
}

extension Scope {
    /// Not of SMART's grammar.
    var isPlain: Bool { if case .smart = self { false } else { true } }
}

/// The access word of a scope or a rule.
public enum ScopeAccess: String, CaseIterable, Sendable, Hashable {
    case create, read, update, delete, write

    public var accesses: [Access] {
        switch self {
        case .create: [.create]
        case .read: [.read]
        case .update: [.update]
        case .delete: [.delete]
        case .write: [.create, .update]
        }
    }
}

public enum ScopeTarget: Hashable, Sendable {
    case type(DataType)
    case category(Category)

    public var types: DataTypeSet {
        switch self {
        case .type(let type): [type]
        case .category(let category): category.types
        }
    }
}

extension Permissions {
    /// As plain scopes in a fixed order, modes taken together: `read:steps`, `read:heart_rate`.
    public var scopes: [Scope] {
        Access.allCases.flatMap { access in
            let types = self[.online, access].union(self[.offline, access])
            return types.map { Scope.data(ScopeAccess(access), .type($0)) }
        }
    }
}

extension ScopeAccess {
    public init(_ access: Access) {
        switch access {
        case .create: self = .create
        case .read: self = .read
        case .update: self = .update
        case .delete: self = .delete
        }
    }
}
