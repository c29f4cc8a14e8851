// What can be, and what is likely: the two ranges that every number is held against.

/// A range of numbers in the unit that stands beside it, both ends included unless said otherwise.
public struct Limits: Sendable, Hashable {
    public let lowest: Double
    public let highest: Double
    /// True where only what lies above `lowest` is inside.
    public let isOpenBelow: Bool

    init(_ lowest: Double, _ highest: Double) {
        self.lowest = lowest
        self.highest = highest
        isOpenBelow = false
    }

    init(above lowest: Double, _ highest: Double) {
        self.lowest = lowest
        self.highest = highest
        isOpenBelow = true
    }

    public func contains(_ number: Double) -> Bool {
        (isOpenBelow ? number > lowest : number >= lowest) && number <= highest
    }
}
