// When key sets are fetched, how long they are kept, and where they may come from. The clock is handed in; the other end is in memory.

import Domain
import Synchronization
import TestKit
import Testing

@testable import Gateway

@Suite("Key sets of remote clients")
struct ProofsRemoteTests {
    typealias Place = Domain.Environment

    /// Publishes what it is told to and counts who asks.
    final class Publisher: KeySetSource {
        private struct State {
            var answer: FetchedKeySet?
            var asked: [String] = []
            var inHand = 0
            var mostInHand = 0
        }
        private let state = Mutex(State())

        var count: Int { state.withLock { $0.asked.count } }
        var mostInHand: Int { state.withLock { $0.mostInHand } }

        func publish(_ kids: [String]?, cacheControl: String = "") throws {
            let answer = try kids.map { kids in
                let keys = try kids.map { kid in
                    var members = try ProofKey.first.get().members()
                    members["kid"] = "\"\(kid)\""
                    return members.json
                }
                return FetchedKeySet(
                    body: Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8), cacheControl: cacheControl)
            }
            state.withLock { $0.answer = answer }
        }

        func publish(raw: String) {
            state.withLock { $0.answer = FetchedKeySet(body: Array(raw.utf8), cacheControl: "") }
        }

        func fetch(_ url: String, host: String, isOwnMachine: Bool) async -> FetchedKeySet? {
            state.withLock { state in
                state.asked.append(url)
                state.inHand += 1
                state.mostInHand = max(state.mostInHand, state.inHand)
            }
            for _ in 0..<20 { await Task.yield() }
            return state.withLock { state in
                state.inHand -= 1
                return state.answer
            }
        }
    }

    static let start = Moment(seconds: 1_795_255_200)
    static let uri = "https://keys.example/set.json"

    let publisher = Publisher()
    let sets: RemoteKeySets

    init() {
        sets = RemoteKeySets(source: publisher, allowedHosts: ["Keys.example", "localhost", "127.0.0.1", "10.0.0.1"])
    }

    private func keys(
        _ kid: String? = "one", after seconds: Int64 = 0, uri: String = uri, in place: Place = .production
    ) async throws(RemoteKeySets.Fault) -> [String?] {
        try await sets.keys(
            for: ClientTraits(keySetURI: uri), kid: kid, in: place, at: Self.start + .seconds(seconds)
        ).keys.map(\.kid)
    }

    @Test("A set is fetched once, kept for as long as its publisher says, and fetched again after that")
    func keeping() async throws {
        try publisher.publish(["one"], cacheControl: "public, max-age=300")
        #expect(try await keys() == ["one"])
        #expect(try await keys(after: 299) == ["one"])
        #expect(publisher.count == 1)
        try publisher.publish(["two"])
        #expect(try await keys(nil, after: 300) == ["two"])
        #expect(publisher.count == 2)
    }

    @Test(
        "A set is kept between a minute and a day, ten minutes when nothing is said",
        arguments: [
            ("", 600), ("public", 600), ("max-age=300", 300), ("Max-Age = \"300\"", 300), ("max-age=5", 60),
            ("max-age=0", 60), ("max-age=9999999", 86_400), ("max-age=99999999999999999999", 86_400),
            ("no-store", 60), ("max-age=300, no-cache", 60), ("max-age=300,max-age=120", 120), ("max-age=-1", 600),
            ("max-age", 600), ("max-age=", 600), ("s-maxage=20", 600), (",,,=,", 600),
        ])
    func life(cacheControl: String, seconds: Int64) {
        #expect(KeySetLife.span(cacheControl: cacheControl) == .seconds(seconds))
    }

    @Test("A key that is not in the set is looked for again, but not more than once a minute")
    func unknownKey() async throws {
        try publisher.publish(["one"])
        #expect(try await keys() == ["one"])
        for second in Int64(1)..<60 { #expect(try await keys("new", after: second) == ["one"]) }
        #expect(publisher.count == 1)
        try publisher.publish(["one", "new"])
        #expect(try await keys("new", after: 60) == ["one", "new"])
        #expect(publisher.count == 2)
        for second in Int64(61)..<120 { _ = try await keys("never", after: second) }
        #expect(publisher.count == 2)
    }

    @Test("A failed fetch leaves what was kept, up to its end; after that there are no keys")
    func failing() async throws {
        try publisher.publish(["one"], cacheControl: "max-age=300")
        _ = try await keys()
        try publisher.publish(nil)
        #expect(try await keys("new", after: 100) == ["one"])
        #expect(try await keys(after: 299) == ["one"])
        await #expect(throws: RemoteKeySets.Fault.notFetched) { try await keys(after: 300) }
        #expect(publisher.count == 3)
        await #expect(throws: RemoteKeySets.Fault.notFetched) { try await keys(after: 309) }
        #expect(publisher.count == 3, "who has no keys does not make us ask at every request")
        try publisher.publish(["one"])
        #expect(try await keys(after: 310) == ["one"])
    }

    @Test("What is fetched and is no key set is as good as nothing", arguments: ["", "{}", "<html>", #"{"keys":[]}"#])
    func nonsense(raw: String) async throws {
        publisher.publish(raw: raw)
        await #expect(throws: RemoteKeySets.Fault.notFetched) { try await keys() }
    }

    @Test("However many ask at once, one fetch goes out, and all get its answer")
    func oneAtATime() async throws {
        try publisher.publish(["one"])
        let answers = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { (try? await keys()) == ["one"] } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == [Bool](repeating: true, count: 50))
        #expect(publisher.count == 1)
        #expect(publisher.mostInHand == 1)
    }

    @Test(
        "F2: keys come from allowed hosts over https, and in production never from a private address",
        arguments: [
            ("https://keys.example/a", Place.production, true), ("https://keys.example:8443/a", .production, true),
            ("https://KEYS.example/a", .production, false), ("HTTPS://keys.example/a", .production, false),
            ("https://%6beys.example/a", .production, false),
            ("http://keys.example/a", .production, false), ("http://keys.example/a", .sandbox, false),
            ("https://keys.example.evil.example/a", .production, false), ("https://evil.example/a", .sandbox, false),
            ("https://me@keys.example/a", .production, false), ("https://keys.example/a#b", .production, false),
            ("https://10.0.0.1/a", .production, false), ("http://10.0.0.1/a", .sandbox, false),
            ("http://127.0.0.1:8080/a", .sandbox, true), ("http://127.0.0.1:8080/a", .production, false),
            ("https://127.0.0.1/a", .production, false), ("http://localhost:8080/a", .sandbox, true),
            ("https://localhost/a", .production, false), ("http://127.0.0.2/a", .sandbox, false),
            ("http://2130706433/a", .sandbox, false), ("file:///etc/keys", .sandbox, false), ("", .sandbox, false),
        ])
    func address(uri: String, place: Place, isAllowed: Bool) async throws {
        try publisher.publish(["one"])
        #expect((sets.faultOfAddress(uri, in: place) == nil) == isAllowed)
        if isAllowed {
            #expect(try await keys(uri: uri, in: place) == ["one"])
        } else {
            await #expect(throws: RemoteKeySets.Fault.addressNotAllowed) { try await keys(uri: uri, in: place) }
            #expect(publisher.count == 0)
        }
    }

    @Test("Keys that a client registered are taken as they are, and nothing is fetched")
    func registered() async throws {
        let json = #"{"keys":[\#(try ProofKey.first.get().members().json)]}"#
        let traits = ClientTraits(keySet: json, keySetURI: Self.uri)
        let set = try await sets.keys(for: traits, kid: "any", in: .production, at: Self.start)
        #expect(set.keys.count == 1)
        await #expect(throws: RemoteKeySets.Fault.registered) {
            try await sets.keys(for: ClientTraits(keySet: "{}"), kid: nil, in: .production, at: Self.start)
        }
        await #expect(throws: RemoteKeySets.Fault.none) {
            try await sets.keys(for: .standard, kid: nil, in: .production, at: Self.start)
        }
        #expect(publisher.count == 0)
    }

    @Test("Of a thousand addresses and more, the oldest make room")
    func room() async throws {
        try publisher.publish(["one"])
        _ = try await keys(uri: "https://keys.example/0")
        for number in 1..<1_001 {
            _ = try await keys(after: 1 + Int64(number / 10), uri: "https://keys.example/\(number)")
        }
        #expect(publisher.count == 1_001)
        _ = try await keys(after: 102, uri: "https://keys.example/1000")
        #expect(publisher.count == 1_001)
        _ = try await keys(after: 102, uri: "https://keys.example/0")
        #expect(publisher.count == 1_002)
    }
}
