// The log's keys and its witnessed checkpoint over HTTP: anybody's, and enough to follow from an old key to the present one.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The audit log's keys over HTTP")
struct LogKeySurfaceTests {
    @Test("D2: keys with their times, and each handover by its number; nothing else is there")
    func keys() async throws {
        try await HouseUnderTest.trying { house in
            let log = try await house.gateway.openLog()
            func status(_ path: String) async throws -> Int { try await house.ask(.get, path).status }
            #expect(try await house.ask(.get, "/log/keys").text.hasPrefix("\(log.key) "))
            #expect(try await status("/log/handover/1") == 404)
            let new = try await house.gateway.rotateLogKey(overlap: .days(3), request: nil)
            while case .sealed = try await log.round() {}
            let lines = try await house.ask(.get, "/log/keys").text.split(separator: "\n").map {
                $0.split(separator: " ").map(String.init)
            }
            #expect(lines.map { $0[0] } == [log.key.text, new.text] && lines.map(\.count) == [3, 3])
            #expect(lines[1][2] == "-" && Moment(rfc3339: lines[0][2]) != nil)
            let reply = try await house.ask(.get, "/log/handover/1")
            #expect(reply.status == 200 && reply.headers[.contentType] == "text/plain; charset=utf-8")
            let handover = try LogProof(parsing: Array(reply.text.utf8))
            let chain = try LogKeyChain(from: log.key, handovers: [handover], listed: [new], by: LogSignature.isRight)
            #expect(chain.last == new)
            for wrong in ["0", "2", "-1", "01", "+1", "1.0", "x", "99999999999999999999"] {
                #expect(try await status("/log/handover/\(wrong)") == 404, "\(wrong)")
            }
            #expect(try await status("/log/checkpoint/witnessed") == 404, "there is no witness")
        }
    }
}
