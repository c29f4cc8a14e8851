// What the person's own app sees of approvals and grants, and how it changes them.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Approvals and grants over the API")
struct GrantSurfaceTests {
    @Test("C2, A5: a pending approval says what each line is, in the person's language, and for which record")
    func describesApprovals() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let translated = #","why_translations":{"de":"Für die Schritte.","fr":"Pour les pas."}"#
            let rules = [
                HouseUnderTest.rule("activity", required: true, more: translated),
                HouseUnderTest.rule("sleep", types: "\"sleep\""),
            ]
            let published = try await house.putJSON(
                "/developer/apps/\(house.application.id.text)/rules", owner,
                "{\"rules\":[\(rules.joined(separator: ","))]}")
            #expect(published.status == 200)
            let id = try await house.startFromServer()
            var app = owner
            app[.acceptLanguage] = "en;q=0.3, de-AT;q=0.9, tlh"
            let shown = try await house.ask(.get, "/partner/consent/pending/\(id)", app)
            #expect(shown.status == 200)
            #expect(try shown.value("rule_version") == "2")
            #expect(try shown.value("scopes.0.kind") == "required")
            #expect(try shown.value("scopes.0.why") == "Für die Schritte.")
            #expect(try shown.value("scopes.0.why_language") == "de")
            #expect(try shown.value("scopes.0.checked") == "true")
            #expect(try shown.value("scopes.0.within_reach") == "true")
            #expect(try shown.value("scopes.1.kind") == "optional")
            #expect(try shown.value("scopes.1.why_language") == "en")
            #expect(try shown.value("records.0.chosen") == "true")
            #expect(try shown.value("records.0.status") == "AuthorizationRequired")
            #expect(try shown.value("days") == "90")
            #expect(try shown.value("standing_until") == "null")
            let list = try await house.ask(.get, "/partner/consent/pending", app)
            #expect(try list.value("pending.0.id") == id)
            #expect(try list.value("pending.0.scopes.0.why") == "Für die Schritte.")
        }
    }

    @Test("B1, C6: the person chooses the record and a shorter life, and both are kept")
    func choosesRecordAndDays() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let child = try await house.postJSON("/partner/records", app, #"{"name":"Bo","relationship":"child"}"#)
                .member("record_id")
            let id = try await house.startFromServer()
            let path = "/partner/consent/pending/\(id)"
            let shown = try await house.ask(.get, "\(path)?record=\(child)", app)
            #expect(
                shown.text.contains(
                    "{\"record_id\":\"\(child)\",\"name\":\"Bo\",\"relationship\":\"child\",\"chosen\":true"))
            let stranger = RecordID(bytes: Array(repeating: 1, count: 16)).text
            #expect(try await house.ask(.get, "\(path)?record=\(stranger)", app).status == 422)
            #expect(try await house.ask(.get, "\(path)?record=me", app).value("errors.0.field") == "record")
            func approve(_ more: String) async throws -> HouseUnderTest.Reply {
                try await house.postJSON(path + "/approve", app, "{\"approvedScopes\":[\"rule:activity\"],\(more)}")
            }
            #expect(try await approve("\"record\":\"me\"").value("errors.0.field") == "record")
            #expect(try await approve("\"record\":\"\(stranger)\"").value("errors.0.field") == "record")
            #expect(try await approve("\"days\":91").value("errors.0.field") == "days")
            let approved = try await approve("\"record\":\"\(child)\",\"days\":7")
            #expect(approved.status == 200)
            let grant = try await house.ask(.get, "/partner/consent/grants/\(try approved.member("grant_id"))", app)
            #expect(try grant.value("record_id") == child)
            #expect(try grant.value("record_name") == "Bo")
            #expect(try grant.value("expires_at") == "2026-11-28T10:07:12Z")
            #expect(try grant.value("record_status") == "NoActionRequired")
            let code = try HouseUnderTest.parameter("code", of: approved.member("redirect_to"))
            #expect(try await house.exchange(code).member("grant_id") == approved.member("grant_id"))
            #expect(try await house.ask(.get, path, app).member("code") == "APPROVAL_ALREADY_DECIDED")
        }
    }

    @Test("A4: rules that changed while the person looked are shown again before anything is agreed to")
    func noticesChangedRules() async throws {
        try await HouseUnderTest.trying { house in
            let owner = try await house.owner()
            let id = try await house.startFromServer()
            _ = try await house.ask(.get, "/partner/consent/pending/\(id)", owner)
            let rules = HouseUnderTest.rule("activity", required: true, types: "\"steps\",\"workout\"")
            _ = try await house.putJSON(
                "/developer/apps/\(house.application.id.text)/rules", owner, "{\"rules\":[\(rules)]}")
            let approve = "/partner/consent/pending/\(id)/approve"
            let changed = try await house.postJSON(approve, owner, #"{"approvedScopes":["rule:activity"]}"#)
            #expect(changed.status == 409)
            #expect(try changed.member("code") == "APPROVAL_CHANGED")
            #expect(try await house.ask(.get, "/partner/consent/pending/\(id)", owner).value("rule_version") == "2")
            #expect(try await house.postJSON(approve, owner, #"{"approvedScopes":["rule:activity"]}"#).status == 200)
        }
    }

    @Test("C8: grants come page by page, newest first")
    func listsPages() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            var made: [String] = []
            for name in ["Bo", "Cy", "Di"] {
                let body = "{\"name\":\"\(name)\",\"relationship\":\"child\"}"
                let record = try await house.postJSON("/partner/records", app, body).member("record_id")
                let approve = "/partner/consent/pending/\(try await house.startFromServer())/approve"
                let answer = try await house.postJSON(
                    approve, app, "{\"approvedScopes\":[\"rule:activity\"],\"record\":\"\(record)\"}")
                made.append(try answer.member("grant_id"))
                house.time.pass(.seconds(1))
            }
            let first = try await house.ask(.get, "/partner/consent/grants?limit=2", app)
            #expect(try first.value("grants.0.id") == made[2])
            #expect(try first.value("grants.1.id") == made[1])
            let next = try first.member("next")
            let second = try await house.ask(.get, "/partner/consent/grants?limit=2&after=\(next)", app)
            #expect(try second.value("grants.0.id") == made[0])
            #expect(try second.value("grants.1.id") == nil)
            #expect(try second.value("next") == "null")
            for query in ["limit=0", "limit=1001", "limit=x", "after=1", "limit=1&limit=2", "page=2"] {
                #expect(try await house.ask(.get, "/partner/consent/grants?\(query)", app).status == 422, "\(query)")
            }
        }
    }

    @Test("B6, C9: a part of a grant is taken back, its end is moved, and the history says each")
    func changesGrants() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let grant = try await house.granted(#""rule:activity""#).grant
            let path = "/partner/consent/grants/\(grant)"
            let whole = try await house.ask(.get, path, app)
            #expect(try whole.value("version") == "1")
            #expect(try whole.value("permissions.0") == #"{"data_type":"steps","online":["read"],"offline":[]}"#)
            let narrowed = try await house.postJSON(path + "/narrow", app, #"{"data_types":["heart_rate"],"days":30}"#)
            #expect(narrowed.status == 200)
            #expect(try narrowed.value("permissions") == #"[{"data_type":"steps","online":["read"],"offline":[]}]"#)
            #expect(try narrowed.value("effective") == narrowed.value("permissions"))
            #expect(try narrowed.value("record_status") == "ReauthorizationRequired")
            #expect(try narrowed.value("expires_at") == "2026-12-21T10:07:12Z")
            let renewed = try await house.postJSON(path + "/renew", app, #"{"days":60}"#)
            #expect(try renewed.value("expires_at") == "2027-01-20T10:07:12Z")
            #expect(try await house.postJSON(path + "/renew", app, "{}").value("expires_at") == "2027-02-19T10:07:12Z")
            let after = try await house.ask(.get, path, app)
            #expect(
                try (0..<4).map { try after.value("history.\($0).event") } == [
                    "given", "narrowed", "renewed", "renewed",
                ])
            #expect(try after.value("history.1.method") == "api")
            #expect(try after.value("history.1.actor") == "person")
            #expect(try after.value("history.1.data_types") == #"["steps"]"#)
            for (body, field) in [
                (#"{"data_types":["shoes"]}"#, "data_types[0]"), (#"{"rules":["sleep"]}"#, "rules"),
                (#"{"days":365}"#, "days"), ("{}", "data_types"), (#"{"data_types":["steps"]}"#, "data_types"),
                (#"{"types":[]}"#, "types"),
            ] {
                let refused = try await house.postJSON(path + "/narrow", app, body)
                #expect(refused.status == 422, "\(body)")
                #expect(try refused.value("errors.0.field") == field)
            }
            #expect(try await house.postJSON(path + "/renew", app, #"{"days":91}"#).value("errors.0.field") == "days")
            _ = try await house.ask(.delete, path, app)
            #expect(try await house.postJSON(path + "/renew", app, "{}").member("code") == "GRANT_NOT_ACTIVE")
            let other = try await house.somebody("bob").app
            #expect(try await house.ask(.get, path, other).status == 404)
            #expect(try await house.postJSON(path + "/narrow", other, #"{"days":1}"#).status == 404)
        }
    }

    @Test("A2, C9: one optional rule is taken back by its name and the others stay")
    func takesOneRuleBack() async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let start = try await house.postForm(
                "/oauth/authorize", [:], house.startForm + "&scope=rule:activity%20rule:sleep")
            let decided = try await house.postJSON(
                "/partner/consent/pending/\(try start.member("approval_id"))/approve", app,
                #"{"approvedScopes":["rule:activity","rule:sleep"]}"#)
            let path = "/partner/consent/grants/\(try decided.member("grant_id"))"
            #expect(try await house.ask(.get, path, app).value("rules") == #"["activity","sleep"]"#)
            let narrowed = try await house.postJSON(path + "/narrow", app, #"{"rules":["sleep"]}"#)
            #expect(try narrowed.value("rules") == #"["activity"]"#)
            #expect(try narrowed.value("scopes") == #"["rule:activity"]"#)
            #expect(try narrowed.value("record_status") == "NoActionRequired")
        }
    }
}
