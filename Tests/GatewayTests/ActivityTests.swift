// Who looked: what a person sees of the trail, and what they do not; what is new to them; what an application and an auditor see.

import Domain
import Gateway
import TestKit
import Testing
import Vault

@Suite("Who looked")
struct ActivityTests {
    private static let export = exportText([.heart("71", minute: 0), .heart("72", minute: 1), .steps("40", minute: 2)])

    /// Gives everything that waits its place.
    private static func seal(_ stage: Stage) async throws {
        let log = try await stage.gateway.openLog()
        while case .sealed = try await log.round() {}
    }

    private static func words(_ page: ActivityPage) -> [String] {
        page.accesses.map { access in
            let types = access.types.map(\.rawValue).joined(separator: " ")
            return
                "\(access.applicationName ?? "-") \(access.action.rawValue) \(access.outcome.text) [\(types)] \(access.items)"
        }
    }

    private static func all(_ stage: Stage, _ person: PersonID, limit: Int) async throws -> [ActivityPage] {
        var pages: [ActivityPage] = []
        var asked = ActivityQuery(limit: limit)
        repeat {
            pages.append(try await stage.gateway.activity(asked, of: person))
            asked.before = pages.last?.next
        } while asked.before != nil
        return pages
    }

    @Test(
        "D1: a person sees each access with who, when, what and under which grant, refused ones too, newest first",
        arguments: EngineUnderTest.available)
    func sees(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            let first = stage.clock.now
            _ = try await stage.read(mine.token, mine.record, types: ["heart_rate"])
            stage.clock.move(by: .seconds(1))
            _ = try? await stage.read(mine.token, mine.record, types: ["body_weight"])
            try await Self.seal(stage)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.read(mine.token, mine.record)
            // The last one waits for its place still, and is seen all the same.
            let page = try await stage.gateway.activity(ActivityQuery(), of: ada)
            #expect(
                Self.words(page) == [
                    "Pulse read done [steps heart_rate] 3", "Pulse read refused:not_covered [body_weight] 0",
                    "Pulse read done [heart_rate] 2",
                ])
            #expect(page.accesses.map(\.index).map { $0 == nil } == [true, false, false] && page.next == nil)
            #expect(
                page.accesses.last?.at == first && page.accesses.allSatisfy { $0.grant == mine.grant && $0.isOwnGrant })
            #expect(page.accesses.allSatisfy { $0.organization == "Cardia Ltd" && $0.recordName != nil })
            let bob = try await stage.person("bob@example.org")
            #expect(try await stage.gateway.activity(ActivityQuery(), of: bob).accesses.isEmpty)
        }
    }

    @Test(
        "D1: page by page each access is seen once, whichever were sealed meanwhile; by application and by grant only theirs",
        arguments: EngineUnderTest.available)
    func pages(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let other = try await stage.application("Walk", in: pulse.organization)
            let ada = try await stage.person()
            let one = try await stage.authorize(ada, pulse)
            let two = try await stage.authorize(ada, other)
            for turn in 0..<9 {
                stage.clock.move(by: .seconds(1))
                let grant = turn % 3 == 0 ? two : one
                _ = try await stage.read(grant.token, grant.record)
                if turn == 6 { try await Self.seal(stage) }
            }
            let whole = try await stage.gateway.activity(ActivityQuery(limit: 1_000), of: ada)
            #expect(whole.accesses.count == 9 && whole.next == nil)
            #expect(whole.accesses.map(\.at) == whole.accesses.map(\.at).sorted(by: >))
            for limit in [1, 2, 3, 7, 9] {
                let pages = try await Self.all(stage, ada, limit: limit)
                #expect(pages.flatMap(\.accesses).map(\.id) == whole.accesses.map(\.id), "\(limit)")
            }
            let walked = try await stage.gateway.activity(ActivityQuery(application: other.id), of: ada)
            #expect(walked.accesses.count == 3 && walked.accesses.allSatisfy { $0.applicationName == "Walk" })
            let granted = try await stage.gateway.activity(ActivityQuery(grant: one.grant), of: ada)
            #expect(granted.accesses.count == 6 && granted.accesses.allSatisfy { $0.grant == one.grant })
            for limit in [0, -1, 1_001] {
                await declined(as: .invalidFields) {
                    try await stage.gateway.activity(ActivityQuery(limit: limit), of: ada)
                }
            }
        }
    }

    @Test(
        "D1: who looks after a record sees what others let out of it; who merely holds it sees only their own",
        arguments: EngineUnderTest.available)
    func ofRecords(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org", name: "Bob")
            let child = try await stage.child(of: ada)
            try await stage.share(child, from: ada, with: bob)
            let bobs = try await stage.authorize(bob, pulse, for: child)
            let adas = try await stage.authorize(ada, pulse, for: child)
            _ = try await stage.read(bobs.token, bobs.record)
            try await Self.seal(stage)
            _ = try await stage.read(adas.token, adas.record)
            let seen = try await stage.gateway.activity(ActivityQuery(), of: ada).accesses
            #expect(seen.map(\.isOwnGrant) == [true, false] && seen.allSatisfy { $0.recordName == "Cleo" })
            #expect(try await stage.gateway.activity(ActivityQuery(), of: bob).accesses.map(\.isOwnGrant) == [true])
            #expect(try await stage.gateway.activityOverview(of: ada).days.last?.served == 2)
            #expect(try await stage.gateway.activityOverview(of: bob).days.last?.served == 1)
        }
    }

    @Test(
        "EHDS Art. 9: what is new is counted until it is seen; it can be switched off, and on again from then",
        arguments: EngineUnderTest.available)
    func news(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let mine = try await stage.authorize(ada, pulse)
            #expect(try await gateway.unseenAccesses(of: ada) == 0)
            _ = try await stage.read(mine.token, mine.record)
            try await Self.seal(stage)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.read(mine.token, mine.record)
            #expect(try await gateway.unseenAccesses(of: ada) == 2)
            let seen = stage.clock.now
            stage.clock.move(by: .seconds(1))
            _ = try await stage.read(mine.token, mine.record)
            // What came after the page was made is not seen by pressing its button.
            try await gateway.sawActivity(until: seen, by: ada)
            #expect(try await gateway.unseenAccesses(of: ada) == 1)
            try await gateway.sawActivity(until: seen - .days(9), by: ada)
            #expect(try await gateway.unseenAccesses(of: ada) == 1, "what is seen stays seen")
            try await gateway.sawActivity(until: seen + .days(9), by: ada)
            stage.clock.move(by: .seconds(1))
            _ = try await stage.read(mine.token, mine.record)
            #expect(try await gateway.unseenAccesses(of: ada) == 1, "nobody has seen what is still to come")
            try await gateway.tellOfAccess(false, to: ada)
            #expect(try await gateway.unseenAccesses(of: ada) == nil)
            #expect(try await gateway.activityOverview(of: ada).unseen == nil)
            try await gateway.tellOfAccess(true, to: ada)
            #expect(try await gateway.unseenAccesses(of: ada) == 0)
        }
    }

    @Test(
        "The last thirty days are counted by day and by application, sealed or not, and older ones are not",
        arguments: EngineUnderTest.available)
    func days(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let bound = try await stage.lastingApplication("Walk", in: pulse.organization)
            let tokens = try await stage.lastingTokens(ada, bound)
            var refresh = tokens.refresh
            for day in [0, 1, 1, 29, 1] {
                stage.clock.move(by: .days(Int64(day)))
                let next = try await stage.refresh(refresh, by: bound)
                refresh = next.refreshToken ?? refresh
                _ = try await stage.read(next.accessToken, tokens.record)
                _ = try? await stage.read(next.accessToken, tokens.record, types: ["body_height"])
                if day == 29 { try await Self.seal(stage) }
            }
            let overview = try await stage.gateway.activityOverview(of: ada)
            #expect(overview.days.count == 30 && overview.days.map(\.served).reduce(0, +) == 2)
            #expect(
                overview.days.suffix(2).map(\.served) == [1, 1] && overview.days.suffix(2).map(\.refused) == [1, 1])
            #expect(overview.applications.map(\.name) == ["Walk"])
            #expect(overview.applications.first?.served == 2 && overview.applications.first?.refused == 2)
        }
    }

    @Test(
        "D1, F8: an application reads the entries that name it, with its own names for people, in the order of the log",
        arguments: EngineUnderTest.available)
    func ofApplications(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let rules = Stage.rules + [.reads(["steps"], named: "nightly", mode: .offline)]
            let pulse = try await stage.application(rules: rules)
            let other = try await stage.application("Other", in: pulse.organization, rules: rules)
            let ada = try await stage.person()
            let bob = try await stage.person("bob@example.org")
            let mine = try await stage.authorize(ada, pulse)
            let bobs = try await stage.authorize(bob, pulse)
            _ = try await stage.authorize(ada, other)
            _ = try await stage.read(mine.token, mine.record)
            _ = try await stage.read(bobs.token, bobs.record)
            let alone = try await stage.alone(pulse)
            #expect(
                try await stage.gateway.ownEntries(TrailQuery(), token: alone, key: nil).entries.isEmpty,
                "not sealed yet")
            try await Self.seal(stage)
            let own = try await stage.gateway.ownEntries(TrailQuery(), token: alone, key: nil)
            #expect(own.entries.map(\.index) == own.entries.map(\.index).sorted() && own.next == nil)
            #expect(own.entries.allSatisfy { $0.entry.application == pulse.id } && own.entries.count > 6)
            var reads = TrailQuery()
            reads.actions = [.read]
            let read = try await stage.gateway.ownEntries(reads, token: alone, key: nil).entries
            #expect(read.map(\.record?.text) == [mine.record, bobs.record])
            #expect(Set(read.map(\.person?.text)).count == 2 && read.allSatisfy { $0.person != nil })
            // A token of one grant reaches the entries of that grant.
            let narrow = try await stage.gateway.ownEntries(TrailQuery(), token: mine.token, key: nil).entries
            #expect(narrow.allSatisfy { $0.entry.grant == mine.grant } && narrow.contains { $0.entry.action == .read })
            reads.limit = 1
            let first = try await stage.gateway.ownEntries(reads, token: alone, key: nil)
            #expect(first.entries.count == 1 && first.next == first.entries.first?.index)
            reads.after = first.next
            #expect(
                try await stage.gateway.ownEntries(reads, token: alone, key: nil).entries.map(\.record?.text) == [
                    bobs.record
                ])
            reads.isDone = false
            #expect(try await stage.gateway.ownEntries(reads, token: alone, key: nil).entries.isEmpty)
            try await stage.revoke(mine.grant, by: ada)
            await declined(as: .consentRequired) {
                try await stage.gateway.ownEntries(TrailQuery(), token: mine.token, key: nil)
            }
        }
    }

    @Test(
        "D1: an auditor reads everything, by pseudonyms, and that they did is an entry of its own; nobody else may",
        arguments: EngineUnderTest.available)
    func ofAuditors(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let gateway = stage.gateway
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let eve = try await stage.person("eve@example.org", name: "Eve")
            let mine = try await stage.authorize(ada, pulse)
            _ = try await stage.read(mine.token, mine.record)
            try await Self.seal(stage)
            await declined(as: .notPermitted) { try await gateway.trail(TrailQuery(), by: eve, request: nil) }
            #expect(try await gateway.addAuditor(login: "Eve@example.org", request: nil))
            #expect(try await gateway.addAuditor(login: "eve@example.org", request: nil) == false)
            await declined(as: .notFound) { try await gateway.addAuditor(login: "nobody", request: nil) }
            #expect(try await gateway.auditors() == ["eve@example.org"])
            let page = try await gateway.trail(TrailQuery(), by: eve, request: nil)
            #expect(page.entries.map(\.index) == Array(0..<page.entries.count) && page.entries.count > 5)
            for entry in page.entries {
                #expect(AuditLeaf(parsing: entry.leaf)?.entry == entry.entry && entry.person == nil)
                let text = String(decoding: entry.leaf, as: UTF8.self)
                #expect(!text.contains(ada.text) && !text.contains(mine.record) && !text.contains("ada@"))
            }
            let looked = try await stage.audit(.trailRead)
            #expect(looked.map(\.items) == [page.entries.count] && looked.first?.person != nil)
            #expect(try await stage.audit(.auditorAdded).count == 1)
            #expect(try await gateway.removeAuditor(login: "eve@example.org", request: nil))
            #expect(try await gateway.removeAuditor(login: "eve@example.org", request: nil) == false)
            await declined(as: .notPermitted) { try await gateway.trail(TrailQuery(), by: eve, request: nil) }
        }
    }
}
