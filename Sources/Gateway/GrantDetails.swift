// What a grant is told of as in `authorization_details` (RFC 9396 §7, §9.1): only where the application ever asked that way, so
// that nobody else pays for it.

import Domain
import Vault

extension Vault.GrantRow {
    /// Nil where no request for it ever came in details.
    func details(in tx: borrowing Transaction) throws(StorageError) -> [GrantedDetail]? {
        guard terms.isDetailed else { return nil }
        return terms.details(try RuleTable.definitions(of: terms, application: application, in: tx))
    }
}

extension ApprovalRow {
    /// What was asked in details. Nil when it cannot be read any more, which asks for nothing at all.
    func details() -> [DataDetail]? {
        guard let requestedDetails else { return [] }
        return try? DetailsReader.read(requestedDetails, addresses: nil)
    }
}
