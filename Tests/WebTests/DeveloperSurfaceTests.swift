// What an application's owner does over the API: registering from plain scopes, rules version by version, secrets, addresses.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Developers over the API")
struct DeveloperSurfaceTests {
    private func path(_ house: HouseUnderTest) -> String { "/developer/apps/\(house.application.id.text)" }

    @Test("A1: plain scopes become optional rules of one, each with its why, and faults name what was sent")
    func registersScopes() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            func register(_ rest: String) async throws -> HouseUnderTest.Reply {
                try await house.postJSON(
                    "/developer/apps", owner,
                    "{\"name\":\"Second\",\"redirect_uris\":[\"https://b.example/cb\"],\(rest)}")
            }
            let made = try await register(
                """
                "requested_scopes":[{"scope":"read:heart_rate","why":"For your pulse."},
                {"scope":"write:sleep","why":"To note your naps."}],"rules":[\(HouseUnderTest.rule("steps"))],
                "notice_url":"https://b.example/notices","interaction":"multi_record","countries":["de","CH"]
                """)
            #expect(made.status == 201)
            let detail = try await house.ask(.get, "/developer/apps/\(try made.member("client_id"))", owner)
            #expect(try detail.value("rules.1.name") == "read.heart_rate")
            #expect(try detail.value("rules.1.required") == "false")
            #expect(try detail.value("rules.2.accesses") == #"["create","update"]"#)
            #expect(try detail.value("rules.2.why") == "To note your naps.")
            #expect(try detail.value("notice_url") == "https://b.example/notices")
            #expect(try detail.value("interaction") == "multi_record")
            #expect(try detail.value("countries") == #"["CH","DE"]"#)
            #expect(try detail.value("rule_version") == "1")
            #expect(try detail.value("redirect_uris") == #"["https://b.example/cb"]"#)
            #expect(try detail.value("former_secret_until") == "null")

            let faulty = try await register(
                #""requested_scopes":[{"scope":"read:heart_rate","why":""},{"scope":"read:heart_rate","why":"x"}]"#)
            #expect(faulty.status == 422)
            #expect(try faulty.value("errors.0.field") == "requested_scopes[0].why")
            #expect(try faulty.value("errors.1.field") == "requested_scopes[1].scope")
            let unknown = try await register(#""requested_scopes":[{"scope":"read:shoes"}]"#)
            #expect(try unknown.value("errors.0.field") == "requested_scopes[0].why")
            #expect(try unknown.value("errors.1.field") == "requested_scopes[0].scope")
            #expect(try await register(#""rules":[]"#).value("errors.0.field") == "rules")
            #expect(try await register(#""rules":[1]"#).value("errors.0.field") == "rules[0]")
            #expect(try await register(#""interaction":"some","rules":[]"#).status == 422)
        }
    }

    @Test("A4: what is read out can be sent in again and changes nothing; every version is kept with what it changed")
    func publishesRules() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let rules = path(house) + "/rules"
            let first = try #require(try await house.ask(.get, rules, owner).value("versions.0.rules"))
            let same = try await house.postJSON(rules + "/check", owner, "{\"rules\":\(first)}")
            #expect(try same.value("changes") == #"{"added":[],"removed":[],"changed":[]}"#)

            let next = [
                HouseUnderTest.rule(
                    "activity", mode: "offline", required: true, types: "\"steps\",\"vo2_max\"",
                    more: #","material":true,"default_language":"en","why_translations":{"de":"Darum."}"#),
                HouseUnderTest.rule("weight", types: "\"body_weight\""),
            ].joined(separator: ",")
            let published = try await house.putJSON(rules, owner, "{\"version\":1,\"rules\":[\(next)]}")
            #expect(published.status == 200)
            #expect(try published.value("version") == "2")
            #expect(try published.value("author") == "Ada <b>")
            #expect(try published.value("changes.added") == #"["weight"]"#)
            #expect(try published.value("changes.removed") == #"["sleep"]"#)
            #expect(try published.value("changes.changed.0.rule") == "activity")
            #expect(
                try published.value("changes.changed.0.changes.0")
                    == #"{"kind":"data_types_added","data_types":["vo2_max"],"sentence":"data types added: vo2_max"}"#)
            #expect(
                try (1...3).map { try published.value("changes.changed.0.changes.\($0).kind") }
                    == ["data_types_removed", "mode_changed", "wording_changed"])
            #expect(try published.value("changes.changed.0.changes.3.languages") == #"["de","en"]"#)
            #expect(try published.value("changes.changed.0.changes.3.material") == "true")
            #expect(try published.value("rules.0.why_translations") == #"{"de":"Darum."}"#)
            let versions = try await house.ask(.get, rules, owner)
            #expect(try versions.value("versions.0.version") == "2")
            #expect(try versions.value("versions.1.version") == "1")
            #expect(try versions.value("versions.1.rules") == first)

