// Rules as they arrive, checked as a whole: every fault is said at once, each with its field.

import Domain
import Testing

struct RuleSetTests {
    @Test("A1: a rule keeps what was declared: name, mode, accesses, types, why and the three flags")
    func declared() throws {
        var draft = Self.draft
        draft.name = "night.sleep-1_b"
        draft.mode = "offline"
        draft.required = true
        draft.accesses = ["read", "delete", "read"]
        draft.types = ["sleep_stage", "heart", "heart_rate"]
        draft.why = " \tWe look at your nights.\n"
        draft.displayFirstTime = false
        draft.checkedFirstTime = true
        draft.checkedByDefault = true
        let rule = try #require(try RuleSet.validate([draft], version: 7).rules.first)
        #expect(rule.name.text == "night.sleep-1_b")
        #expect(rule.mode == .offline)
        #expect(rule.isRequired)
        #expect(rule.accesses == [.read, .delete])
        #expect(rule.types == Category.heart.types.union([.sleepStage]))
        #expect(rule.why == "We look at your nights.")
        #expect(!rule.displayFirstTime && rule.checkedFirstTime && rule.checkedByDefault)
        #expect(rule.scope.text == "rule:night.sleep-1_b")
        #expect(rule.permissions == Permissions([.read, .delete], to: rule.types, in: [.offline]))
    }

    @Test("A1: the word `write` is accepted and means create and update")
    func write() throws {
        let rule = try RuleSet.validate([Self.draft { $0.accesses = ["write"] }], version: 1).rules.first
        #expect(rule?.accesses == [.create, .update])
        let more = try RuleSet.validate([Self.draft { $0.accesses = ["write", "update", "read"] }], version: 1).rules
            .first
        #expect(more?.accesses == [.create, .read, .update])
    }

    @Test(
        "A1: a why string that is empty, or only spaces, is refused",
        arguments: ["", " ", "\n\t \r\n", "\u{a0}\u{2003}"])
    func emptyWhy(why: String) {
        #expect(faults([Self.draft { $0.why = why }]) == ["rules[0].why"])
    }

    @Test("A1: a why string may have 500 characters, and no more")
    func longWhy() {
        #expect(faults([Self.draft { $0.why = String(repeating: "é", count: 500) }]) == [])
        #expect(faults([Self.draft { $0.why = String(repeating: "é", count: 501) }]) == ["rules[0].why"])
        #expect(faults([Self.draft { $0.why = " " + String(repeating: "w", count: 500) + " " }]) == [])
    }

    @Test(
        "A1: each field that is wrong is named",
        arguments: [
            (Self.draft { $0.name = "" }, ["rules[0].name"]), (Self.draft { $0.name = "My rule" }, ["rules[0].name"]),
            (Self.draft { $0.name = String(repeating: "n", count: 65) }, ["rules[0].name"]),
            (Self.draft { $0.mode = "" }, ["rules[0].mode"]), (Self.draft { $0.mode = "Online" }, ["rules[0].mode"]),
            (Self.draft { $0.accesses = [] }, ["rules[0].accesses"]),
            (Self.draft { $0.accesses = ["read", "see", "READ"] }, ["rules[0].accesses[1]", "rules[0].accesses[2]"]),
            (Self.draft { $0.types = [] }, ["rules[0].data_types"]),
            (
                Self.draft { $0.types = ["steps", "pulse", "sleep", ""] },
                ["rules[0].data_types[1]", "rules[0].data_types[3]"]
            ),
            (Self.draft { $0.types = ["all"] }, ["rules[0].data_types[0]"]),
        ])
    func eachField(draft: RuleDraft, fields: [String]) {
        #expect(faults([draft]) == fields)
    }

    @Test("A1: every fault of every rule is said at once")
    func allAtOnce() {
        let worst = RuleDraft(name: "?", mode: "?", required: true, accesses: ["?"], types: ["?"], why: " ")
        let empty = RuleDraft(name: "", mode: "", required: false, accesses: [], types: [], why: "")
        #expect(
            faults([Self.draft, worst, empty]) == [
                "rules[1].name", "rules[1].mode", "rules[1].accesses[0]", "rules[1].data_types[0]", "rules[1].why",
                "rules[2].name", "rules[2].mode", "rules[2].accesses", "rules[2].data_types", "rules[2].why",
            ])
    }

    @Test("A1: names are unique in an application; the later one is named")
    func duplicates() {
        let other = Self.draft { $0.name = "other" }
        #expect(faults([Self.draft, other, Self.draft, Self.draft]) == ["rules[2].name", "rules[3].name"])
        #expect(faults([Self.draft, other]) == [])
        #expect(faults([Self.draft { $0.why = "" }, Self.draft]) == ["rules[0].why", "rules[1].name"])
    }

    @Test("A1: one to a hundred rules")
    func count() {
        let many = (0..<101).map { place in Self.draft { $0.name = "rule\(place)" } }
        #expect(faults([]) == ["rules"])
        #expect(faults(Array(many.prefix(100))) == [])
        #expect(faults(many) == ["rules"])
    }

    @Test("A fault's message never repeats what was sent")
    func messages() {
        let draft = RuleDraft(
            name: "Zanzibar!", mode: "Zanzibar", required: false, accesses: ["Zanzibar"], types: ["Zanzibar"],
            why: String(repeating: "Zanzibar", count: 100))
        do throws(FieldFaults) {
            _ = try RuleSet.validate([draft, draft], version: 1)
            Issue.record("not refused")
        } catch {
            #expect(error.faults.count == 10)
            for fault in error.faults {
                #expect(!fault.message.contains("Zanzibar") && !fault.message.isEmpty)
                #expect(!fault.field.contains("Zanzibar"))
            }
        }
    }

    @Test("A4: a rule set knows its version, its required rules and everything that it asks for")
    func wholeSet() throws {
        let set = try RuleSet.validate(
            [
                Self.draft,
                Self.draft {
                    $0.name = "night"; $0.mode = "offline"; $0.required = true
                },
                Self.draft {
                    $0.name = "diary"; $0.accesses = ["write"]; $0.types = ["body_weight"]
                },
            ], version: 12)
        #expect(set.version == 12)
        #expect(set.required.map(\.name.text) == ["night"])
        #expect(
            set.coverage.stored
                == "online.create=body_weight;online.read=steps;online.update=body_weight;offline.read=steps")
        #expect(RuleName("diary").flatMap(set.rule(named:))?.types == [.bodyWeight])
        #expect(RuleName("nobody").flatMap(set.rule(named:)) == nil)
        #expect(RuleSet.empty.version == 0 && RuleSet.empty.coverage.isEmpty)
    }

    @Test(
        "Spaces at the ends are trimmed, and none within",
        arguments: [
            ("", ""), (" ", ""), ("a", "a"), ("  a b \n", "a b"), ("\u{a0}x\u{2009}", "x"), ("a\n\nb", "a\n\nb"),
        ])
    func trimming(text: String, trimmed: String) {
        #expect(text.trimmedOfSpaces == trimmed)
    }

    static let draft = RuleDraft(
        name: "steps", mode: "online", required: false, accesses: ["read"], types: ["steps"], why: "We count.")

    static func draft(_ change: (inout RuleDraft) -> Void) -> RuleDraft {
        var draft = draft
        change(&draft)
        return draft
    }

    private func faults(_ drafts: [RuleDraft]) -> [String] {
        do throws(FieldFaults) {
            _ = try RuleSet.validate(drafts, version: 1)
            return []
        } catch {
            return error.faults.map(\.field)
        }
    }
}
