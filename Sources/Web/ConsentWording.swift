// How an approval becomes the consent page: the lines by kind, what is wrong beside its line, the records to choose from.

import Domain
import Gateway

extension ApprovalPage {
    /// `form` is what came in before, so that nothing the person ticked or typed is lost. Where the application changed what it
    /// asks, the former ticks were given to something else and are not kept.
    init(
        _ view: ApprovalView, viewer: SignedIn, languages: [Language], refused: Declined? = nil, form: Form? = nil,
        preview: PreviewBar? = nil
    ) {
        let hasChanged = refused?.problem == .approvalChanged
        let kept = hasChanged ? nil : form
        let faults = Self.faults(refused, view, languages)
        var cards: [ApprovalForm.Kind: [RuleCard]] = [:]
        for (index, line) in view.form.lines.enumerated() {
            var card = RuleCard(line.shown, number: index + 1, languages: languages)
            card.dates = Wording.dates(line.dates)
            card.isChecked = kept?.texts("scope").contains(line.rule.scope.text) ?? line.isChecked
            card.isWithinReach = line.isWithinReach
            card.ruleFault = faults.message("rule-\(index + 1)")
            cards[line.kind, default: []].append(card)
        }
        let chosen = view.records.first(where: \.isChosen)
        let name = view.application.name
        self.init(
            page: PageFrame(Self.title(view), viewer: viewer),
            notice: hasChanged ? Self.changed(name, view, form) : nil,
            faultSummary: hasChanged
                ? nil
                : refused.map { FaultSummary(heading: $0.problem.title, faults: faults.named) },
            approvalID: view.id.text, approvalToken: viewer.formToken(of: view.id), ruleVersion: view.ruleVersion,
            application: ApplicationCard(view.application),
            lifeWords: Wording.days(view.life), lifeDays: view.life.days,
            daysValue: kept?.text("days") ?? "\(view.life.days)", daysError: faults.message("days"),
            // Counted from the last moment at which the person can agree: what is shown is never exceeded.
            until: TimeText(day: view.expiresAt + view.life.span), closes: TimeText(view.expiresAt),
            standing: view.standingUntil.map { TimeText(day: $0) },
            records: view.records.count > 1 ? view.records.map { RecordLink($0, of: view) } : [],
            chosenRecord: chosen.map { ChosenRecord(chosenID: $0.id.text, chosenName: $0.name) },
            recordsError: faults.message("records"), required: cards[.required] ?? [], optional: cards[.optional] ?? [],
            settled: cards[.settled] ?? [],
            awayChoice: view.form.offlineAccess == .open
                ? AwayChoice(isTicked: kept?.texts("scope").contains("offline_access") ?? false) : nil,
            isAwaySettled: view.form.offlineAccess == .settled, isOutOfReach: view.form.isOutOfReach,
            obstacleWords: view.obstacle.map { Self.words(for: $0, name) },
            mayApprove: view.obstacle == nil && !view.form.isOutOfReach, isDeciding: view.form.asksSomething,
            isEmptyHanded: view.form.lines.isEmpty, standingMark: view.standingMark, preview: preview)
    }

    private static func changed(_ name: String, _ view: ApprovalView, _ form: Form?) -> String {
        form.map { Int($0.text("rules")) == view.ruleVersion } == true
            ? "What \(name) has from you changed since you opened this page. This is how it stands now."
            : "\(name) has changed what it asks for since you opened this page. This is what it asks for now."
    }

    private static func words(for obstacle: ApprovalView.Obstacle, _ name: String) -> String {
        switch obstacle {
        case .applicationSuspended: "\(name) is suspended here at the moment, so nothing can be given to it."
        case .recordNotHeld:
            "\(name) asks about a record that is not one of yours. If somebody else should answer, sign out and let them sign in."
        case .recordSuspended:
            "This record is suspended: nothing leaves it until somebody who looks after it resumes it."
        case .recordNotServed: "\(name) does not serve the country of this record."
        }
    }

    private static func title(_ view: ApprovalView) -> String {
        if view.obstacle != nil { return "\(view.application.name) cannot be used for this record" }
        if !view.form.asksSomething { return "Go on to \(view.application.name)" }
        return view.form.isOutOfReach
            ? "\(view.application.name) needs more than you can give"
            : "\(view.application.name) asks for your permission"
    }

    private static func faults(_ refused: Declined?, _ view: ApprovalView, _ languages: [Language]) -> FormFaults {
        guard let refused, refused.problem != .approvalChanged else { return .none }
        let missing = view.form.lines.enumerated().compactMap { index, line -> Fault? in
            let tokens = line.scopes.map(\.text) + [line.rule.scope.text]
            guard tokens.contains(where: refused.missing.contains) else { return nil }
            let why = line.rule.whyText.best(for: languages).text
            return Fault(
                target: "rule-\(index + 1)",
                message: refused.problem == .beyondOwnAccess
                    ? "Your own access to this record does not reach this part: “\(why)”"
                    : "This part is needed: “\(why)”")
        }
        guard missing.isEmpty else { return FormFaults(faults: missing) }
        return FormFaults(refused, inputs: ["days": "days", "record": "records"], otherwise: "decision")
    }
}

extension RecordLink {
    init(_ choice: RecordChoice, of view: ApprovalView) {
        recordHref = "/approvals/\(view.id.text)?record=\(choice.id.text)"
        recordLabel = choice.name
        relationWords = Wording.relation(choice.relationship)
        standingWords = Wording.standing(choice.status)
        isChosen = choice.isChosen
    }
}
