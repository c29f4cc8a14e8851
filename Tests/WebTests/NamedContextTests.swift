// The consent page's contexts answer by name what they hold: a property that were forgotten would be blank on the page.

import Testing

@testable import Web

@Suite struct NamedContextTests {
    @Test("every property of a context of the consent page is found by its name, and nothing is where it is absent")
    func everyPropertyIsFound() {
        let time = TimeText(words: "1 May", machine: "2026-05-01")
        let viewer = PageViewer(viewerName: "Ada")
        let frame = PageFrame(title: "Title", signedIn: viewer, formToken: "token", refreshSeconds: 3)
        let card = ApplicationCard(
            applicationName: "App", applicationDescription: nil, organizationName: "Org", isSandbox: true,
            responsible: "Org, Street", hosts: ["app.example"])
        let rule = RuleCard(
            number: 1, ruleName: "steps", scopeToken: "rule:steps", why: "Why", whyLanguage: "en", typeNames: ["Steps"],
            doings: ["see"], isOffline: true, ruleFault: "fault")
        let page = ApprovalPage(
            page: frame, notice: nil, faultSummary: nil, approvalID: "id", approvalToken: "t", ruleVersion: 2,
            application: card,
            lifeWords: "90 days", lifeDays: 90, daysValue: "90", daysError: nil, until: time, closes: time,
            standing: time, records: [], chosenRecord: ChosenRecord(chosenID: "r", chosenName: "Ada"),
            recordsError: "no", required: [rule], optional: [], settled: [rule],
            awayChoice: AwayChoice(isTicked: true), isAwaySettled: true, isOutOfReach: false, obstacleWords: nil,
            mayApprove: true, isDeciding: true, isEmptyHanded: false, standingMark: "none", preview: nil)
        let contexts: [any NamedContext] = [
            time, viewer, frame, card, rule, page, ChosenRecord(chosenID: "r", chosenName: "Ada"),
            AwayChoice(isTicked: true),
        ]
        for context in contexts {
            for property in Mirror(reflecting: context).children {
                guard let name = property.label else { continue }
                let held = Mirror(reflecting: property.value)
                let isAbsent = held.displayStyle == .optional && held.children.isEmpty
                let found = context.child(named: name)
                #expect((found == nil) == isAbsent, "\(type(of: context)).\(name)")
                // What holds names of its own comes behind a reference, and is among the contexts itself.
                guard let found, !(found is Named), !(found is [Named]) else { continue }
                let value: Any = held.displayStyle == .optional ? held.children.first?.value ?? "" : property.value
                #expect(String(describing: found) == String(describing: value), "\(type(of: context)).\(name)")
            }
            #expect(context.child(named: "noSuchName") == nil)
        }
    }
}
