// What the tests of the FHIR surface begin with: an application that speaks SMART, a grant, and data that waits.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

extension HouseUnderTest {
    private static let export = """
        <?xml version="1.0" encoding="UTF-8"?>
        <HealthData locale="en_GB">
         <ExportDate value="2026-11-20 10:00:00 +0000"/>
         <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" \
        startDate="2026-11-19 07:00:00 +0100" endDate="2026-11-19 07:00:00 +0100" value="61.50"/>
         <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="Watch" unit="count/min" \
        startDate="2026-11-19 07:05:00 +0100" endDate="2026-11-19 07:05:00 +0100" value="64"/>
         <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Phone" unit="count" \
        startDate="2026-11-19 08:00:00 +0000" endDate="2026-11-19 08:05:00 +0000" value="312"/>
         <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" \
        startDate="2026-11-19 07:00:00 +0000" endDate="2026-11-19 07:00:00 +0000" value="70.50"/>
        </HealthData>
        """

    /// Two heart rates, a step count and a weight, of which `activity` covers all but the weight.
    func importSample() async throws {
        let app = try await app()
        let posted = try await ask(.post, "/partner/imports", app, type: "application/xml", body: Self.export)
        let id = try posted.member("import_id")
        for _ in 0..<20_000 {
            let reply = try await ask(.get, "/partner/imports/\(id)", app)
            if try reply.member("state") == "complete" { return }
            await Task.yield()
        }
        Issue.record("the import did not end")
    }

    /// A grant of what is approved of the scope asked, with its token and the token's answer.
    func launched(_ scope: String, approving approved: [String]) async throws -> (token: HTTPFields, answer: Reply) {
        let app = try await app()
        let start = try await postForm("/oauth/authorize", [:], "\(startForm)&scope=\(scope.formEncoded)")
        let id = try start.member("approval_id")
        _ = try await ask(.get, "/approvals/\(id)", try await browser())
        let words = approved.map { "\"\($0)\"" }.joined(separator: ",")
        let decision = try await postJSON(
            "/partner/consent/pending/\(id)/approve", app, "{\"approvedScopes\":[\(words)]}")
        let answer = try await exchange(try Self.parameter("code", of: decision.member("redirect_to")))
        return ([.authorization: "Bearer \(try answer.member("access_token"))"], answer)
    }
}

extension String {
    var formEncoded: String {
        utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber { return String(character) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

extension JSONValue {
    /// By member names and array places; nil where there is nothing.
    subscript(_ path: String...) -> JSONValue? {
        var value: JSONValue? = self
        for step in path {
            switch value {
            case .object(let members): value = members.first { $0.name == step }?.value
            case .array(let elements): value = Int(step).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            default: return nil
            }
        }
        return value
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }
    var digits: String? { if case .number(let digits) = self { digits } else { nil } }
}
