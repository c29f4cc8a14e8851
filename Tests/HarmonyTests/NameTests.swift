// Free text goes in, and no name of a person comes out.

import Domain
import Harmony
import Testing

struct NameTests {
    @Test(
        "F8: only the product is left of a name that its owner gave it",
        arguments: [
            ("Anna's Apple Watch", "Apple Watch"), ("Anna’s Apple\u{a0}Watch", "Apple Watch"),
            ("Simon’s iPhone", "iPhone"), ("iPhone von Karl", "iPhone"), ("Apple Watch de Marie", "Apple Watch"),
            ("小明的iPhone", "iPhone"), ("太郎のApple Watch", "Apple Watch"), ("ANNA'S IPHONE 12 PRO", "iPhone"),
            ("iPad (Karl)", "iPad"), ("Apple Watch", "Apple Watch"), ("Health", "Health"),
            ("Health Mate", "Health Mate"),
            ("Garmin Connect", "Garmin Connect"), ("Connect", "Connect"), ("Oura", "Oura"), ("strava", "Strava"),
        ])
    func productStays(_ origin: String, _ product: String) throws {
        let item = try #require(kept(sampleReading(origin: origin)))
        #expect(item.provenance.origin == product)
    }

    @Test(
        "F8: an origin that names no product we know is not delivered",
        arguments: [
            "Anna", "Anna's Health", "Annas Uhr", "MyiPhones", "iPhoneAnna", "Oura of Anna", "", " ", "\u{0}",
            String(repeating: "iPhone ", count: 100),
        ])
    func unknownOriginGoes(_ origin: String) throws {
        let item = try #require(kept(sampleReading(origin: origin)))
        #expect(item.provenance.origin == nil)
    }

    static let devices: [(device: String, manufacturer: String?, model: String?)] = [
        (
            "<<HKDevice: 0x2822a1>, name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch6,2, "
                + "software:9.1>",
            "Apple Inc.", "Watch6,2"
        ),
        ("<<HKDevice: 0x1>, name:Anna, manufacturer:Apple, model:iPhone, software:15.1>", "Apple", "iPhone"),
        ("<<HKDevice: 0x1>, name:Scale, manufacturer:Withings, model:WBS05>", "Withings", "WBS05"),
        ("<<HKDevice: 0x1>, name:Cuff, manufacturer:OMRON, model:HEM-7322T, UDI:Anna>", "OMRON", "HEM-7322T"),
        ("<<HKDevice: 0x1>, name:Anna, manufacturer:Anna, model:Anna, hardware:Anna>", nil, nil),
        ("<<HKDevice: 0x1>, name:X, manufacturer:Apple Inc., hardware:WatchAnna>", "Apple Inc.", nil),
        ("<<HKDevice: 0x1>, name:X, model:ANNA1985>", nil, nil),
        ("<<HKDevice: 0x1>, name:X, model:A-19850412>", nil, nil),
        ("<<HKDevice: 0x1>, name:X, model:iPhone14,5Anna>", nil, nil),
        ("<<HKDevice: 0x1>, name:X, manufacturer:Anna, manufacturer:Garmin>", "Garmin", nil),
        ("Anna's watch", nil, nil), ("", nil, nil), (">", nil, nil), ("<<HKDevice: 0x1>, hardware:>", nil, nil),
    ]

    @Test(
        "F8: of a device only a known manufacturer and a model number are delivered, never its name",
        arguments: devices)
    func deviceText(_ device: String, _ manufacturer: String?, _ model: String?) throws {
        let item = try #require(kept(sampleReading(device: device)))
        #expect(item.provenance.manufacturer == manufacturer)
        #expect(item.provenance.model == model)
    }

    @Test("F8: no text that a person may have written is in the native JSON")
    func nothingPersonalIsRendered() throws {
        let reading = sampleReading(
            origin: "Anna's Apple Watch",
            device: "<<HKDevice: 0x7f>, name:Anna’s watch, manufacturer:Anna, model:Anna, hardware:Anna, UDI:Anna>")
        let text = native(try #require(kept(reading)))
        #expect(!text.contains("Anna"))
        #expect(!text.contains("0x7f"))
        #expect(text.contains("\"origin\":\"Apple Watch\""))
    }

    @Test("F1: typed in by hand stays known")
    func userEntered() {
        #expect(kept(sampleReading(isUserEntered: true))?.provenance.isUserEntered == true)
        #expect(kept(sampleReading(isUserEntered: false))?.provenance.isUserEntered == false)
    }

    @Test("A harmoniser answers as the free function does, whatever it saw before")
    func memoIsInvisible() {
        var harmoniser = Harmoniser(key: sampleKey, notAfter: dayAfter)
        var readings: [Reading] = []
        for round in 0..<3_000 {
            let owner = round % 3 == 0 ? "Apple Watch" : "Owner \(round % 1_700) iPhone"
            let device = round % 2 == 0 ? "<<HKDevice: 0x\(round)>, hardware:Watch6,\(round % 9)>" : nil
            let reading = sampleReading(origin: owner, device: device)
            readings.append(reading)
            readings.append(quantity(round % 5 == 0 ? "Unknown" : "StepCount", "100", "count"))
        }
        for reading in readings { #expect(harmoniser.harmonise(reading) == outcome(reading)) }
    }
}
