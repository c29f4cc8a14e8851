// The arithmetic under the units, at its edges.

import Domain
import Testing

@testable import Harmony

struct ExactTests {
    @Test(
        "F1: what must be rounded is rounded half to even",
        arguments: [
            ("0.0000000000000000000000005", "0"), ("0.0000000000000000000000015", "0.0000000000000000000002"),
            ("-0.0000000000000000000000015", "-0.0000000000000000000002"),
            ("0.0000000000000000000000025", "0.0000000000000000000002"),
            ("0.00000000000000000000000251", "0.0000000000000000000003"),
        ])
    func ties(_ sent: String, _ hundredfold: String) throws {
        let number = try #require(DecimalNumber(sent))
        #expect(number.multiplied(by: DecimalNumber(significand: 100))?.text == hundredfold)
    }

    @Test("F1: a possible value with more digits than fit is rounded, not refused")
    func manyDigits() throws {
        let ounces = try #require(DecimalNumber("9999.000000000000000000000000000001"))
        #expect(UnitTable.mass.conversion(from: "oz")?.convert(ounces)?.text == "283.466881726875")
    }

    @Test("F1: a percentage a hair over one is no fraction")
    func hairOverOne() throws {
        let over = try #require(DecimalNumber("1.00000000000000000001"))
        #expect(Conversion.percentOrFraction.convert(over) == over)
        #expect(Conversion.percentOrFraction.convert(DecimalNumber(significand: 10, scale: 1))?.text == "100")
    }

    @Test("F1: numbers at the ends of what 128 bits hold stop nothing", arguments: [0, 1, 24, 38, 64])
    func ends(_ scale: Int) {
        for significand in [Int128.min, Int128.min + 1, -1, 0, 1, Int128.max] {
            let number = DecimalNumber(significand: significand, scale: scale)
            _ = number.converted(minus: 32, times: 5, over: 9)
            _ = number.isAtMostOne
            #expect(number.size.isFinite)
            #expect(number.trimmed().size == number.size || scale > 22)
            let product = number.multiplied(by: DecimalNumber(significand: 45_359_237, scale: 8))
            #expect(product.map { abs($0.size) <= abs(number.size) } ?? (abs(number.size) > 1_000_000))
        }
    }
}
