// Hides how refusals that repeat are kept from filling the trail: the first of a kind in a minute each have an entry, the others
// are counted. A refusal is answered only when the count that holds it is on the disk; those that wait together share one write.

import Domain
import Synchronization
import Vault

final class DenialBoard: Sendable {
    /// How many of one kind have an entry of their own, in a minute of one process.
    static let inFull = 10
    static let window = Span.minutes(1)
    /// Beyond so many kinds at once nobody is told apart any more but applications: what is kept here must not grow either.
    static let mostKinds = 10_000

    /// What makes refusals identical.
    private struct Kind: Hashable {
        let action: AuditEntry.Action
        let outcome: AuditEntry.Outcome
        let application: ApplicationID?
        var person: AuditName?
        var record: AuditName?
        var grant: GrantID?
        let mode: Mode?
    }

    private struct Window {
        let began: Moment
        var inFull = 0
        /// Its place in `tallies`.
        var tally: Int?
    }

    private struct Tally: Sendable {
        let kind: Kind
        /// What the row is called.
        var id: AuditID
        var first: Moment
        var last: Moment
        var times = 0
        var types = DataTypeSet.none
        /// How many of them are on the disk.
        var kept = 0
        /// The first that no write has taken along yet.
        var firstUnkept: Moment?

        var entry: AuditEntry { entry(id, first: first, times: times) }

        /// Of what is not on the disk: should the row have become an entry.
        func rest(_ id: AuditID) -> AuditEntry { entry(id, first: firstUnkept ?? last, times: times - kept) }

        private func entry(_ id: AuditID, first: Moment, times: Int) -> AuditEntry {
            AuditEntry(
                id: id, at: last, action: kind.action, outcome: kind.outcome, application: kind.application,
                person: kind.person, record: kind.record, grant: kind.grant, mode: kind.mode, types: types,
                repetition: .init(times: times, first: first, last: last))
        }
    }

    private struct Written: Sendable {
        let place: Int
        let tally: Tally
        /// For the row that follows, if it has become an entry; drawn before the transaction.
        let spare: AuditID
    }

    private enum Turn {
        /// Whether the count is durable.
        case answered(Bool)
        /// This one writes for all who wait.
        case leads
    }

    private struct State {
        var windows: [Kind: Window] = [:]
        /// Until when what is asked is taken for refused, before it is known of what kind the refusal is.
        var expected: [RepeatedRequest: Moment] = [:]
        var tallies: [Int: Tally] = [:]
        var made = 0
        /// Counted and in no write yet.
        var unwritten: Set<Int> = []
        var inWriting: Set<Int> = []
        var waiting: [UnsafeContinuation<Turn, Never>] = []
        var isWriting = false
    }

    private let identify: @Sendable () -> AuditID
    private let state = Mutex(State())

    init(identify: @escaping @Sendable () -> AuditID) { self.identify = identify }

    /// True when this one has an entry of its own: the caller writes it.
    func admits(_ line: AuditEntry) -> Bool {
        state.withLock { state in
            let kind = Self.kind(of: line, &state)
            var window = state.windows[kind] ?? Window(began: line.at)
            guard window.inFull < Self.inFull else { return false }
            window.inFull += 1
            state.windows[kind] = window
            return true
        }
    }

    /// True when more of its kind have no entry of their own for now.
    func isOnlyCounted(_ line: AuditEntry) -> Bool {
        state.withLock { state in (state.windows[Self.kind(of: line, &state)]?.inFull ?? 0) >= Self.inFull }
    }

    /// Its refusals are counted now, and so those of the same request are likely to be.
    func expect(_ request: RepeatedRequest, at now: Moment) {
        state.withLock { state in
            guard state.expected.count < Self.mostKinds || state.expected[request] != nil else { return }
            state.expected[request] = now + Self.window
        }
    }

    func expects(_ request: RepeatedRequest, at now: Moment) -> Bool {
        state.withLock { state in state.expected[request].map { now < $0 } ?? false }
    }

