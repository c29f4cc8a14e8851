// FHIR R4 over HTTP: the Patient without a person in it, the Observations that wait, and every refusal as an OperationOutcome.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("The FHIR surface")
struct FHIRSurfaceTests {
    @Test("§6 check 16: launch/patient and patient/*.rs lead to the Patient and to the Observations that are permitted")
    func story() async throws {
        try await HouseUnderTest.trying { house in
            let (token, answer) = try await house.launched("launch/patient patient/*.rs", approving: ["rule:activity"])
            #expect(
                try answer.member("scope") == "patient/Observation.rs?code=http://loinc.org|55423-8 "
                    + "patient/Observation.rs?code=http://loinc.org|8867-4 patient/Patient.rs launch/patient")
            let record = try answer.member("record")
            let id = try #require(RecordPseudonym(record)).fhirText
            for spelled in [record, id] {
                let patient = try await house.ask(.get, "/fhir/r4/Patient/\(spelled)", token)
                #expect(patient.status == 200)
                #expect(patient.headers[.contentType] == "application/fhir+json")
                #expect(patient.text == #"{"resourceType":"Patient","id":"\#(id)"}"#)
            }
            try await house.importSample()
            let bundle = try await house.ask(.get, "/fhir/r4/Observation?patient=\(id)", token)
            #expect(bundle.status == 200, "\(bundle.text)")
            #expect(bundle.headers[.audit]?.hasPrefix("aud_") == true)
            let json = try bundle.json
            #expect(json["resourceType"]?.text == "Bundle" && json["type"]?.text == "searchset")
            let found = json["entry"]?.elements ?? []
            #expect(found.count == 3)
            #expect(found.allSatisfy { $0["resource", "subject", "reference"]?.text == "Patient/\(id)" })
            #expect(found.allSatisfy { $0["search", "mode"]?.text == "match" })
            let pulses = found.filter { $0["resource", "code", "coding", "0", "code"]?.text == "8867-4" }
            #expect(pulses.compactMap { $0["resource", "valueQuantity", "value"]?.digits } == ["61.50", "64"])
            #expect(pulses.first?["resource", "effectiveDateTime"]?.text == "2026-11-19T07:00:00+01:00")
            #expect(!bundle.text.contains("29463-7"))
        }
    }

    @Test(
        "§6 check 16: ?category= and ?code= are held on real reads, and a code outside the grant is refused, not left out"
    )
    func narrowing() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            try await house.importSample()
            func codes(_ query: String) async throws -> [String] {
                let reply = try await house.ask(.get, "/fhir/r4/Observation?patient=\(record)&\(query)", token)
                #expect(reply.status == 200, "\(query): \(reply.text)")
                return try reply.json["entry"]?.elements
                    .compactMap { $0["resource", "code", "coding", "0", "code"]?.text } ?? []
            }
            #expect(try await codes("code=8867-4") == ["8867-4", "8867-4"])
            #expect(try await codes("code=http%3A%2F%2Floinc.org%7C55423-8") == ["55423-8"])
            #expect(try await codes("category=activity") == ["55423-8"])
            #expect(try await codes("category=vital-signs&_format=json") == ["8867-4", "8867-4"])
            #expect(try await codes("category=laboratory") == [])
            let weight = try await house.ask(.get, "/fhir/r4/Observation?patient=\(record)&code=29463-7", token)
            #expect(weight.status == 403)
            #expect(weight.headers[.wwwAuthenticate]?.contains("insufficient_scope") == true)
            #expect(try weight.json["issue", "0", "code"]?.text == "forbidden")
            #expect(try weight.json["issue", "0", "diagnostics"]?.text == Problem.consentRequired.title)
            #expect(try weight.json["issue", "0", "details", "coding", "0", "code"]?.text == "CONSENT_REQUIRED")
        }
    }

    @Test("The link to the next page leads through everything, each Observation once, and asks the same question")
    func pages() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            try await house.importSample()
            let base = "http://127.0.0.1:8080"
            var path = "/fhir/r4/Observation?patient=Patient/\(record)&category=vital-signs,activity&_count=1"
            var ids: [String] = []
            for _ in 0..<10 {
                let json = try await house.ask(.get, path, token).json
                ids += json["entry"]?.elements.compactMap { $0["resource", "id"]?.text } ?? []
                let links = json["link"]?.elements ?? []
                #expect(links.first?["url"]?.text?.contains("category=vital-signs%2Cactivity") == true)
                guard let next = links.first(where: { $0["relation"]?.text == "next" })?["url"]?.text else { break }
                #expect(next.hasPrefix("\(base)/fhir/r4/Observation?patient=r-"))
                path = String(next.dropFirst(base.count))
            }
            #expect(ids.count == 3 && Set(ids).count == 3)
        }
    }

    @Test(
        "A parameter that is unknown, twice, or not one that is known here is a fault of its own in the OperationOutcome",
        arguments: [
            ("", "patient"), ("patient=PATIENT&date=2026", "date"), ("patient=PATIENT&code=0000-0", "code"),
            ("patient=PATIENT&category=social-history", "category"), ("patient=PATIENT&_count=0", "_count"),
            ("patient=PATIENT&_count=many", "_count"), ("patient=PATIENT&page=x", "page"),
            ("patient=PATIENT&subject=PATIENT", "subject"), ("patient=PATIENT&_format=xml", "_format"),
            ("patient=PATIENT&code=8867-4&category=laboratory", "code"),
            ("patient=PATIENT&code:not=8867-4", "code:not"),
        ])
    func faults(query: String, field: String) async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            let asked = query.replacing("PATIENT", with: record)
            let reply = try await house.ask(.get, "/fhir/r4/Observation?\(asked)", token)
            #expect(reply.status == 422)
            #expect(reply.headers[.contentType] == "application/fhir+json")
            let json = try reply.json
            #expect(json["resourceType"]?.text == "OperationOutcome")
            #expect(json["issue", "0", "severity"]?.text == "error")
            #expect(json["issue", "0", "code"]?.text == "invalid")
            #expect(json["issue", "0", "location", "0"]?.text == "http.\(field)")
        }
    }

    @Test("C7, C10: strangers, other records and revoked grants get an OperationOutcome and no word of the person")
    func refusals() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, grant) = try await house.granted()
            try await house.importSample()
            let zeros = "r-" + String(repeating: "0", count: 26)
            func expect(_ path: String, _ headers: HTTPFields, _ status: Int, _ code: String) async throws {
                let reply = try await house.ask(.get, path, headers)
                #expect(reply.status == status, "\(path): \(reply.text)")
                #expect(reply.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                #expect(try reply.json["issue", "0", "code"]?.text == code)
                #expect(!reply.text.contains("Ada"))
            }
            for path in ["/fhir/r4/Patient/", "/fhir/r4/Observation?patient="] {
                try await expect(path + record, [:], 401, "login")
                try await expect(path + record, [.authorization: "Bearer lat_x"], 401, "login")
                for stranger in [zeros, "r_x", "1"] { try await expect(path + stranger, token, 403, "forbidden") }
            }
            _ = try await house.ask(.delete, "/partner/consent/grants/\(grant)", try await house.app())
            for path in ["/fhir/r4/Patient/", "/fhir/r4/Observation?patient="] {
                try await expect(path + record, token, 403, "forbidden")
            }
            house.time.pass(.hours(2))
            try await expect("/fhir/r4/Patient/\(record)", token, 401, "expired")
        }
    }

    @Test("Below its base what no route answers is an OperationOutcome too")
    func unmatched() async throws {
        try await HouseUnderTest.trying { house in
            let missing = try await house.ask(.get, "/fhir/r4/Condition", [.accept: "text/html"])
            #expect(missing.status == 404)
            #expect(try missing.json["issue", "0", "code"]?.text == "not-found")
            let post = try await house.ask(.post, "/fhir/r4/Observation")
            #expect(post.status == 405)
            #expect(post.headers[.allow] == "GET, HEAD")
            #expect(try post.json["issue", "0", "code"]?.text == "not-supported")
        }
    }

    @Test("Every problem has an issue code of FHIR's value set")
    func issueCodes() {
        let known: Set<String> = [
            "forbidden", "login", "expired", "not-found", "not-supported", "invalid", "too-long", "throttled",
            "transient", "exception", "processing",
        ]
        for problem in Problem.allCases { #expect(known.contains(ProblemResponse.issueCode(problem)), "\(problem)") }
    }
}
