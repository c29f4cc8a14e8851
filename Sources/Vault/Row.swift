// Hides how a cell is fetched from either engine. A cell is what was asked for or the statement fails: nothing is
// coerced, and a missing value is never a zero.

public import Domain

/// One row of an answer, columns counted from 0. It lives only while the mapping closure runs.
///
/// Where a cell is NULL or of another type than asked, the getter returns a stand-in and the statement throws `.corrupt`
/// as soon as the closure returns.
public struct Row: ~Copyable {
    private let cells: any Cells
    private let faults: Faults

    // Not inlined for the same reason as `Transaction`'s.
    @inline(never)
    init(cells: any Cells, faults: Faults) {
        self.cells = cells
        self.faults = faults
    }

    public func int(_ column: Int) -> Int64 { require(cells.integer(column), column) ?? 0 }
    public func optionalInt(_ column: Int) -> Int64? { accept(cells.integer(column), column) }
    public func real(_ column: Int) -> Double { require(cells.real(column), column) ?? 0 }
    public func optionalReal(_ column: Int) -> Double? { accept(cells.real(column), column) }
    public func text(_ column: Int) -> String { require(cells.text(column), column) ?? "" }
    public func optionalText(_ column: Int) -> String? { accept(cells.text(column), column) }
    public func bytes(_ column: Int) -> [UInt8] { require(cells.bytes(column), column) ?? [] }
    public func optionalBytes(_ column: Int) -> [UInt8]? { accept(cells.bytes(column), column) }

    /// 0 is false, 1 is true, anything else a fault.
    public func bool(_ column: Int) -> Bool {
        let number = int(column)
        if number != 0, number != 1 { faults.note("column \(column) is neither 0 nor 1") }
        return number == 1
    }

    public func moment(_ column: Int) -> Moment { Moment(microseconds: int(column)) }
    public func optionalMoment(_ column: Int) -> Moment? { optionalInt(column).map(Moment.init(microseconds:)) }
    public func id<Of: Noun>(_ column: Int) -> Identifier<Of> { Identifier(stored: text(column)) }
    public func optionalID<Of: Noun>(_ column: Int) -> Identifier<Of>? {
        guard let text = optionalText(column) else { return nil }
        return Identifier(stored: text)
    }

    private func require<T>(_ cell: Cell<T>, _ column: Int) -> T? {
        switch cell {
        case .value(let value): return value
        case .null: faults.note("column \(column) is null")
        case .otherType: faults.note("column \(column) is of another type")
        }
        return nil
    }

    private func accept<T>(_ cell: Cell<T>, _ column: Int) -> T? {
        switch cell {
        case .value(let value): return value
        case .null: break
        case .otherType: faults.note("column \(column) is of another type")
        }
        return nil
    }
}

enum Cell<Value> {
    case value(Value)
    case null
    case otherType
}

/// The engine's side of a row.
protocol Cells {
    func integer(_ column: Int) -> Cell<Int64>
    /// Integers are accepted: SQLite may hand a whole real back as one.
    func real(_ column: Int) -> Cell<Double>
    func text(_ column: Int) -> Cell<String>
    func bytes(_ column: Int) -> Cell<[UInt8]>
}

/// Remembers the first cell that was not as asked, for the statement to throw.
final class Faults {
    private var first: String?

    func note(_ fault: String) {
        if first == nil { first = fault }
    }

    func throwIfAny() throws(StorageError) {
        guard let fault = first else { return }
        first = nil
        throw StorageError(.corrupt, fault)
    }
}
