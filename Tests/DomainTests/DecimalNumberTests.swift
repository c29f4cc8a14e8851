// Exact decimals: read, written, and never through a binary fraction.

import Domain
import TestKit
import Testing

struct DecimalNumberTests {
    @Test(
        "F1: a number is kept as it was sent, zeros at its end too",
        arguments: [
            ("0", 0, 0, "0"), ("7", 7, 0, "7"), ("-3", -3, 0, "-3"), ("+5", 5, 0, "5"), ("0.97", 97, 2, "0.97"),
            ("165.30", 16_530, 2, "165.30"), (".5", 5, 1, "0.5"), ("5.", 5, 0, "5"), ("-.5", -5, 1, "-0.5"),
            ("007", 7, 0, "7"), ("0.00", 0, 2, "0.00"), ("-0", 0, 0, "0"), ("-0.0", 0, 1, "0.0"),
            ("1e3", 1_000, 0, "1000"), ("1E-3", 1, 3, "0.001"), ("1.5e+1", 15, 0, "15"), ("12.50e1", 1_250, 1, "125.0"),
            ("1e-30", 1, 30, "0.000000000000000000000000000001"),
            ("2e030", 0, 0, "2" + String(repeating: "0", count: 30)),
            ("-18446744073709551616.1", 0, 1, "-18446744073709551616.1"),
            ("9999999999999999999999999999999999", 0, 0, "9999999999999999999999999999999999"),
        ] as [(String, Int, Int, String)])
    func reads(text: String, significand: Int, scale: Int, written: String) throws {
        let number = try #require(DecimalNumber(text))
        if abs(significand) > 0 { #expect(number.significand == Int128(significand)) }
        #expect(number.scale == scale)
        #expect(number.text == written)
    }

    @Test(
        "What is not a number, or more than can be kept exactly, is refused",
        arguments: [
            "", ".", "-", "+", "-.", "e5", ".e5", "1e", "1e+", "1e-", "1e5.", "1.2.3", "--1", "+-1", "1-", "1+1", " 1",
            "1 ",
            "1,5", "1_000", "0x10", "NaN", "nan", "inf", "Infinity", "-inf", "１", "1e1e1", "1e31", "1e-31", "1e0031",
            "1e1-",
            "12345678901234567890123456789012345", "1e34", "99999e30", "0.00000000000000000000000000000000001",
            "½", "1e--1", "e", "-e1", "1.e", "..1",
        ])
    func refuses(text: String) {
        #expect(DecimalNumber(text) == nil)
        #expect(DecimalNumber("1\u{0}\(text)") == nil)
    }

    @Test("F1: any number of up to 34 digits is written so that it reads back as the same number")
    func roundTrip() {
        var dice = SeededDice("decimals")
        for _ in 0..<20_000 {
            let digits = dice.roll(1...34)
            let magnitude = (0..<digits).reduce(Int128(0)) { sum, _ in sum * 10 + Int128(dice.roll(0...9)) }
            // At most 34 digits are read, leading zeros among them.
            let number = DecimalNumber(significand: dice.flip() ? magnitude : -magnitude, scale: dice.roll(0...33))
            if DecimalNumber(number.text) != number { Issue.record("\(number) \(number.text) \(dice.note)") }
        }
    }

    @Test("F1: a number that is read is written as a plain speller would write it")
    func plainSpelling() {
        var dice = SeededDice("spelling")
        for _ in 0..<20_000 {
            let whole = String((0..<dice.roll(1...12)).map { _ in dice.pick(Array("0123456789")) })
            let fraction = String((0..<dice.roll(0...12)).map { _ in dice.pick(Array("0123456789")) })
            let sign = dice.flip() ? "-" : ""
            let text = "\(sign)\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)")
            let stripped = whole.drop { $0 == "0" }
            let isZero = (whole + fraction).allSatisfy { $0 == "0" }
            let expected =
                "\(isZero ? "" : sign)\(stripped.isEmpty ? "0" : String(stripped))"
                + (fraction.isEmpty ? "" : ".\(fraction)")
            if DecimalNumber(text)?.text != expected { Issue.record("\(text) \(dice.note)") }
        }
    }

    @Test("The largest and the smallest significands are written whole")
    func edges() {
        #expect(DecimalNumber(significand: .max).text == "170141183460469231731687303715884105727")
        #expect(DecimalNumber(significand: .min).text == "-170141183460469231731687303715884105728")
        #expect(DecimalNumber(significand: .min, scale: 39).text == "-0.170141183460469231731687303715884105728")
        #expect(DecimalNumber(significand: Int128(UInt64.max), scale: 20).text == "0.18446744073709551615")
        #expect(DecimalNumber(significand: Int128(UInt64.max) + 1, scale: 20).text == "0.18446744073709551616")
    }

    @Test("Bytes read as text does, and text is appended after what is there")
    func bytes() {
        #expect(DecimalNumber(utf8: Array("12.5".utf8)) == DecimalNumber("12.5"))
        #expect(DecimalNumber("x12.5y".dropFirst().dropLast()) == DecimalNumber("12.5"))
        var bytes = Array("is ".utf8)
        DecimalNumber(significand: -125, scale: 1).appendText(to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "is -12.5")
    }

    @Test("For plausibility a number is near enough")
    func approximate() {
        for (text, value) in [("0", 0), ("-12.50", -12.5), ("0.001", 0.001), ("1e30", 1e30)] as [(String, Double)] {
            let found = DecimalNumber(text)?.approximate ?? .nan
            #expect(abs(found - value) <= abs(value) * 1e-12)
        }
    }
}
