// swift-metrics kept in memory and written as Prometheus text. Labels come from closed lists, so the number of series is small.

import CoreMetrics
import Synchronization

final class Meters: MetricsFactory {
    private struct Key: Hashable, Comparable {
        let label: String
        let dimensions: String

        init(_ label: String, _ dimensions: [(String, String)], suffix: String = "") {
            self.label = label.map { $0.isLetter || $0.isNumber || $0 == "_" ? String($0) : "_" }.joined() + suffix
            self.dimensions = dimensions.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
        }

        static func < (left: Key, right: Key) -> Bool {
            (left.label, left.dimensions) < (right.label, right.dimensions)
        }
    }

    fileprivate final class Cell: CounterHandler, FloatingPointCounterHandler, RecorderHandler, TimerHandler,
        MeterHandler
    {
        struct State {
            var sum = 0.0
            var count = 0
        }
        let state = Mutex(State())

        func increment(by amount: Int64) { state.withLock { $0.sum += Double(amount) } }
        func increment(by amount: Double) { state.withLock { $0.sum += amount } }
        func decrement(by amount: Double) { state.withLock { $0.sum -= amount } }
        func reset() { state.withLock { $0 = State() } }
        func record(_ value: Int64) { record(Double(value)) }
        func record(_ value: Double) {
            state.withLock {
                $0.sum += value
                $0.count += 1
            }
        }
        func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
        func set(_ value: Int64) { set(Double(value)) }
        func set(_ value: Double) { state.withLock { $0.sum = value } }
    }

    private enum Kind: String { case counter, gauge, summary }
    private let cells = Mutex<[Key: (Kind, Cell)]>([:])

    private func cell(_ label: String, _ dimensions: [(String, String)], _ kind: Kind) -> Cell {
        let key = Key(label, dimensions, suffix: kind == .summary ? "_seconds" : "")
        return cells.withLock { cells in
            if let known = cells[key] { return known.1 }
            let made = Cell()
            cells[key] = (kind, made)
            return made
        }
    }

    /// Prometheus text format 0.0.4.
    var text: String {
        let all = cells.withLock { $0.map { ($0.key, $0.value.0, $0.value.1.state.withLock { $0 }) } }
        var out = ""
        var last = ""
        for (key, kind, state) in all.sorted(by: { $0.0 < $1.0 }) {
            if key.label != last { out += "# TYPE \(key.label) \(kind.rawValue)\n" }
            last = key.label
            let labels = key.dimensions.isEmpty ? "" : "{\(key.dimensions)}"
            if kind == .summary {
                out += "\(key.label)_sum\(labels) \(state.sum)\n\(key.label)_count\(labels) \(state.count)\n"
            } else {
                out += "\(key.label)\(labels) \(state.sum)\n"
            }
        }
        return out
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }
    func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { cell(label, dimensions, .counter) }
    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, aggregate ? .summary : .gauge)
    }
    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(label, dimensions, .gauge)
    }
    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .summary)
    }
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
