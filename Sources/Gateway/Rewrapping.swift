// Puts everything that is sealed under the deployment's former key under the key of today. What it seals, the organizations' data
// keys among it, stays the same, so nobody who is at work notices.

public import Domain
import Vault

/// What came of it, in numbers of secrets.
public struct RewrapReport: Sendable, Equatable {
    public var rewrapped = 0
    /// Under the key of today already.
    public var untouched = 0
    /// Opens with neither key.
    public var broken = 0

    public init() {}

    public init(rewrapped: Int, untouched: Int, broken: Int) {
        self.rewrapped = rewrapped
        self.untouched = untouched
        self.broken = broken
    }
}

extension Gateway {
    private static let page = 100

    /// May be broken off and begun again. `progress` is told after every page.
    public func rewrapKeys(
        request: RequestID?, progress: @Sendable (RewrapReport) -> Void = { _ in }
    ) async throws(Declined) -> RewrapReport {
        var report = RewrapReport()
        var last: OrganizationID?
        let keyring = keyring
        while true {
            let after = last
            let (page, end) = try await write { tx -> (RewrapReport, OrganizationID?) in
                let keys = try OrganizationTable.wrappedKeys(after: after, limit: Self.page, in: tx)
                var page = RewrapReport()
                for key in keys {
                    try page.note({ try keyring.rewrap(key.wrapped, for: key.id) }) { new in
                        try OrganizationTable.rewrap(key.id, from: key.wrapped, to: new, in: tx)
                    }
                }
                return (page, keys.last?.id)
            }
            guard let end else { break }
            last = end
            report += page
            progress(report)
        }
        let stamp = stamp(.keysRewrapped, request)
        let rest = try await write { tx -> RewrapReport in
            var rest = RewrapReport()
            for key in try SigningKeyTable.all(in: tx) where key.retiredAt == nil {
                try rest.note({ try keyring.reseal(key.sealedKey, as: Self.sealName(key.kid)) }) { new in
                    try SigningKeyTable.reseal(key.kid, from: key.sealedKey, to: new, in: tx)
                }
            }
            for key in try DeploymentKeyTable.all(in: tx) {
                try rest.note({ try keyring.reseal(key.sealed, as: key.name) }) { new in
                    try DeploymentKeyTable.reseal(key.name, from: key.sealed, to: new, in: tx)
                }
            }
            try AuditTable.append(stamp.entry(), in: tx)
            return rest
        }
        report += rest
        progress(report)
        return report
    }
}

extension RewrapReport {
    fileprivate static func += (left: inout RewrapReport, right: RewrapReport) {
        left.rewrapped += right.rewrapped
        left.untouched += right.untouched
        left.broken += right.broken
    }

    // Nil from `renew` is a secret that needs nothing.
    fileprivate mutating func note(
        _ renew: () throws -> [UInt8]?, _ store: ([UInt8]) throws -> Void
    ) throws {
        let new: [UInt8]?
        do { new = try renew() } catch {
            broken += 1
            return
        }
        guard let new else {
            untouched += 1
            return
        }
        try store(new)
        rewrapped += 1
    }
}
