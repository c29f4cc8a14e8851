// The key sets that clients publish, fetched when they are needed and kept as long as their publishers say. One fetch
// at a time goes to an address, and whatever is asked of us, not more than one a minute for keys that we do not know.

import Domain

public actor RemoteKeySets {
    /// Outside it is always `invalid_client`.
    public enum Fault: Error, Sendable, Equatable {
        /// The client registered neither keys nor an address of keys.
        case none
        /// The keys that were registered cannot be read.
        case registered
        case addressNotAllowed
        case notFetched
    }

    private struct Held {
        var triedAt: Moment
        var keys: KeySet?
        var lapsesAt: Moment
    }

    private static let most = 1_000
    /// Between two fetches for the sake of a key that is not in the set.
    private static let pause = Span.seconds(60)
    /// Between two fetches while there is no set at all.
    private static let pauseWithout = Span.seconds(10)

    private let source: any KeySetSource
    private let allowedHosts: Set<String>
    private var held: [KeySetAddress: Held] = [:]
    private var running: [KeySetAddress: Task<Void, Never>] = [:]

    /// Hosts without ports, in lower case. An empty list fetches nothing.
    public init(source: any KeySetSource, allowedHosts: Set<String>) {
        self.source = source
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
    }

    /// Nil when keys may be fetched from there, else a sentence for the developer who registers it.
    nonisolated func faultOfAddress(_ uri: String, in environment: Environment) -> String? {
        switch KeySetAddress.parse(uri, in: environment, allowedHosts: allowedHosts) {
        case .success: nil
        case .failure(let fault): fault.sentence
        }
    }

    /// The client's keys: those it registered, else those at its address. `kid` is the key that is wanted, so that a
    /// set that lacks it is fetched again.
    func keys(
        for traits: ClientTraits, kid: String?, in environment: Environment, at now: Moment
    ) async throws(Fault) -> KeySet {
        if let json = traits.keySet {
            do throws(KeySet.Fault) { return try KeySet.parse(json) } catch { throw .registered }
        }
        guard let uri = traits.keySetURI else { throw .none }
        guard case .success(let address) = KeySetAddress.parse(uri, in: environment, allowedHosts: allowedHosts) else {
            throw .addressNotAllowed
        }
        if let keys = usable(address, at: now), keys.names(kid) { return keys }
        if let task = running[address] {
            await task.value
        } else if mayTry(address, at: now) {
            let task = Task { await fetch(address, at: now) }
            running[address] = task
            await task.value
        }
        guard let keys = usable(address, at: now) else { throw .notFetched }
        return keys
    }

    private func usable(_ address: KeySetAddress, at now: Moment) -> KeySet? {
        held[address].flatMap { now < $0.lapsesAt ? $0.keys : nil }
    }

    private func mayTry(_ address: KeySetAddress, at now: Moment) -> Bool {
        guard let triedAt = held[address]?.triedAt else { return true }
        return now >= triedAt + (usable(address, at: now) == nil ? Self.pauseWithout : Self.pause)
    }

    // What fails leaves what is held as it is, to its end.
    private func fetch(_ address: KeySetAddress, at now: Moment) async {
        makeRoom(at: now)
        held[address, default: Held(triedAt: now, keys: nil, lapsesAt: now)].triedAt = now
        let fetched = await source.fetch(address.url, host: address.host, isOwnMachine: address.isOwnMachine)
        running[address] = nil
        guard let fetched, let keys = try? KeySet.parseFetched(fetched.body) else { return }
        let life = KeySetLife.span(cacheControl: fetched.cacheControl)
        held[address] = Held(triedAt: now, keys: keys, lapsesAt: now + life)
    }

    private func makeRoom(at now: Moment) {
        guard held.count >= Self.most else { return }
        held = held.filter { now < max($0.value.lapsesAt, $0.value.triedAt + Self.pause) }
        while held.count >= Self.most, let oldest = held.min(by: { $0.value.triedAt < $1.value.triedAt }) {
            held[oldest.key] = nil
        }
    }
}
