// The leaky bucket of failures: when it is empty, how long it takes, and what it can never do.

import Domain
import TestKit
import Testing

@Suite("A budget of failures")
struct SpendingBudgetTests {
    private let start = Moment(seconds: 1_795_255_200)

    @Test("ASVS 6.3: ten failures at once, then one a minute, to the microsecond")
    func account() {
        let budget = SpendingBudget.ofAccount
        var debt: SpendingBudget.Debt?
        for _ in 0..<10 {
            #expect(!budget.isSpent(debt, at: start))
            debt = budget.spend(debt, at: start)
        }
        #expect(budget.retryAfter(debt, at: start) == .minutes(1))
        let almost = start + .minutes(1) - Span(microseconds: 1)
        #expect(budget.retryAfter(debt, at: almost) == Span(microseconds: 1))
        #expect(!budget.isSpent(debt, at: start + .minutes(1)))
        debt = budget.spend(debt, at: start + .minutes(1))
        #expect(budget.retryAfter(debt, at: start + .minutes(1)) == .minutes(1))
        #expect(debt?.left(at: start + .minutes(1) + budget.whole) == Span(microseconds: 0))
    }

    @Test("What is no budget is not made")
    func bounds() {
        #expect(SpendingBudget(size: 0, refill: .seconds(1)) == nil)
        #expect(SpendingBudget(size: 10_001, refill: .seconds(1)) == nil)
        #expect(SpendingBudget(size: 1, refill: Span(microseconds: 0)) == nil)
        #expect(SpendingBudget(size: 1, refill: .seconds(3_601)) == nil)
        #expect(SpendingBudget(size: 10_000, refill: .hours(1)) != nil)
    }

    @Test("A clock that was set back forgives nothing and takes nothing more")
    func clockSetBack() {
        let budget = SpendingBudget.ofAccount
        let debt = budget.spend(nil, at: start)
        #expect(debt.left(at: start - .hours(1)) == .minutes(1))
        #expect(budget.spend(debt, at: start - .hours(1)).span == .minutes(2))
    }

    @Test("A debt of a larger budget is worth no more than the whole of this one")
    func smaller() throws {
        let small = try #require(SpendingBudget(size: 2, refill: .seconds(1)))
        let old = SpendingBudget.Debt(.hours(5), asOf: start)
        #expect(small.retryAfter(old, at: start) == .seconds(1))
    }

    @Test("Whatever happens, nobody waits longer than one refill, and no more get through than the budget has")
    func neverLockedOut() throws {
        var dice = SeededDice("spending budget")
        for _ in 0..<200 {
            let size = dice.roll(1...20)
            let refill = Span(microseconds: Int64(dice.roll(1...5_000_000)))
            let budget = try #require(SpendingBudget(size: size, refill: refill))
            var debt: SpendingBudget.Debt?
            var now = start
            var through = 0
            for _ in 0..<200 {
                now = now + Span(microseconds: Int64(dice.roll(0...2_000_000)))
                if let wait = budget.retryAfter(debt, at: now) {
                    #expect(wait > Span(microseconds: 0) && wait <= refill, "\(dice.note)")
                } else {
                    debt = budget.spend(debt, at: now)
                    through += 1
                }
            }
            let passed = (now - start).microseconds
            #expect(through <= size + Int(passed / refill.microseconds), "\(dice.note)")
        }
    }
}
