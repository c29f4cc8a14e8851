// An item as an Observation: its exact text, and that it says what the native form says.

import Domain
import Harmony
import Testing

struct FHIRTests {
    static let subject = "Patient/r-00000000000000000000000000"

    static func observation(_ item: Item) -> String? {
        var bytes: [UInt8] = []
        return renderObservation(item, subject: subject, into: &bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    static func instant(_ type: DataType, _ value: Item.Value, _ at: ZonedMoment = evening) -> Item {
        Item(
            id: NativeTests.id, type: type, value: value, start: at, end: at, provenance: NativeTests.bareProvenance,
            isUnusual: false)
    }

    static let head =
        #"{"resourceType":"Observation","id":"itm-000g40r40m30e209185gr38e1w","status":"final","category":"#
    static func category(_ code: String, _ display: String) -> String {
        #"[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"\#(code)","#
            + #""display":"\#(display)"}]}],"#
    }

    @Test("FHIR R4: a weight is an Observation with LOINC, UCUM and the exact digits")
    func weight() throws {
        let item = Self.instant(.bodyWeight, .quantity(try #require(NativeTests.measure("75.0", "kg")), asSent: nil))
        #expect(
            Self.observation(item) == Self.head + Self.category("vital-signs", "Vital Signs")
                + #""code":{"coding":[{"system":"http://loinc.org","code":"29463-7","display":"Body weight"}]},"#
                + #""subject":{"reference":"Patient/r-00000000000000000000000000"},"#
                + #""effectiveDateTime":"2026-10-31T23:00:00+02:00","valueQuantity":{"value":75.0,"unit":"kilograms","#
                + #""system":"http://unitsofmeasure.org","code":"kg"}}"#)
    }

    @Test("FHIR R4: what lasts has a period, and the device is named as the native form names it")
    func period() throws {
        let item = NativeTests.sample(
            .steps, .quantity(try #require(NativeTests.measure("120", "{steps}")), asSent: nil))
        let text = try #require(Self.observation(item))
        #expect(
            text.contains(
                #""effectivePeriod":{"start":"2026-10-31T23:00:00+02:00","end":"2026-10-31T23:01:00+02:00"}"#))
        #expect(text.contains(#""value":120,"unit":"steps","system":"http://unitsofmeasure.org","code":"{steps}""#))
        #expect(text.hasSuffix(#","device":{"display":"Apple Watch"}}"#))
    }

    @Test("FHIR R4: a blood pressure is a panel of two components")
    func bloodPressure() throws {
        let item = Self.instant(
            .bloodPressure,
            .bloodPressure(
                systolic: try #require(NativeTests.measure("120", "mm[Hg]")),
                diastolic: try #require(NativeTests.measure("80", "mm[Hg]"))))
        let text = try #require(Self.observation(item))
        #expect(!text.contains(#"},"valueQuantity""#) || text.contains(#""component":[{"code""#))
        #expect(text.contains(#"{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}"#))
        #expect(text.contains(#"{"system":"http://loinc.org","code":"8462-4","display":"Diastolic blood pressure"}"#))
        #expect(text.hasSuffix(#""value":80,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"#))
    }

    @Test("FHIR R4: an offset that its dateTime cannot say is told in UTC")
    func farOffset() throws {
        let far = ZonedMoment(instant: evening.instant, offsetMinutes: 15 * 60)
        let item = Self.instant(
            .heartRate, .quantity(try #require(NativeTests.measure("74", "/min")), asSent: nil), far)
        #expect(try #require(Self.observation(item)).contains(#""effectiveDateTime":"2026-10-31T21:00:00Z""#))
    }

    @Test("A type without a code has no FHIR form, and nothing is written for it")
    func noForm() throws {
        let stage = Self.instant(.sleepStage, .sleepStage(.asleepREM))
        var bytes: [UInt8] = [1]
        #expect(!renderObservation(stage, subject: Self.subject, into: &bytes))
        #expect(bytes == [1])
    }

    @Test(
        "Every code that FHIR is told is one that the catalogue confirms, and none is missing",
        arguments: DataType.allCases)
    func codes(type: DataType) {
        let facts = TypeCatalogue.facts(of: type)
        let confirmed = [facts.loinc, facts.loincBeside].compactMap(\.self)
        // A workout has a code and no one value that FHIR could carry.
        let expected: [String] = type == .workout ? [] : confirmed
        #expect(FHIRVocabulary.name(of: type)?.codes ?? [] == expected)
    }

    @Test("A parcel's items are found again, one by one; anything else is no parcel")
    func array() throws {
        let weight = Self.instant(.bodyWeight, .quantity(try #require(NativeTests.measure("75.0", "kg")), asSent: nil))
        let odd = Item(
            id: NativeTests.id, type: .heartRate,
            value: .quantity(try #require(NativeTests.measure("74", "/min")), asSent: nil), start: evening,
            end: evening,
            provenance: Provenance(
                source: .appleHealth, origin: #"a "quoted], \ one},{"#, manufacturer: nil, model: nil,
                isUserEntered: false),
            isUnusual: true)
        for items in [[], [weight], [weight, odd], [odd, odd, weight]] {
            let text = "[\(items.map(native).joined(separator: ","))]"
            #expect(parseNativeArray(Array(text.utf8)) == items)
            #expect(parseNativeArray(Array(text.utf8.dropLast())) == nil)
            #expect(parseNativeArray(Array("\(text)]".utf8)) == nil)
        }
        for text in ["", "[", "]", "[,]", "[{}]", "[\(native(weight)),]", "[\(native(weight))\(native(odd))]", "{}"] {
            #expect(parseNativeArray(Array(text.utf8)) == nil, "\(text)")
        }
    }
}
