// Every state with every event. What is not written in a table is refused and changes nothing.

import Domain
import Testing

struct LifecycleTests {
    @Test("C4, C5: an approval moves once: all states and all events")
    func approval() throws {
        let table: [Row<ApprovalState, ApprovalState.Event>] = [
            Row(.pending, .approve, .approved, [.makeGrant, .issueCode]), Row(.pending, .deny, .denied, []),
            Row(.pending, .lapse, .expired, []),
        ]
        try walk(table, events: ApprovalState.Event.allCases, noun: "approval") {
            state, event throws(InvalidTransition) in
            try state.apply(event)
        }
    }

    @Test("C9: a grant is revoked or expires and is never deleted: all states and all events")
    func grant() throws {
        let table: [Row<GrantState, GrantState.Event>] = [
            Row(.active, .extend, .active, [.withdrawUncovered, .announce]),
            Row(.active, .narrow, .active, [.withdrawUncovered, .announce]), Row(.active, .renew, .active, [.announce]),
            Row(.active, .revoke, .revoked, [.endTokens, .withdrawParcels, .announce]),
            Row(.active, .expire, .expired, [.endTokens, .withdrawParcels, .announce]),
            Row(.expired, .revoke, .revoked, [.endTokens, .withdrawParcels, .announce]),
        ]
        try walk(table, events: GrantState.Event.allCases, noun: "grant") { state, event throws(InvalidTransition) in
            try state.apply(event)
        }
    }

    @Test(
        "B5, B11: access to a record begins with an invitation and ends in one of four ways: all states and all events")
    func recordAccess() throws {
        let table: [Row<RecordAccessState, RecordAccessState.Event>] = [
            Row(.invited, .accept, .active, []), Row(.invited, .decline, .declined, []),
            Row(.invited, .cancel, .cancelled, []), Row(.invited, .lapse, .lapsed, []),
            Row(.active, .narrow, .active, [.announce]), Row(.active, .leave, .left, [.announce]),
            Row(.active, .remove, .removed, [.announce]), Row(.active, .expire, .expired, [.announce]),
            Row(.expired, .leave, .left, []), Row(.expired, .remove, .removed, []),
        ]
        try walk(table, events: RecordAccessState.Event.allCases, noun: "record access") {
            state, event throws(InvalidTransition) in
            try state.apply(event)
        }
    }

    @Test("C7: an application is suspended and resumed, and nothing else: all states and all events")
    func application() throws {
        let table: [Row<ApplicationState, ApplicationState.Event>] = [
            Row(.active, .suspend, .suspended, []), Row(.suspended, .resume, .active, []),
        ]
        try walk(table, events: ApplicationState.Event.allCases, noun: "application") {
            state, event throws(InvalidTransition) in
            try state.apply(event)
        }
    }

    @Test("C9: no six events, in any order, make a revoked grant active again, nor an expired one")
    func noWayBack() {
        var tried = 0
        func go(_ state: GrantState, wasRevoked: Bool, wasExpired: Bool, steps: Int) {
            tried += 1
            if wasRevoked, state != .revoked { Issue.record("out of revoked") }
            if wasExpired, state == .active { Issue.record("out of expired") }
            guard steps < 6 else { return }
            for event in GrantState.Event.allCases {
                var next = state
                _ = try? next.apply(event)
                go(
                    next, wasRevoked: wasRevoked || event == .revoke,
                    wasExpired: wasExpired || (event == .expire && next == .expired), steps: steps + 1)
            }
        }
        go(.active, wasRevoked: false, wasExpired: false, steps: 0)
        #expect(tried == (0...6).reduce(0) { total, depth in total + (0..<depth).reduce(1) { power, _ in power * 5 } })
    }

    @Test("F4, F6: a parcel leaves its payload behind wherever its life ends: all states and all events")
    func parcel() throws {
        let table: [Row<ParcelState, ParcelState.Event>] = [
            Row(.staged, .release, .waiting, []), Row(.staged, .withdraw, .withdrawn, [.dropPayload]),
            Row(.waiting, .claim, .sending, []), Row(.waiting, .acknowledge, .acknowledged, [.dropPayload]),
            Row(.waiting, .withdraw, .withdrawn, [.dropPayload]), Row(.waiting, .lapse, .lapsed, [.dropPayload]),
            Row(.sending, .fail, .waiting, []), Row(.sending, .accept, .delivered, [.dropPayload]),
            Row(.sending, .withdraw, .withdrawn, [.dropPayload]),
        ]
        try walk(table, events: ParcelState.Event.allCases, noun: "parcel") { state, event throws(InvalidTransition) in
            try state.apply(event)
        }
        for row in table {
            #expect(row.effects.contains(.dropPayload) == (row.from.hasPayload && !row.to.hasPayload), "\(row)")
        }
        #expect(ParcelState.allCases.filter(\.hasPayload) == [.staged, .waiting, .sending])
    }

    @Test("C9: nothing leads out of revoked, nor out of a decided approval, nor out of a parcel without payload")
    func ends() {
        for event in GrantState.Event.allCases {
            var state = GrantState.revoked
            #expect(throws: InvalidTransition.self) { try state.apply(event) }
            #expect(state == .revoked)
        }
        for event in ApprovalState.Event.allCases {
            for decided in [ApprovalState.approved, .denied, .expired] {
                var state = decided
                #expect(throws: InvalidTransition.self) { try state.apply(event) }
                #expect(state == decided)
            }
        }
        for event in ParcelState.Event.allCases {
            for over in ParcelState.allCases where !over.hasPayload {
                var state = over
                #expect(throws: InvalidTransition.self) { try state.apply(event) }
                #expect(state == over)
            }
        }
    }

