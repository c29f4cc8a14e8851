// The one caller of `decide`. Gather facts, decide, act, append the audit line: all in one transaction, so that nothing leaves
// without a verdict and nothing is decided without a trace. A refusal is returned, not thrown: throwing would undo its line.

import Domain
import Vault

/// What comes through the gate: what the permit's holder took, or why there was nothing.
enum Passage<Taken: Sendable>: Sendable {
    case passed(Taken)
    /// With the line that is still to be written, where the pen did not write it.
    case refused(Refusal, owed: AuditEntry?)
    /// Permitted, and nothing was taken: it cannot be recorded now.
    case unrecordable
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
    /// Of a change of consent.
    var actor: AuditEntry.Actor?
    var method: AuditEntry.Method?
}

/// How an access is recorded.
enum AuditPen: Sendable {
    /// Every line where it belongs: in the transaction of what it tells about.
    case inFull
    /// Refusals beyond a rate are owed: the caller has them counted, durably, before it answers.
    case counting(DenialBoard)
    /// Nothing that is permitted may be taken: the clock stands too far behind the trail (D3).
    case refusals(DenialBoard)
    /// The store takes no line: every refusal is owed, and nothing may be taken.
    case none

    /// The line if it is still to be written.
    func deny(_ line: AuditEntry, in tx: borrowing Transaction) throws(StorageError) -> AuditEntry? {
        switch self {
        case .none: return line
        case .counting(let board), .refusals(let board): if !board.admits(line) { return line }
        case .inFull: break
        }
        try AuditTable.append(line, in: tx)
        return nil
    }

    var mayPermit: Bool {
        switch self {
        case .inFull, .counting: true
        case .refusals, .none: false
        }
    }
}

enum Gate {
    static func open<Taken: Sendable>(
        _ question: Question, known: Known, stamp: AuditStamp, pen: AuditPen, in tx: borrowing Transaction,
        _ take: (borrowing Transaction, borrowing Permit) throws(StorageError) -> Taking<Taken>
    ) throws(StorageError) -> Passage<Taken> {
        switch decide(question, given: known.facts, at: stamp.at) {
        case .permit(let permit):
            guard pen.mayPermit else { return .unrecordable }
            let taking = try take(tx, permit)
            try AuditTable.append(
                line(question, known, stamp, .done, types: taking.types, items: taking.items), in: tx)
            return .passed(taking.taken)
        case .refuse(let refusal):
            let line = line(question, known, stamp, .refused(refusal), types: question.types ?? .none, items: 0)
            return .refused(refusal, owed: try pen.deny(line, in: tx))
        }
    }

    private static func line(
        _ question: Question, _ known: Known, _ stamp: AuditStamp, _ outcome: AuditEntry.Outcome, types: DataTypeSet,
        items: Int
    ) -> AuditEntry {
        stamp.entry(
            outcome, application: question.application, person: known.person, record: known.record,
            grant: known.facts.grant?.id, mode: question.mode, types: types, items: items)
    }
}
