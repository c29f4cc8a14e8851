// Hides the arithmetic of unit conversion on exact decimals: multiplication without loss, one way of rounding where a
// quotient does not end, and no overflow that traps.

import Domain

extension DecimalNumber {
    /// The exact product, without the zeros that multiplying left at its end. Nil when it does not fit.
    func multiplied(by factor: DecimalNumber) -> DecimalNumber? {
        guard let bounded = bounded() else { return nil }
        let (product, overflows) = bounded.significand.multipliedReportingOverflow(by: factor.significand)
        guard !overflows else { return nil }
        return DecimalNumber(significand: product, scale: bounded.scale + factor.scale).trimmed()
    }

    /// `(self - subtrahend) × numerator / denominator`, rounded half to even at two digits more than the number had,
    /// then trimmed. Nil when it does not fit.
    func converted(minus subtrahend: Int128, times numerator: Int128, over denominator: Int128) -> DecimalNumber? {
        guard let bounded = bounded() else { return nil }
        let shifted = subtrahend == 0 ? 0 : subtrahend * powerOfTen(bounded.scale)
        let (product, overflows) = (bounded.significand - shifted).multipliedReportingOverflow(by: numerator * 100)
        guard !overflows else { return nil }
        let rounded = divideRoundingHalfToEven(product, by: denominator)
        return DecimalNumber(significand: rounded, scale: bounded.scale + 2).trimmed()
    }

    /// No zeros at the end of the fraction: `37.000` is `37`, `5000` stays.
    func trimmed() -> DecimalNumber {
        guard scale > 0 else { return self }
        var scale = scale
        if let small = Int64(exactly: significand) {
            var rest = small
            while scale > 0, rest % 10 == 0 {
                rest /= 10
                scale -= 1
            }
            return DecimalNumber(significand: Int128(rest), scale: scale)
        }
        var rest = significand
        while scale > 0, rest % 10 == 0 {
            rest /= 10
            scale -= 1
        }
        return DecimalNumber(significand: rest, scale: scale)
    }

    /// As `approximate`, quickly. For ranges only.
    var size: Double {
        guard let small = Int64(exactly: significand), scale < powersOfTen.count else { return approximate }
        return Double(small) / powersOfTen[scale]
    }

    /// Exact, where `size` could take a hair over one for one.
    var isAtMostOne: Bool { significand <= 0 || scale >= 38 || significand <= powerOfTen(scale) }

    /// At most 26 digits, at most 24 of them behind the point, so that what follows fits 128 bits. Only a number with
    /// more digits than a binary double can hold is rounded here. Nil for whole numbers of more than 26 digits.
    private func bounded() -> DecimalNumber? {
        if scale <= 24, Int64(exactly: significand) != nil { return self }
        var digits = 0
        var rest = significand.magnitude
        while rest > 0 {
            rest /= 10
            digits += 1
        }
        let surplus = max(scale - 24, digits - 26, 0)
        guard surplus > 0 else { return self }
        guard surplus <= scale else { return nil }
        guard surplus < 38 else { return DecimalNumber(significand: 0) }
        let rounded = divideRoundingHalfToEven(significand, by: powerOfTen(surplus))
        return DecimalNumber(significand: rounded, scale: scale - surplus)
    }
}

/// Those that a double holds exactly.
private let powersOfTen: [Double] = (0...22).reduce(into: [1]) { powers, place in
    if place > 0 { powers.append(powers[place - 1] * 10) }
}

/// `exponent` is 0 to 38; what lies outside is taken for the nearer end.
private func powerOfTen(_ exponent: Int) -> Int128 {
    var power: Int128 = 1
    for _ in 0..<min(max(exponent, 0), 38) { power *= 10 }
    return power
}

/// `divisor` is positive.
private func divideRoundingHalfToEven(_ dividend: Int128, by divisor: Int128) -> Int128 {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    let left = remainder.magnitude
    let toNext = divisor.magnitude - left
    guard left > toNext || (left == toNext && quotient % 2 != 0) else { return quotient }
    return dividend < 0 ? quotient - 1 : quotient + 1
}
