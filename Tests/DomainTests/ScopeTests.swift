// The grammar of scopes: what is spelled exactly so is understood, everything else is refused.

import Domain
import Testing

struct ScopeTests {
    @Test("C2: every access of every type and of every category is a scope that reads back as it is written")
    func everyScope() {
        for access in ScopeAccess.allCases {
            for type in DataType.allCases {
                let text = "\(access.rawValue):\(type.rawValue)"
                #expect(Scope(text) == .data(access, .type(type)))
                #expect(Scope(text)?.text == text)
            }
            for category in Domain.Category.allCases {
                let text = "\(access.rawValue):\(category.rawValue)"
                #expect(Scope(text) == .data(access, .category(category)))
                #expect(Scope(text)?.text == text)
            }
        }
        #expect(Scope("offline_access") == .offlineAccess)
        #expect(Scope("offline_access")?.text == "offline_access")
    }

    @Test(
        "A7: a rule is asked for by its name",
        arguments: [
            "a", "0", "activity", "a.b-c_d", "rule", "read", "offline_access", String(repeating: "x", count: 64),
        ])
    func rules(name: String) {
        let scope = Scope("rule:\(name)")
        #expect(scope == RuleName(name).map { .rule($0) })
        #expect(scope?.text == "rule:\(name)")
    }

    @Test(
        "What is not spelled exactly so is no scope",
        arguments: [
            "", ":", "read", "read:", ":steps", "steps", "Read:steps", "READ:STEPS", "read:Steps", "read: steps",
            " read:steps", "read:steps ", "read:steps:steps", "read::steps", "read:*", "*", "read:all", "see:steps",
            "read:step", "read:stepsx", "read/steps", "read.steps", "openid", "profile", "offline", "offline_access:x",
            "Offline_access", "offline_access ", "rule", "rule:", "rule:A", "rule:a b", "rule:é", "rule:a:b", "Rule:a",
            "rule:" + String(repeating: "x", count: 65), "read:steps\n", "read:ｓteps", "read:st\u{65}\u{301}ps",
            "patient/*", "launch", "online_access", "fhirUser", "write:", "read:write", "rule:a/b",
        ])
    func noScope(text: String) {
        #expect(Scope(text) == nil)
        #expect(Scope("read:steps\u{0}\(text)") == nil)
    }

    @Test("A1: the word `write` means create and update; every other word means itself")
    func write() {
        #expect(ScopeAccess.write.accesses == [.create, .update])
        for access in Access.allCases {
            #expect(ScopeAccess(access).accesses == [access])
            #expect(ScopeAccess(access).rawValue == access.rawValue)
        }
    }

    @Test("A scope of a category names all its types")
    func targets() {
        #expect(ScopeTarget.category(.sleep).types == [.sleepStage])
        #expect(ScopeTarget.category(.activity).types == [.steps, .distance, .activeEnergy, .workout])
        #expect(ScopeTarget.type(.vo2Max).types == [.vo2Max])
    }

    @Test("A1: a rule's name is 1 to 64 of a-z, 0-9, '_', '-' and '.'")
    func ruleNames() {
        for byte in UInt8.min..<128 {
            let text = String(decoding: [byte], as: UTF8.self)
            let isAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-.".contains(text)
            #expect((RuleName(text) != nil) == isAllowed, "\(byte)")
        }
        #expect(RuleName("") == nil)
        #expect(RuleName(String(repeating: "a", count: 64)) != nil)
        #expect(RuleName(String(repeating: "a", count: 65)) == nil)
        #expect(RuleName("ä") == nil)
    }
}
