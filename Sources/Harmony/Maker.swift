// What may be said of who recorded a reading. Free text goes in, and only names from the lists here or model numbers of
// a known shape come out: a first name in `Anna's Apple Watch` is never delivered (F8).

import Domain

/// What an application or a device is called once nothing personal is left.
struct Maker: Sendable {
    let origin: String?
    let manufacturer: String?
    let model: String?
    /// Of the texts as sent, so that two makers with the same plain name still make different items.
    let digest: (first: UInt64, last: UInt64)

    init(source: Source, origin: String, device: String?, key: ItemKey) {
        let fields = device.map(DeviceText.init)
        self.origin = ProductNames.product(in: origin)
        manufacturer = fields?.manufacturer.flatMap(ProductNames.manufacturer)
        model =
            fields?.hardware.flatMap(ProductNames.model) ?? fields?.model.flatMap(ProductNames.model)
        var hash = SipHash(key: key)
        hash.absorb(source.rawValue)
        hash.absorb(origin)
        hash.absorb(fields?.stable ?? "")
        digest = hash.finished()
    }
}

/// HealthKit's description of a device: `<<HKDevice: 0x2822a1>, name:…, manufacturer:Apple Inc., hardware:Watch6,2>`.
/// The name is never read: people choose it.
struct DeviceText {
    private(set) var manufacturer: String?
    private(set) var model: String?
    private(set) var hardware: String?
    /// The text without the pointer, which is another in every export.
    let stable: String

    init(_ text: String) {
        let pieces = text.utf8.count > 2048 ? [text[...]] : text.split(separator: ", ")
        stable = pieces.first?.hasPrefix("<<HKDevice:") == true ? pieces.dropFirst().joined(separator: ", ") : text
        for piece in pieces {
            guard let colon = piece.firstIndex(of: ":") else { continue }
            var value = piece[piece.index(after: colon)...]
            if value.last == ">" { value = value.dropLast() }
            // The later piece wins: an earlier one may be part of a name that somebody chose.
            switch piece[..<colon] {
            case "manufacturer": manufacturer = String(value)
            case "model": model = String(value)
            case "hardware": hardware = String(value)
            default: continue
            }
        }
    }
}

enum ProductNames {
    /// Found anywhere in a text, as words of their own.
    private static let devices = ["Apple Watch", "iPhone", "iPad", "iPod touch"]

    /// Only when they are the whole text.
    private static let applications = [
        "Health", "Clock", "Workout", "Health Mate", "Withings", "Oura", "Garmin Connect", "Connect", "Strava",
        "Polar Flow", "Polar Beat", "Fitbit", "WHOOP", "Dexcom", "Dexcom G6", "Dexcom G7", "LibreLink",
        "OMRON connect",
        "Samsung Health",
        "Suunto", "COROS", "Wahoo", "Zwift", "Peloton", "Nike Run Club", "Runkeeper", "komoot",
        "AutoSleep", "Pillow", "Sleep Cycle", "MyFitnessPal", "RENPHO", "QardioArm",
    ]

    private static let manufacturers = [
        "Apple", "Apple Inc.", "Withings", "Oura", "Garmin", "Polar", "Polar Electro Oy", "Fitbit", "WHOOP", "Dexcom",
        "Abbott", "OMRON", "OMRON HEALTHCARE", "Samsung", "Suunto", "COROS", "Wahoo", "Wahoo Fitness", "Qardio",
        "Beurer", "A&D", "Nonin", "Masimo", "iHealth", "Roche", "RENPHO", "Eufy", "Nokia", "Huawei", "Xiaomi",
    ]

    private static let models = ["Watch", "iPhone", "iPad", "iPod"]

    private static let plainApplications = index(applications)
    private static let plainManufacturers = index(manufacturers)
    private static let plainDevices = devices.map { (name: $0, words: plain($0)) }

    /// A product of the lists that the text names, in the lists' spelling; nil for all else.
    static func product(in text: String) -> String? {
        guard text.utf8.count <= 256 else { return nil }
        let bytes = plain(text)
        if let application = plainApplications[bytes] { return application }
        return plainDevices.first { holds(bytes, $0.words) }?.name
    }

    static func manufacturer(_ text: String) -> String? {
        text.utf8.count <= 64 ? plainManufacturers[plain(text)] : nil
    }

    /// `Watch6,2`, `iPhone`, `HEM-7322T`: a known family with Apple's numbering, or a short code in which no name fits.
    static func model(_ text: String) -> String? {
        if models.contains(text) { return text }
        if let family = models.first(where: text.hasPrefix) {
            let numbers = text.dropFirst(family.count).split(separator: ",", omittingEmptySubsequences: false)
            return numbers.count == 2 && numbers.allSatisfy(isShortNumber) ? text : nil
        }
        return isShortCode(text) ? text : nil
    }

    private static func isShortNumber(_ text: Substring) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return (1...2).contains(text.utf8.count) && text.utf8.allSatisfy(digits.contains)
    }

    /// Capital letters, at most three together, and digits, at most four together: too short for a name, a date of
    /// birth or a serial number.
    private static func isShortCode(_ text: String) -> Bool {
        guard (2...12).contains(text.utf8.count) else { return false }
        var letters = 0
        var digits = 0
        var hasBoth = (letter: false, digit: false)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                (letters, digits, hasBoth.letter) = (letters + 1, 0, true)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                (letters, digits, hasBoth.digit) = (0, digits + 1, true)
            case UInt8(ascii: "-"): (letters, digits) = (0, digits)
            default: return false
            }
            guard letters <= 3, digits <= 4 else { return false }
        }
        return hasBoth.letter && hasBoth.digit
    }

    private static func index(_ names: [String]) -> [[UInt8]: String] {
        Dictionary(names.map { (plain($0), $0) }) { first, _ in first }
    }

    /// ASCII letters in lower case, and each kind of fixed space as a plain one: Apple joins `Apple` and `Watch` so.
    private static func plain(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{a0}", "\u{2007}", "\u{202f}": bytes.append(UInt8(ascii: " "))
            case "A"..."Z": bytes.append(UInt8(truncatingIfNeeded: scalar.value) | 0x20)
            default: bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
            }
        }
        return bytes
    }

    /// No letter or digit of ASCII may touch the words; other scripts write them without a space.
    private static func holds(_ text: [UInt8], _ words: [UInt8]) -> Bool {
        guard text.count >= words.count else { return false }
        for start in 0...(text.count - words.count) where text[start..<(start + words.count)].elementsEqual(words) {
            let before = start > 0 ? text[start - 1] : 0
            let after = start + words.count < text.count ? text[start + words.count] : 0
            if !isPartOfWord(before), !isPartOfWord(after) { return true }
        }
        return false
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
