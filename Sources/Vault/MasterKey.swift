// The deployment's master key: it wraps the organizations' data keys and whatever else is secret in the database. A new one can take
// the place of the old: for a time both open, and only the new one seals.

import Crypto
public import Domain

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// 32 bytes from the settings or from a file only the service may read, and, while it is being replaced, the former 32 too.
public struct MasterKey: Sendable {
    private let key: SymmetricKey
    private let former: SymmetricKey?
    /// What is derived hangs on this and not on the key: item ids must stay what they are when the key is replaced.
    private let root: [UInt8]

    /// Nil unless there are exactly 32 bytes, twice the same being no replacement. Until a stored root is adopted, everything
    /// derived hangs on the former key, where there is one, else on this.
    public init?(_ bytes: [UInt8], replacing former: [UInt8]? = nil) {
        guard bytes.count == 32, former.map({ $0.count == 32 && $0 != bytes }) ?? true else { return nil }
        key = SymmetricKey(data: bytes)
        self.former = former.map { SymmetricKey(data: $0) }
        let first = self.former ?? key
        root = HKDF<SHA256>.extract(inputKeyMaterial: first, salt: [UInt8]()).withUnsafeBytes { Array($0) }
    }

    private init(_ key: SymmetricKey, _ former: SymmetricKey?, root: [UInt8]) {
        self.key = key
        self.former = former
        self.root = root
    }

    /// Makes an organization's data key usable; `dataKey` is 32 bytes from the dice.
    public func wrap(_ dataKey: [UInt8], for organization: OrganizationID) throws(SealBroken) -> [UInt8] {
        try seal(dataKey, as: Self.name(organization))
    }

    public func unwrap(_ wrapped: [UInt8], for organization: OrganizationID) throws(SealBroken) -> DataKey {
        DataKey(try openUnsealed(wrapped, as: Self.name(organization)))
    }

    /// The same data key under the key of today; nil when it is that already.
    public func rewrap(_ wrapped: [UInt8], for organization: OrganizationID) throws(SealBroken) -> [UInt8]? {
        try reseal(wrapped, as: Self.name(organization))
    }

    /// For a secret that belongs to no organization. It opens under the same name only.
    public func seal(_ secret: [UInt8], as name: String) throws(SealBroken) -> [UInt8] {
        try Vault.seal(secret, under: key, bound: name)
    }

    public func openUnsealed(_ sealed: [UInt8], as name: String) throws(SealBroken) -> [UInt8] {
        do { return try Vault.open(sealed, under: key, bound: name) } catch {
            guard let former else { throw error }
            return try Vault.open(sealed, under: former, bound: name)
        }
    }

    /// Nil when it is sealed with the key of today already.
    public func reseal(_ sealed: [UInt8], as name: String) throws(SealBroken) -> [UInt8]? {
        if (try? Vault.open(sealed, under: key, bound: name)) != nil { return nil }
        return try seal(try openUnsealed(sealed, as: name), as: name)
    }

    /// A key for something else, e.g. item ids: 16 bytes, different for each label (RFC 5869).
    public func derive(_ label: String) -> [UInt8] {
        let derived = HKDF<SHA256>.expand(pseudoRandomKey: root, info: Array(label.utf8), outputByteCount: 16)
        return derived.withUnsafeBytes { Array($0) }
    }

    func sealedRoot() throws(SealBroken) -> [UInt8] { try seal(root, as: Self.rootName) }

    func adopting(sealedRoot: [UInt8]) throws(SealBroken) -> MasterKey {
        MasterKey(key, former, root: try openUnsealed(sealedRoot, as: Self.rootName))
    }

    static let rootName = "derivation-root"
    private static func name(_ organization: OrganizationID) -> String { "data-key|\(organization.text)" }
}

/// Why a deployment cannot start with this key.
public enum MasterKeyFault: Error, Sendable, Equatable {
    /// Something in the database opens neither with it nor with the former one.
    case doesNotOpen
    case storage(StorageError)
}

extension MasterKey {
    /// The key as this database needs it: the root, from which item ids are made, is kept there from the first start on, sealed.
    /// Two nodes may do this at once.
    public func settled(in engine: any Engine, at now: Moment) async throws(MasterKeyFault) -> MasterKey {
        let made: [UInt8]
        do { made = try sealedRoot() } catch { throw .doesNotOpen }
        let key = self
        let stored: [UInt8]?
        do throws(StorageError) {
            let known = try await engine.read { tx in try DeploymentKeyTable.find(MasterKey.rootName, in: tx) }
            if let known {
                stored = known
            } else {
                stored = try await engine.write { tx -> [UInt8]? in
                    if let known = try DeploymentKeyTable.find(MasterKey.rootName, in: tx) { return known }
                    // A database from before there was a root: its first data key shows whether this is its key.
                    if let first = try OrganizationTable.wrappedKeys(after: nil, limit: 1, in: tx).first,
                        (try? key.unwrap(first.wrapped, for: first.id)) == nil
                    {
                        return nil
                    }
                    try DeploymentKeyTable.insert(MasterKey.rootName, sealed: made, at: now, in: tx)
                    return made
                }
            }
        } catch { throw .storage(error) }
        guard let stored else { throw .doesNotOpen }
        do { return try adopting(sealedRoot: stored) } catch { throw .doesNotOpen }
    }
}
