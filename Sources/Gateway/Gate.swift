// The one caller of `decide`. Gather facts, decide, act, append the audit line: all in one transaction, so that nothing leaves
// without a verdict and nothing is decided without a trace. A refusal is returned, not thrown: throwing would undo its line.

import Domain
import Vault

/// What comes through the gate: what the permit's holder took, or why there was no permit.
enum Passage<Taken: Sendable>: Sendable {
    case passed(Taken)
    case refused(Refusal)
}

/// What the body took, for the audit: how many items of which types.
struct Taking<Taken: Sendable>: Sendable {
    let taken: Taken
    let items: Int
    let types: DataTypeSet
}

/// The parts of an audit line that are drawn before the transaction, because its body may run twice.
struct AuditStamp: Sendable {
    let id: AuditID
    let at: Moment
    let action: AuditEntry.Action
    let request: RequestID?
}

enum Gate {
    static func open<Taken: Sendable>(
        _ question: Question, known: Known, stamp: AuditStamp, in tx: borrowing Transaction,
        _ take: (borrowing Transaction, borrowing Permit) throws(StorageError) -> Taking<Taken>
    ) throws(StorageError) -> Passage<Taken> {
        switch decide(question, given: known.facts, at: stamp.at) {
        case .permit(let permit):
            let taking = try take(tx, permit)
            try append(question, known, stamp, .done, types: taking.types, items: taking.items, in: tx)
            return .passed(taking.taken)
        case .refuse(let refusal):
            try append(question, known, stamp, .refused(refusal), types: question.types ?? .none, items: 0, in: tx)
            return .refused(refusal)
        }
    }

    private static func append(
        _ question: Question, _ known: Known, _ stamp: AuditStamp, _ outcome: AuditEntry.Outcome, types: DataTypeSet,
        items: Int, in tx: borrowing Transaction
    ) throws(StorageError) {
        try AuditTable.append(
            AuditEntry(
                id: stamp.id, at: stamp.at, action: stamp.action, outcome: outcome, application: question.application,
                person: known.person, record: known.record, grant: known.facts.grant?.id, mode: question.mode,
                types: types, items: items, request: stamp.request),
            in: tx)
    }
}