    @Test("The words of states are those of the stored rows")
    func words() {
        #expect(ApprovalState.allCases.map(\.rawValue) == ["pending", "approved", "denied", "expired"])
        #expect(GrantState.allCases.map(\.rawValue) == ["active", "expired", "revoked"])
        #expect(
            ParcelState.allCases.map(\.rawValue) == [
                "staged", "waiting", "sending", "delivered", "acknowledged", "withdrawn", "lapsed",
            ])
        #expect(
            RecordAccessState.allCases.map(\.rawValue) == [
                "invited", "active", "declined", "cancelled", "lapsed", "left", "removed", "expired",
            ])
        #expect(ApplicationState.allCases.map(\.rawValue) == ["active", "suspended"])
        #expect(InteractionModel.allCases.map(\.rawValue) == ["single_record", "multi_record", "offline"])
        #expect(Relationship.allCases.map(\.rawValue) == ["own", "child", "parent", "other"])
        #expect(Environment.allCases.map(\.rawValue) == ["sandbox", "production"])
        #expect(Question.Purpose.allCases.map(\.rawValue) == ["on_demand", "delivery", "hold"])
    }

    @Test("C4: an approval's window is 1 to 60 minutes, 15 unless set; anything else is refused")
    func approvalWindow() {
        for minutes in -1...62 {
            #expect(
                ApprovalWindow(minutes: minutes)?.span == ((1...60).contains(minutes) ? .minutes(Int64(minutes)) : nil))
        }
        for minutes in [Int.min, -60, 61, 3_600, .max] { #expect(ApprovalWindow(minutes: minutes) == nil) }
        #expect(ApprovalWindow.standard.span == .minutes(15))
    }

    @Test("C6: a grant's life is 1 to 365 days, 90 unless set; anything else is refused")
    func grantLife() {
        for days in -1...367 {
            let life = GrantLife(days: days)
            #expect(life?.days == ((1...365).contains(days) ? days : nil))
            #expect(life?.span == life.map { .seconds(Int64($0.days) * 86_400) })
        }
        for days in [Int.min, -90, 366, 36_500, .max] { #expect(GrantLife(days: days) == nil) }
        #expect(GrantLife.standard.days == 90)
    }

    @Test("F4: a bucket keeps what nobody fetched for 3 days in the sandbox and for 10 in production")
    func bucketLife() {
        #expect(Environment.sandbox.bucketLife == .hours(72))
        #expect(Environment.production.bucketLife == .hours(240))
    }

    @Test("F2: a failed delivery is tried again after 5 s, 1 min, 5 min, 30 min, 2 h, 5 h, 10 h, then daily")
    func retrySchedule() {
        let gaps: [Span] = [
            .seconds(5), .minutes(1), .minutes(5), .minutes(30), .hours(2), .hours(5), .hours(10), .hours(24),
        ]
        for (place, gap) in gaps.enumerated() {
            #expect(RetrySchedule.gap(afterAttempts: place + 1, dice: 0) == gap)
        }
        for attempts in [9, 100, Int.max] { #expect(RetrySchedule.gap(afterAttempts: attempts, dice: 0) == .hours(24)) }
        for attempts in [Int.min, -1, 0] { #expect(RetrySchedule.gap(afterAttempts: attempts, dice: 0) == .seconds(5)) }
    }

    @Test("F2: receivers are not met by a crowd: up to a fifth is added to a gap, never more")
    func retryJitter() {
        for attempts in 1...8 {
            let gap = RetrySchedule.gap(afterAttempts: attempts, dice: 0).microseconds
            let most = gap + gap / 5
            #expect(RetrySchedule.gap(afterAttempts: attempts, dice: UInt64(gap / 5)).microseconds == most)
            #expect(RetrySchedule.gap(afterAttempts: attempts, dice: UInt64(gap / 5) + 1).microseconds == gap)
            for dice in [1, 0x1234_5678_9abc_def0, UInt64.max] as [UInt64] {
                #expect((gap...most).contains(RetrySchedule.gap(afterAttempts: attempts, dice: dice).microseconds))
            }
        }
    }

    struct Row<State: Sendable, Event: Sendable>: Sendable {
        let from: State
        let event: Event
        let to: State
        let effects: [Effect]
        init(_ from: State, _ event: Event, _ to: State, _ effects: [Effect]) {
            self.from = from
            self.event = event
            self.to = to
            self.effects = effects
        }
    }

    private func walk<State, Event>(
        _ table: [Row<State, Event>], events: [Event], noun: String,
        _ apply: (inout State, Event) throws(InvalidTransition) -> [Effect]
    ) throws
    where State: CaseIterable & RawRepresentable<String> & Equatable, Event: RawRepresentable<String> & Equatable {
        for from in State.allCases {
            for event in events {
                let row = table.first { $0.from == from && $0.event == event }
                var state = from
                do throws(InvalidTransition) {
                    let effects = try apply(&state, event)
                    #expect(row?.to == state, "\(from) \(event)")
                    #expect(row?.effects == effects, "\(from) \(event)")
                } catch {
                    #expect(row == nil, "\(from) \(event)")
                    #expect(state == from, "a refused event changes nothing")
                    #expect(error == InvalidTransition(noun: noun, state: from.rawValue, event: event.rawValue))
                }
            }
        }
    }
}
