// Routes of the APIs that ask nothing of a query refuse one: what nobody reads would otherwise look as if it had been heard.

import Domain
import Gateway

/// No parameter at all.
struct NoQuery: Equatable {
    init(_ query: Form) throws(Declined) {
        let faults = query.faults(knowing: [])
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
    }
}

extension Route {
    /// The handlers that read the query themselves.
    private static let asking: Set<RouteName> = [
        .readItems, .authorizedRecords, .queryPermissions, .listGrants, .pendingApproval, .listActivity,
        .listOwnEntries, .listTrail, .listAuditEvents,
    ]

    /// OAuth passes over parameters that it does not know (RFC 6749 §3.1), and pages do as well.
    var takesNoQuery: Bool {
        ["/api/", "/partner/", "/developer/", "/auditor/"].contains { path.hasPrefix($0) }
            && !Self.asking.contains(name)
    }
}

extension Handler {
    /// The same, but a query is a fault where the route takes none. A session is looked at first.
    func checkingQuery(of route: Route) -> Handler {
        guard route.takesNoQuery else { return self }
        switch self {
        case .anyone(let answer):
            return .anyone { incoming throws(Declined) in
                _ = try NoQuery(try incoming.query())
                return try await answer(incoming)
            }
        case .session(let answer):
            return .session { incoming, person throws(Declined) in
                _ = try NoQuery(try incoming.query())
                return try await answer(incoming, person)
            }
        case .token(let answer):
            return .token { incoming, token throws(Declined) in
                _ = try NoQuery(try incoming.query())
                return try await answer(incoming, token)
            }
        default: return self
        }
    }
}
