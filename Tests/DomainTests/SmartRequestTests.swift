// SMART scopes beside our own: they are held against the application's rules in the same way.

import Domain
import Testing

struct SmartRequestTests {
    static let pulse = Make.rule("pulse", [.heartRate, .restingHeartRate], required: true)
    static let weight = Make.rule("weight", [.bodyWeight], display: false)
    static let diary = Make.rule("diary", [.bodyWeight], accesses: [.create, .update], display: false)
    static let sleep = Make.rule("sleep", [.sleepStage], display: false)
    static let rules = Make.rules(pulse, weight, diary, sleep)
    static let pulseScope = "patient/Observation.rs?code=http://loinc.org|8867-4"
    static let restingScope = "patient/Observation.rs?code=http://loinc.org|40443-4"
    static let weightScope = "patient/Observation.rs?code=http://loinc.org|29463-7"

    @Test("SMART 2.2: a wildcard asks for whatever the rules cover, and for no rule that it does not reach")
    func wildcard() throws {
        for word in ["patient/*.rs", "patient/*.read", "user/Observation.r"] {
            let asked = try ScopeRequest.resolve(word, against: Self.rules)
            #expect(asked.lines.map(\.rule.name.text) == ["pulse", "weight"], "\(word)")
            #expect(asked.lines.allSatisfy { $0.scopes.map(\.text) == [word] })
        }
        let all = try ScopeRequest.resolve("patient/*.*", against: Self.rules)
        #expect(all.lines.map(\.rule.name.text) == ["pulse", "weight", "diary"])
        let write = try ScopeRequest.resolve("patient/Observation.write", against: Self.rules)
        #expect(write.lines.map(\.rule.name.text) == ["pulse", "diary"])
        #expect(write.named == [Make.name("diary")])
    }

    @Test("SMART 2.2: narrowing leads only to the rules that have a type of it")
    func narrowing() throws {
        let asked = try ScopeRequest.resolve("patient/Observation.rs?code=29463-7", against: Self.rules)
        #expect(asked.named == [Make.name("weight")])
        #expect(throws: ScopeRequest.Fault.unknown("patient/Observation.rs?category=laboratory")) {
            try ScopeRequest.resolve("patient/Observation.rs?category=laboratory", against: Self.rules)
        }
    }

    @Test(
        "A SMART scope none of whose types the rules cover is refused, and named",
        arguments: [
            "patient/Observation.d", "patient/Observation.rs?category=activity", "patient/Patient.cruds",
            "patient/Patient.write", "system/*.rs", "system/Patient.rs", "patient/Observation.dus", "openid",
            "fhirUser",
            "launch", "online_access",
        ])
    func refused(word: String) {
        for scope in [word, "launch/patient \(word)", "rule:pulse \(word)"] {
            #expect(throws: ScopeRequest.Fault.unknown(word)) { try ScopeRequest.resolve(scope, against: Self.rules) }
        }
    }

    @Test("system/ is for client credentials, patient/, user/ and launch/patient are for a person's approval")
    func levels() throws {
        for word in ["patient/*.rs", "user/*.rs", "launch/patient", "patient/Patient.rs"] {
            #expect(throws: ScopeRequest.Fault.unknown(word)) {
                try ScopeRequest.resolve(word, against: Self.rules, actsAlone: true)
            }
            #expect(throws: Never.self) { try ScopeRequest.resolve(word, against: Self.rules) }
        }
        let alone = try ScopeRequest.resolve("system/*.rs", against: Self.rules, actsAlone: true)
        #expect(alone.named == [Make.name("pulse"), Make.name("weight")])
        #expect(
            Self.rules.given(of: "rule:pulse system/Observation.rs?code=8867-4 system/Observation.d")
                == "rule:pulse system/Observation.rs?code=8867-4")
    }

    @Test("launch/patient and the Patient ask for nothing by themselves: the display flags still speak")
    func alongside() throws {
        let asked = try ScopeRequest.resolve("launch/patient patient/Patient.rs", against: Self.rules)
        #expect(asked.named.isEmpty)
        #expect(asked.leavesDisplayToFlags)
        #expect(asked.lines.map(\.rule.name.text) == ["pulse"])
        #expect(asked.alongside.map(\.text) == ["launch/patient", "patient/Patient.rs"])
        #expect(throws: ScopeRequest.Fault.nothingAsked) {
            try ScopeRequest.resolve("launch/patient", against: Make.rules(Self.weight))
        }
    }

    @Test("RFC 6749 §3.3: what is given of patient/*.rs is said type by type, and nothing of it counts as refused")
    func wholeAnswer() throws {
        let form = try Make.form("launch/patient patient/*.rs", Self.rules)
        let approved = try #require(form.decide(approved: ["patient/*.rs"]).approved)
        #expect(
            approved.scope.split(separator: " ").map(String.init)
                == [Self.pulseScope, Self.restingScope, Self.weightScope, "patient/Patient.rs", "launch/patient"])
        #expect(approved.refused == [])
    }

    @Test(
        "A2: with an optional rule left out, patient/*.rs is answered with what was given, and counts as refused in part"
    )
    func partAnswer() throws {
        let form = try Make.form("patient/*.rs launch/patient", Self.rules)
        let approved = try #require(form.decide(approved: ["rule:pulse"]).approved)
        #expect(approved.scope == "\(Self.pulseScope) \(Self.restingScope) patient/Patient.rs launch/patient")
        #expect(approved.refused == ["patient/*.rs"])
        #expect(approved.permissions == Self.pulse.permissions)
        #expect(form.decide(approved: ["rule:weight"]) == .incomplete(missing: ["patient/*.rs"]))
        #expect(form.decide(approved: ["launch/patient"]) == .incomplete(missing: ["patient/*.rs"]))
        #expect(form.decide(approved: []) == .denied)
    }

    @Test("A narrow scope that is wholly given stays as it was spelled")
    func whole() throws {
        let form = try Make.form("patient/Observation.rs?code=29463-7 rule:pulse", Self.rules)
        let approved = try #require(
            form.decide(approved: ["patient/Observation.rs?code=29463-7", "rule:pulse"]).approved)
        #expect(approved.scope == "rule:pulse patient/Observation.rs?code=29463-7")
    }

    @Test("C9: what is taken back later leaves the scope, and launch/patient stays while anything is given")
    func takenBack() throws {
        let scope = "\(Self.pulseScope) \(Self.weightScope) launch/patient patient/Patient.rs"
        let terms = Make.terms([Self.pulse, Self.weight], scope: scope)
        let after = try terms.narrowed(
            by: Narrowing(types: [.bodyWeight]), definitions: [Self.pulse, Self.weight], at: Scene.now)
        #expect(after.scope == "\(Self.pulseScope) launch/patient patient/Patient.rs")
    }
}
