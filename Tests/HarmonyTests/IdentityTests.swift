// Ids are made from what a reading says: equal for the same reading, different for any other, silent without the key.

import Domain
import Testing

@testable import Harmony

struct IdentityTests {
    /// The first rows of `vectors_sip128` in the authors' code: key 00…0f, input 00, 01, 02 … of growing length.
    static let vectors = [
        "a3817f04ba25a8e66df67214c7550293", "da87c1d86b99af44347659119b22fc45", "8177228da4a45dc7fca38bdef60affe4",
        "9c70b60c5267a94e5f33b6b02985ed51", "f88164c12d9c8faf7d0f6e7c7bcd5579", "1368875980776f8854527a07690e9627",
        "14eeca338b208613485ea0308fd7a15e", "a1f1ebbed8dbc153c0b84aa61ff08239", "3b62a9ba6258f5610f83e264f31497b4",
        "264499060ad9baabc47f8b02bb6d71ed", "00110dc378146956c95447d3f3d0fbba", "0151c568386b6677a2b4dc6f81e5dc18",
        "d626b266905ef35882634df68532c125", "9869e247e9c08b10d029934fc4b952f7", "31fcefac66d7de9c7ec7485fe4494902",
        "5493e99933b0a8117e08ec0f97cfc3d9",
    ]

    static func hex(_ digest: (first: UInt64, last: UInt64)) -> String {
        let bytes = [digest.first, digest.last].flatMap { word in
            stride(from: UInt64(0), to: 64, by: 8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("SipHash-2-4-128 gives the published digests")
    func referenceVectors() {
        for (length, expected) in Self.vectors.enumerated() {
            var hash = SipHash(key: sampleKey)
            for byte in 0..<length { hash.absorb(UInt8(byte)) }
            #expect(Self.hex(hash.finished()) == expected, "\(length) bytes")
        }
    }

    @Test("SipHash reads a word as its eight bytes, wherever it stands")
    func words() {
        for lead in 0..<9 {
            var byWord = SipHash(key: sampleKey)
            var byByte = SipHash(key: sampleKey)
            for byte in 0..<lead {
                byWord.absorb(UInt8(byte))
                byByte.absorb(UInt8(byte))
            }
            byWord.absorb(0x0807_0605_0403_0201 as UInt64)
            for byte in 1...8 { byByte.absorb(UInt8(byte)) }
            byWord.absorb(9 as UInt8)
            byByte.absorb(9 as UInt8)
            #expect(byWord.finished() == byByte.finished())
        }
    }

    static let device = "<<HKDevice: 0x2822a1>, name:Apple Watch, hardware:Watch6,2, software:9.1>"
    static let first = sampleReading(device: device)

    @Test("F1: the same reading imported twice has the same id")
    func sameReading() throws {
        let id = try #require(kept(Self.first)?.id)
        #expect(kept(Self.first)?.id == id)
        #expect(ItemID(id.text) == id)
    }

    @Test("F1: a later export from another time zone and another process gives the same ids")
    func exportDetails() throws {
        var again = Self.first
        again.device = Self.device.replacing("0x2822a1", with: "0x99")
        again.start = ZonedMoment(instant: again.start.instant, offsetMinutes: -300)
        again.end = ZonedMoment(instant: again.end.instant, offsetMinutes: -300)
        #expect(kept(again)?.id == kept(Self.first)?.id)
    }

    @Test("F1: readings that differ in anything have different ids")
    func otherReadings() throws {
        var others = [Self.first]
        func vary(_ change: (inout Reading) -> Void) {
            var other = Self.first
            change(&other)
            others.append(other)
        }
        vary { $0.kind = "HKQuantityTypeIdentifierRestingHeartRate" }
        vary { $0.value = .quantity(text: "75", unit: "count/min") }
        vary { $0.value = .quantity(text: "74", unit: "/min") }
        vary { $0.value = .quantity(text: "74.0", unit: "count/min") }
        vary { $0.start = later(.seconds(-1)) }
        vary { $0.end = later(.seconds(61)) }
        vary { $0.origin = "Anna's Apple Watch" }
        vary { $0.origin = "Simon's Apple Watch" }
        vary { $0.device = nil }
        vary { $0.device = Self.device.replacing("9.1", with: "9.2") }
        let workout = WorkoutReading.Amount(text: "5", unit: "min")
        let run = "HKWorkoutActivityTypeRunning"
        others.append(sampleReading("HKWorkout", .workout(WorkoutReading(activity: run, duration: workout))))
        others.append(sampleReading("HKWorkout", .workout(WorkoutReading(activity: run))))
        let ids = others.compactMap { kept($0)?.id }
        #expect(ids.count == others.count)
        #expect(Set(ids).count == others.count)
    }

    @Test("F8: another key gives other ids, and a key tells nothing when it is described")
    func keys() throws {
        let other = ItemKey(Array(1...16))
        guard case .item(let item) = harmonise(Self.first, notAfter: dayAfter, key: other) else {
            Issue.record("refused")
            return
        }
        #expect(item.id != kept(Self.first)?.id)
        #expect(String(describing: other) == "ItemKey")
        #expect(String(reflecting: other) == "ItemKey")
        #expect(Mirror(reflecting: other).children.isEmpty)
    }
}
