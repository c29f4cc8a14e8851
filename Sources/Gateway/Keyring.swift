// Organizations' data keys, unwrapped once and kept in memory only.

import Domain
import Logging
import Synchronization
import Vault

final class Keyring: Sendable {
    private let master: MasterKey
    private let open = Mutex<[OrganizationID: DataKey]>([:])
    /// Makes item ids that nobody can compute back into values without the deployment's key.
    let itemKey: [UInt8]
    /// Hashes the names that tries are counted under.
    let budgetKey: [UInt8]
    /// Seals the nonces of DPoP proofs; the same on every node.
    let nonceKey: [UInt8]

    init(master: MasterKey) {
        self.master = master
        itemKey = master.derive("item ids")
        budgetKey = master.derive("budget names")
        nonceKey = master.derive("proof nonces")
    }

    func itemKey(of application: ApplicationID) -> [UInt8] { master.derive("item ids|\(application.text)") }

    func wrapNew(_ dataKey: [UInt8], for organization: OrganizationID) throws(SealBroken) -> [UInt8] {
        try master.wrap(dataKey, for: organization)
    }

    func rewrap(_ wrapped: [UInt8], for organization: OrganizationID) throws(SealBroken) -> [UInt8]? {
        try master.rewrap(wrapped, for: organization)
    }

    /// For secrets of the deployment as a whole.
    func seal(_ secret: [UInt8], as name: String) throws(SealBroken) -> [UInt8] { try master.seal(secret, as: name) }
    func openUnsealed(_ sealed: [UInt8], as name: String) throws(SealBroken) -> [UInt8] {
        try master.openUnsealed(sealed, as: name)
    }
    func reseal(_ sealed: [UInt8], as name: String) throws(SealBroken) -> [UInt8]? {
        try master.reseal(sealed, as: name)
    }

    func key(of organization: OrganizationID, wrapped: [UInt8]) throws(SealBroken) -> DataKey {
        if let known = open.withLock({ $0[organization] }) { return known }
        let key = try master.unwrap(wrapped, for: organization)
        open.withLock { $0[organization] = key }
        return key
    }

    func known(_ organization: OrganizationID) -> DataKey? {
        open.withLock { $0[organization] }
    }
}

extension Gateway {
    /// The organization's key, from memory or from its row.
    func dataKey(of organization: OrganizationID) async throws(Declined) -> DataKey {
        if let known = keyring.known(organization) { return known }
        let row = try await read { tx in try OrganizationTable.find(organization, in: tx) }
        guard let row else { throw Declined(.unexpected) }
        do {
            return try keyring.key(of: organization, wrapped: row.wrappedDataKey)
        } catch {
            logger.error("an organization's data key does not open: is this the right sealing key?")
            throw Declined(.unexpected)
        }
    }
}