    /// Counts a refusal that has no entry of its own. True when the count is durable.
    func count(_ line: AuditEntry, in engine: any Engine) async -> Bool {
        remember(line)
        let turn = await withUnsafeContinuation { (waiting: UnsafeContinuation<Turn, Never>) in
            let leads = state.withLock { state in
                if state.isWriting { state.waiting.append(waiting) }
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if leads { waiting.resume(returning: .leads) }
        }
        switch turn {
        case .answered(let isDurable): return isDurable
        case .leads: return await write(in: engine)
        }
    }

    /// Counts it without waiting for the disk; the next write takes it along.
    func remember(_ line: AuditEntry) {
        state.withLock { state in
            let kind = Self.kind(of: line, &state)
            var window = state.windows[kind] ?? Window(began: line.at)
            if window.tally == nil { state.made += 1 }
            let place = window.tally ?? state.made
            var tally =
                state.tallies[place] ?? Tally(kind: kind, id: line.id, first: line.at, last: line.at)
            tally.times += 1
            tally.last = max(tally.last, line.at)
            tally.types = tally.types.union(line.types)
            tally.firstUnkept = tally.firstUnkept ?? line.at
            window.tally = place
            state.windows[kind] = window
            state.tallies[place] = tally
            state.unwritten.insert(place)
        }
    }

    /// What was counted while the store took nothing is written now. False when it still takes nothing.
    func catchUp(at now: Moment, in engine: any Engine) async -> Bool {
        let mustWrite = state.withLock { state in
            Self.forget(before: now - Self.window, &state)
            guard !state.unwritten.isEmpty, !state.isWriting else { return false }
            state.isWriting = true
            return true
        }
        return mustWrite ? await write(in: engine) : true
    }

    // Only by whoever has the turn. What was counted before it began is in the write.
    private func write(in engine: any Engine) async -> Bool {
        let (answered, batch) = state.withLock { state in
            defer {
                state.waiting = []
                state.inWriting = state.unwritten
                state.unwritten = []
                for place in state.inWriting { state.tallies[place]?.firstUnkept = nil }
            }
            let batch = state.unwritten.compactMap { place in
                state.tallies[place].map { Written(place: place, tally: $0, spare: identify()) }
            }
            return (state.waiting, batch)
        }
        var wasThere: [Int: Bool]?
        do throws(StorageError) { wasThere = try await Self.keep(batch, in: engine) } catch { wasThere = nil }
        let isDurable = wasThere != nil
        let next = state.withLock { state -> UnsafeContinuation<Turn, Never>? in
            for written in batch {
                if let wasThere {
                    Self.settle(written, wasThere[written.place] ?? false, &state)
                } else {
                    giveBack(written, &state)
                }
            }
            state.inWriting = []
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: .leads)
        for waiting in answered { waiting.resume(returning: .answered(isDurable)) }
        return isDurable
    }

    // By place: whether the row that was made for it was there, so that none had to follow it.
    private static func keep(_ batch: [Written], in engine: any Engine) async throws(StorageError) -> [Int: Bool] {
        try await engine.write { tx in
            var wasThere: [Int: Bool] = [:]
            for written in batch {
                let tally = written.tally
                if tally.kept == 0 {
                    try DenialTable.insert(tally.entry, in: tx)
                    wasThere[written.place] = true
                } else if try DenialTable.update(tally.entry, in: tx) {
                    wasThere[written.place] = true
                } else {
                    try DenialTable.insert(tally.rest(written.spare), in: tx)
                    wasThere[written.place] = false
                }
            }
            return wasThere
        }
    }

    private static func settle(_ written: Written, _ wasThere: Bool, _ state: inout State) {
        guard var tally = state.tallies[written.place] else { return }
        if wasThere {
            tally.kept = written.tally.times
        } else {
            tally.id = written.spare
            tally.first = written.tally.firstUnkept ?? tally.last
            tally.times -= written.tally.kept
            tally.kept = written.tally.times - written.tally.kept
        }
        state.tallies[written.place] = tally
    }

    // Whether a row came to be is not known. Under another name its refusals may be counted twice; under the same it could become
    // two entries of one id, which no log takes.
    private func giveBack(_ written: Written, _ state: inout State) {
        guard var tally = state.tallies[written.place] else { return }
        if tally.kept == 0 { tally.id = identify() }
        tally.firstUnkept = written.tally.firstUnkept
        state.tallies[written.place] = tally
        state.unwritten.insert(written.place)
    }

    private static func kind(of line: AuditEntry, _ state: inout State) -> Kind {
        var kind = Kind(
            action: line.action, outcome: line.outcome, application: line.application, person: line.person,
            record: line.record, grant: line.grant, mode: line.mode)
        if state.windows[kind] == nil {
            if state.windows.count >= mostKinds { forget(before: line.at - window, &state) }
            if state.windows.count >= mostKinds {
                kind.person = nil
                kind.record = nil
                kind.grant = nil
            }
        }
        // Its minute is over, or the clock was put back behind it.
        if let known = state.windows[kind], line.at - known.began >= window || line.at < known.began {
            state.windows[kind] = nil
        }
        return kind
    }

    private static func forget(before end: Moment, _ state: inout State) {
        state.windows = state.windows.filter { $0.value.began > end }
        state.expected = state.expected.filter { $0.value - window > end }
        let needed = state.unwritten.union(state.inWriting).union(state.windows.values.compactMap(\.tally))
        state.tallies = state.tallies.filter { needed.contains($0.key) }
    }
}
