// What was recorded as given and could not be given after all: its parcels did not open. The first entry stays, for the trail only
// grows; a second one says that nothing left.

import Domain
import Logging
import Vault

extension Gateway {
    /// `opening` runs after the entry of the access is durable, and makes the answer out of what was taken.
    func giving<Given>(
        _ action: AuditEntry.Action, _ known: Known, _ types: DataTypeSet, _ request: RequestID?,
        _ opening: () async throws(Declined) -> Given
    ) async throws(Declined) -> Given {
        do { return try await opening() } catch {
            await recordNotGiven(action, known, types, request, because: error.problem)
            throw error
        }
    }

    /// A store that does not take the entry is told of in the log: the caller has nothing, either way.
    func recordNotGiven(
        _ action: AuditEntry.Action, _ known: Known, _ types: DataTypeSet, _ request: RequestID?,
        because problem: Problem
    ) async {
        let line = stamp(action, request).entry(
            .failed(problem), application: known.facts.application?.id, person: known.person, record: known.record,
            grant: known.facts.grant?.id, types: types)
        do {
            try await engine.write { tx in try AuditTable.append(line, in: tx) }
        } catch {
            logger.error(
                "an access that gave nothing is on the trail as given",
                metadata: ["kind": "\(error)", "entry": "\(line.id)"])
        }
    }
}
