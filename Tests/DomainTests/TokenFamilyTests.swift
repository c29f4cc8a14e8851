// What becomes of a refresh token when it is presented: every verdict, by generation, by the clock and by what happened before.

import Domain
import TestKit
import Testing

@Suite("Token families")
struct TokenFamilyTests {
    private static let born = Moment(seconds: 1_795_255_200)
    private static let window = Span.seconds(60)

    private static func family(_ generation: Int, ended: Bool = false) -> TokenFamily {
        TokenFamily(generation: generation, advancedAt: born, expiresAt: born + .days(90), hasEnded: ended)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let family: TokenFamily
        let generation: Int
        let after: Span
        let verdict: TokenFamily.Verdict
        var testDescription: String { name }
    }

    private static let micro = Span(microseconds: 1)
    static let cases: [Case] = [
        Case(name: "the first", family: family(1), generation: 1, after: .seconds(0), verdict: .rotate),
        Case(name: "the newest, much later", family: family(7), generation: 7, after: .days(89), verdict: .rotate),
        Case(
            name: "the newest, at its last microsecond", family: family(7), generation: 7,
            after: Span(microseconds: Span.days(90).microseconds - 1), verdict: .rotate),
        Case(
            name: "the newest, at the end of its grant", family: family(7), generation: 7, after: .days(90),
            verdict: .over),
        Case(
            name: "the one before, at once", family: family(2), generation: 1, after: .seconds(0),
            verdict: .repeatAnswer),
        Case(
            name: "the one before, at the last microsecond of its window", family: family(2), generation: 1,
            after: Span(microseconds: window.microseconds - 1), verdict: .repeatAnswer),
        Case(
            name: "the one before, at the end of its window", family: family(2), generation: 1, after: window,
            verdict: .late),
        Case(name: "the one before, days later", family: family(9), generation: 8, after: .days(3), verdict: .late),
        Case(name: "two before, at once", family: family(3), generation: 1, after: .seconds(0), verdict: .reuse),
        Case(name: "two before, later", family: family(3), generation: 1, after: .hours(1), verdict: .reuse),
        Case(name: "long before", family: family(40), generation: 1, after: .seconds(1), verdict: .reuse),
        Case(name: "one that is still to come", family: family(3), generation: 4, after: .seconds(0), verdict: .reuse),
        Case(
            name: "the newest of an ended family", family: family(3, ended: true), generation: 3, after: .seconds(0),
            verdict: .over),
        Case(
            name: "the one before of an ended family", family: family(3, ended: true), generation: 2,
            after: .seconds(0), verdict: .over),
        Case(
            name: "an old one of an ended family", family: family(3, ended: true), generation: 1, after: .seconds(0),
            verdict: .over),
        Case(
            name: "an old one after the grant's end", family: family(3), generation: 1, after: .days(90), verdict: .over
        ),
    ]

    @Test(
        "§6 check 9: a refresh token is judged by its generation, the window and the end of its grant", arguments: cases
    )
    func verdicts(_ row: Case) {
        let verdict = row.family.present(generation: row.generation, at: Self.born + row.after, window: Self.window)
        #expect(verdict == row.verdict)
    }

    @Test("§6 check 9: a window of nothing answers no retry; the newest is answered all the same")
    func noWindow() {
        let family = Self.family(2)
        #expect(family.present(generation: 1, at: Self.born, window: .seconds(0)) == .late)
        #expect(family.present(generation: 2, at: Self.born, window: .seconds(0)) == .rotate)
    }

    @Test("In any life of a family only the newest moves it on, and nothing wakes what is over", arguments: 0..<200)
    func anyLife(_ round: Int) {
        var dice = SeededDice("token family \(round)")
        var family = Self.family(1)
        var now = Self.born
        for _ in 0..<40 {
            now = now + .seconds(Int64(dice.pick([0, 1, 59, 60, 61, 86_400])))
            let presented = dice.roll(1...family.generation)
            let before = family
            switch family.present(generation: presented, at: now, window: Self.window) {
            case .rotate:
                #expect(presented == before.generation, "\(dice.note)")
                family.generation += 1
                family.advancedAt = now
            case .repeatAnswer:
                #expect(presented == before.generation - 1 && now < before.advancedAt + Self.window, "\(dice.note)")
            case .late:
                #expect(presented == before.generation - 1 && now >= before.advancedAt + Self.window, "\(dice.note)")
            case .reuse:
                #expect(presented < before.generation - 1, "\(dice.note)")
                family.hasEnded = true
            case .over:
                #expect(before.hasEnded || now >= before.expiresAt, "\(dice.note)")
            }
            if before.hasEnded { #expect(family == before, "\(dice.note)") }
        }
    }

    @Test("FAPI 2.0: the profile pushes, binds and lives shorter, whatever else is set; the standard leaves the choice")
    func traits() {
        for pushes in [false, true] {
            for binds in [false, true] {
                var traits = ClientTraits(requiresPushedRequests: pushes, bindsTokens: binds)
                #expect(traits.mustPush == pushes)
                #expect(traits.mustBind == binds)
                #expect(traits.codeLife == .minutes(10))
                traits.profile = .fapi2
                #expect(traits.mustPush && traits.mustBind)
                #expect(traits.codeLife == .seconds(60))
            }
        }
    }
}
