// The answer of the data API, byte by byte.

import Domain
import Hummingbird
import Testing

@testable import Gateway
@testable import Web

@Suite("The data API's answer")
struct DataBodyTests {
    private let record = RecordPseudonym(bytes: Array(repeating: 0, count: 16))

    private func parcel(_ byte: UInt8) -> DisclosedParcel {
        DisclosedParcel(
            id: ParcelID(bytes: Array(repeating: byte, count: 16)), type: .heartRate, count: 1,
            createdAt: Moment(seconds: 0), lapsesAt: Moment(seconds: 86_400), items: Array("[{\"bpm\":61}]".utf8))
    }

    private func text(_ parcels: [DisclosedParcel], next: ParcelID?) -> String {
        String(
            buffer: Server.body(
                Disclosure(
                    record: record, parcels: parcels, next: next, audit: AuditID(bytes: Array(repeating: 0, count: 16)))
            ))
    }

    @Test("F7: parcels leave with their items as they came, and the page that follows is named")
    func writesParcels() throws {
        let zeros = String(repeating: "0", count: 26)
        let one =
            "{\"id\":\"msg_\(zeros)\",\"type\":\"heart_rate\",\"created_at\":\"1970-01-01T00:00:00Z\","
            + "\"expires_at\":\"1970-01-02T00:00:00Z\",\"items\":[{\"bpm\":61}]}"
        #expect(
            text([parcel(0), parcel(0)], next: parcel(0).id)
                == "{\"record\":\"r_\(zeros)\",\"parcels\":[\(one),\(one)],\"next\":\"msg_\(zeros)\"}")
        let whole = text([parcel(3)], next: nil)
        #expect(throws: Never.self) { try JSONParser.parse(Array(whole.utf8)) }
    }

    @Test("nothing waiting is an empty list and no next page")
    func writesNothing() {
        #expect(
            text([], next: nil)
                == "{\"record\":\"r_\(String(repeating: "0", count: 26))\",\"parcels\":[],\"next\":null}")
    }
}