            let stale = try await house.putJSON(rules, owner, "{\"version\":1,\"rules\":\(first)}")
            #expect(stale.status == 409)
            #expect(try stale.member("code") == "RULES_CHANGED")
            let faulty = try await house.putJSON(
                rules, owner,
                "{\"rules\":[\(HouseUnderTest.rule("a", types: "\"shoes\"", more: #","why_translations":{"de":1}"#))]}")
            #expect(try faulty.value("errors.0.field") == "rules[0].why_translations.de")
            let worse = try await house.putJSON(
                rules, owner, "{\"rules\":[\(HouseUnderTest.rule("a", types: "\"shoes\""))]}")
            #expect(try worse.value("errors.0.field") == "rules[0].data_types[0]")
        }
    }

    @Test("B2, B3: before new rules are published their owner sees how many grants would be affected, and why")
    func checksRules() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            _ = try await house.granted()
            let wider = HouseUnderTest.rule("activity", required: true, types: "\"steps\",\"vo2_max\"")
            let view = try await house.postJSON(path(house) + "/rules/check", owner, "{\"rules\":[\(wider)]}")
            #expect(view.status == 200)
            #expect(try view.value("impact.grants") == "1")
            #expect(try view.value("impact.newly_affected") == "1")
            #expect(try view.value("impact.narrowed") == "1")
            #expect(try view.value("impact.before") == #"{"NoActionRequired":1}"#)
            #expect(try view.value("impact.after") == #"{"ReauthorizationRequired":1}"#)
            #expect(
                try view.value("impact.reasons.0")
                    == #"{"rule":"activity","reason":"not_granted","data_types":["vo2_max"],"grants":1}"#)
            #expect(try await house.ask(.get, path(house), owner).value("rule_version") == "1")
        }
    }

    @Test("a new secret works at once, and the former one as long as it was given")
    func rotatesSecrets() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let former = house.application.secret
            func works(_ secret: String) async throws -> Bool {
                let form = house.startForm.replacing(former, with: secret)
                return try await house.postForm("/oauth/authorize", [:], form).status == 201
            }
            let rotated = try await house.postJSON(path(house) + "/secret", owner, #"{"overlap_hours":2}"#)
            #expect(rotated.status == 201)
            #expect(try rotated.member("former_until") == "2026-11-21T12:07:12Z")
            let fresh = try rotated.member("client_secret")
            #expect(try await works(fresh))
            #expect(try await works(former))
            house.time.pass(.hours(2))
            #expect(try await works(fresh))
            #expect(!(try await works(former)))
            let now = try await house.postJSON(path(house) + "/secret", owner, #"{"overlap_hours":0}"#)
            #expect(try now.value("former_until") == "null")
            #expect(!(try await works(fresh)))
            for body in ["{}", #"{"overlap_hours":169}"#, #"{"overlap_hours":"1"}"#] {
                let refused = try await house.postJSON(path(house) + "/secret", owner, body)
                #expect(try refused.value("errors.0.field") == "overlap_hours", "\(body)")
            }
        }
    }

    @Test("the places people are led back to are replaced as a whole, or not at all")
    func replacesAddresses() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let place = path(house) + "/redirect-uris"
            let replaced = try await house.putJSON(place, owner, #"{"redirect_uris":["https://new.example/cb"]}"#)
            #expect(try replaced.value("redirect_uris") == #"["https://new.example/cb"]"#)
            #expect(try replaced.value("redirect_hosts") == #"["new.example"]"#)
            let bad = try await house.putJSON(place, owner, #"{"redirect_uris":["https://a.example/cb","nonsense"]}"#)
            #expect(try bad.value("errors.0.field") == "redirect_uris[1]")
            #expect(
                try await house.ask(.get, path(house), owner).value("redirect_uris") == #"["https://new.example/cb"]"#)
        }
    }

    @Test("somebody else's application is not there")
    func hidesApplications() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.somebody("bob").app
            let rules = "{\"rules\":[\(HouseUnderTest.rule("a"))]}"
            #expect(try await house.ask(.get, path(house), app).status == 404)
            #expect(try await house.ask(.get, path(house) + "/rules", app).status == 404)
            #expect(try await house.putJSON(path(house) + "/rules", app, rules).status == 404)
            #expect(try await house.postJSON(path(house) + "/rules/check", app, rules).status == 404)
            #expect(try await house.postJSON(path(house) + "/secret", app, #"{"overlap_hours":0}"#).status == 404)
            #expect(
                try await house.putJSON(
                    path(house) + "/redirect-uris", app, #"{"redirect_uris":["https://b.example"]}"#
                )
                .status == 404)
        }
    }
}
