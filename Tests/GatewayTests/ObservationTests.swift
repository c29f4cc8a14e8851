// FHIR's two questions go the one way to health data: the verdict, the rows and the audit line of on-demand access.

import Domain
import Foundation
import Gateway
import TestKit
import Testing

@Suite("Observations")
struct ObservationTests {
    /// Two parcels of heart rates, one of steps.
    private static let export = exportText(
        (0..<100).map { .heart("\(60 + $0 % 40)", minute: $0) } + (100..<110).map { .steps("41", minute: $0) })

    private static func filter(_ parameters: (String, String)...) -> ObservationFilter {
        var filter = ObservationFilter()
        for (name, value) in parameters {
            let isUnderstood = filter.narrow(name, by: value)
            #expect(isUnderstood)
        }
        return filter
    }

    @Test(
        "§6 check 16, D1: page by page each item comes once, and the audit counts exactly what was given",
        arguments: EngineUnderTest.available)
    func pages(_ engine: EngineUnderTest) async throws {
        try await Stage.on(engine) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (_, token, record) = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            for size in [1, 7, 50, 100, 1_000] {
                var ids: [String] = []
                var given: [String: Int] = [:]
                var place: ParcelPlace?
                repeat {
                    let page = try await stage.gateway.readObservations(
                        token: token, record: record, filter: ObservationFilter(), count: size, from: place,
                        request: nil)
                    #expect(page.entries.count <= min(size, 100))
                    ids += page.entries.map(\.id)
                    given[page.audit.text] = page.entries.count
                    place = page.next
                    if let next = place { #expect(ParcelPlace(next.text) == next) }
                } while place != nil
                #expect(ids.count == 110 && Set(ids).count == 110, "\(size)")
                let lines = try await stage.audit(.read).filter { given[$0.id] != nil }
                #expect(lines.count == given.count && lines.allSatisfy { given[$0.id] == $0.items })
            }
        }
    }

    @Test("C7: a code is asked for by name and must be permitted; a category gives what is permitted of it")
    func narrows() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (_, token, record) = try await stage.authorize(ada, pulse, scope: "rule:heart")
            try await stage.importing(Self.export, for: ada)
            func read(_ filter: ObservationFilter) async throws -> ObservationPage {
                try await stage.gateway.readObservations(
                    token: token, record: record, filter: filter, count: 100, from: nil, request: nil)
            }
            #expect(try await read(Self.filter(("code", "8867-4"))).entries.count == 100)
            #expect(try await read(Self.filter(("category", "vital-signs"))).entries.count == 100)
            #expect(try await read(Self.filter(("category", "activity"))).entries.isEmpty)
            for codes in ["55423-8", "8867-4,55423-8", "29463-7"] {
                await declined(as: .consentRequired) { try await read(Self.filter(("code", codes))) }
            }
            let lines = try await stage.audit(.read)
            #expect(lines.filter { $0.outcome == "done" }.map(\.items).sorted() == [0, 100, 100])
            #expect(lines.filter { $0.outcome == "refused:not_covered" }.map(\.items) == [0, 0, 0])
            #expect(lines.count == 6)
        }
    }

    @Test("C10: after the grant is revoked neither an Observation nor the Patient is given, whoever asks how")
    func revoked() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let pulse = try await stage.application()
            let ada = try await stage.person()
            let (grant, token, record) = try await stage.authorize(ada, pulse)
            try await stage.importing(Self.export, for: ada)
            #expect(try await stage.gateway.findPatient(token: token, record: record, request: nil).text == record)
            await declined(as: .consentRequired) {
                try await stage.gateway.findPatient(token: token, record: "r_nobody", request: nil)
            }
            try await stage.revoke(grant, by: ada)
            await declined(as: .consentRequired) {
                try await stage.gateway.findPatient(token: token, record: record, request: nil)
            }
            await declined(as: .consentRequired) {
                try await stage.gateway.readObservations(
                    token: token, record: record, filter: ObservationFilter(), count: 10, from: nil, request: nil)
            }
        }
    }

    @Test("A place is read only as it is written")
    func places() {
        let parcel = "msg_" + String(repeating: "0", count: 26)
        for text in ["\(parcel).0", "\(parcel).64"] { #expect(ParcelPlace(text)?.text == text) }
        for text in ["", parcel, "\(parcel).", "\(parcel).-1", "\(parcel).65", "\(parcel).1.1", "x.1", ".1"] {
            #expect(ParcelPlace(text) == nil, "\(text)")
        }
    }

    @Test("RFC 6749 §3.3, SMART 2.2: by client credentials system/ scopes are answered as far as offline rules give")
    func systemScopes() async throws {
        try await Stage.on(.sqliteMemory) { stage in
            let pulse = try await stage.application(rules: [
                .reads(["heart_rate"], named: "heart", required: true),
                .reads(["body_weight"], named: "weight", mode: .offline),
            ])
            func scope(_ asked: String) async throws -> String {
                try await stage.gateway.clientCredentials(client: pulse.client, scope: asked, request: nil).scope
            }
            #expect(
                try await scope("system/*.rs")
                    == "system/Observation.rs?code=http://loinc.org|29463-7 system/Patient.rs")
            #expect(
                try await scope("rule:weight system/Observation.r?code=29463-7")
                    == "rule:weight system/Observation.r?code=29463-7")
            for asked in ["patient/*.rs", "system/Observation.rs?code=8867-4", "launch/patient", "system/*.c"] {
                await declined(as: .invalidScope) { try await scope(asked) }
            }
        }
    }
}
