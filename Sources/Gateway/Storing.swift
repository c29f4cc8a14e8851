// How a verb reaches the storage: what goes wrong there becomes a problem of the catalogue, and the operator's log has the kind.

public import Domain
import Logging
import Vault

extension Gateway {
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws(Declined) -> Result {
        do { return try await engine.write(body) } catch { throw unavailable(error, .storageUnavailable) }
    }

    func read<Result: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Result
    ) async throws(Declined) -> Result {
        do { return try await engine.read(body) } catch { throw unavailable(error, .storageUnavailable) }
    }

    func unavailable(_ error: StorageError, _ problem: Problem) -> Declined {
        logger.error("storage failed", metadata: ["kind": "\(error)"])
        // An operator can make a store writable again: that passes, too.
        let isPassing = error.isPassing || error.kind == .readOnly || problem == .accessNotRecorded
        return Declined(isPassing ? problem : .unexpected)
    }

    public func makeRequestID() -> RequestID { world.identify() }

    func stamp(_ action: AuditEntry.Action, _ request: RequestID?) -> AuditStamp {
        AuditStamp(id: world.identify(), at: world.now(), action: action, request: request)
    }

    /// True when the storage answers.
    public func isReady() async -> Bool {
        do {
            _ = try await engine.read { tx in try OrganizationTable.count(in: tx) }
            return true
        } catch {
            return false
        }
    }
}
