// One grant: what it gives, what it really gives, how it came to be so; and the three ways in which the person changes it.

import Domain
import Gateway
import Hummingbird

extension Server {
    func showGrant(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        try await grantPage(incoming, viewer)
    }

    func narrowGrant(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        var asked = NarrowingRequest(types: form.texts("type"))
        switch TypedDays(form.text("days")) {
        case .absent: break
        case .days(let days): asked.days = days
        case .unreadable:
            return try await grantPage(incoming, viewer, refused: Self.noNumber, by: .narrowing, form: form)
        }
        do throws(Declined) {
            _ = try await gateway.narrow(id, by: viewer.person, asked, through: .page, request: incoming.id)
        } catch {
            guard Self.canBeMended(error) else { throw error }
            return try await grantPage(incoming, viewer, refused: error, by: .narrowing, form: form)
        }
        return Answer.redirect(to: "/grants/\(id.text)?done=narrowed")
    }

    func renewGrant(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        var days: Int?
        switch TypedDays(form.text("days")) {
        case .absent: break
        case .days(let typed): days = typed
        case .unreadable:
            return try await grantPage(incoming, viewer, refused: Self.noNumber, by: .renewal, form: form)
        }
        do throws(Declined) {
            _ = try await gateway.renew(id, by: viewer.person, days: days, through: .page, request: incoming.id)
        } catch {
            guard Self.canBeMended(error) else { throw error }
            return try await grantPage(incoming, viewer, refused: error, by: .renewal, form: form)
        }
        return Answer.redirect(to: "/grants/\(id.text)?done=renewed")
    }

    func revoke(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: GrantID = try incoming.identifier()
        _ = try await gateway.revoke(id, by: viewer.person, through: .page, request: incoming.id)
        return Answer.redirect(to: "/grants/\(id.text)?done=revoked")
    }

    private static let noNumber = Declined(
        .invalidFields, faults: [FieldFault("days", "Say the days as a whole number.")])

    // The page itself says that a grant is over; everything else that is not the form's fault goes on.
    private static func canBeMended(_ declined: Declined) -> Bool {
        declined.problem == .invalidFields || declined.problem == .grantNotActive
    }

    private func grantPage(
        _ incoming: Incoming, _ viewer: SignedIn, refused: Declined? = nil, by change: GrantSheet.Change? = nil,
        form: Form? = nil
    ) async throws(Declined) -> Response {
        let view = try await gateway.grant(try incoming.identifier(), of: viewer.person)
        let holding = try await gateway.records(of: viewer.person).first { $0.record == view.record }
        let done = refused == nil ? try incoming.query().text("done") : ""
        let sheet = GrantSheet(
            view, holding: holding, viewer: viewer, languages: incoming.languages, done: done,
            refused: refused, by: change, form: form)
        return try pages.render(.grant, sheet, status: refused?.problem.status ?? 200)
    }
}

extension GrantSheet {
    /// Which of the page's forms was refused.
    enum Change: Sendable {
        case narrowing, renewal
    }

    init(
        _ view: GrantView, holding: HoldingView?, viewer: SignedIn, languages: [Language], done: String,
        refused: Declined?, by change: Change?, form: Form?
    ) {
        let isNarrowing = change == .narrowing
        let daysInput = isNarrowing ? "narrow-days" : "renew-days"
        let faults =
            refused.map { declined in
                FormFaults(declined, inputs: ["days": daysInput], otherwise: isNarrowing ? "take-back" : "renew-days")
            } ?? .none
        let ticked = isNarrowing ? form?.texts("type") ?? [] : []
        // Nothing leaves a suspended record, whatever would otherwise be in reach.
        let reach = holding?.isSuspended == true ? Permissions.none : view.effective
        self.init(
            page: PageFrame(view.application.name, viewer: viewer), notice: Self.notice(done, view),
            faultSummary: faults.summary, grantID: view.id.text, application: ApplicationCard(view.application),
            recordName: view.recordName, heldRecord: holding?.record.text, isActive: view.state == .active,
            isExpired: view.state == .expired, isRevoked: view.state == .revoked, begun: TimeText(view.createdAt),
            until: TimeText(view.expiresAt), revoked: view.revokedAt.map { TimeText($0) },
            statusWords: Wording.status(view.status, of: view.application.name),
            rules: view.rules.enumerated().map { place, rule in
                var card = RuleCard(rule, number: place + 1, languages: languages)
                let own = view.dates.first { $0.rule == rule.name }
                card.dates = own.map { Wording.dates($0.dates) } ?? []
                return card
            },
            refused: view.refusedScopes, scopes: view.scopes, itemsDelivered: Wording.number(view.itemsDelivered),
            itemsWaiting: view.itemsWaiting > 0 ? Wording.number(view.itemsWaiting) : nil,
            effective: reach.types.map { EffectiveRow($0, in: reach) },
            withheld: view.state == .active ? WithheldRow.rows(of: view, reach, holding) : [],
            history: view.history.reversed().map { ChangeRow($0) },
            takeBack: view.permissions.types.enumerated().map { place, type in
                Choice(
                    choiceID: place == 0 ? "take-back" : "take-back-\(place + 1)", choiceField: "type",
                    choiceValue: type.rawValue,
                    choiceLabel: type.plainName, isChosen: ticked.contains(type.rawValue))
            },
            takeBackError: faults.message("take-back"),
            narrowDaysValue: isNarrowing ? form?.text("days") ?? "" : "",
            narrowDaysError: faults.message("narrow-days"),
            renewDaysValue: change == .renewal ? form?.text("days") ?? "" : "",
            renewDaysError: faults.message("renew-days"))
    }

    // Only sentences of our own can be shown: the query merely picks one.
    private static func notice(_ done: String, _ view: GrantView) -> String? {
        switch (done, view.state) {
        case ("revoked", .revoked): "You have ended this permission. Nothing more is handed over."
        case ("narrowed", .active): "It is as you said. What you took back is not handed over any more."
        case ("renewed", .active): "You have renewed this permission."
        default: nil
        }
    }
}

extension EffectiveRow {
    init(_ type: DataType, in permissions: Permissions) {
        func words(_ mode: Mode) -> String? {
            Wording.verbs(Set(Access.allCases.filter { permissions[mode, $0].contains(type) }))
        }
        typeName = type.plainName
        whilePresent = words(.online)
        whileAway = words(.offline)
    }
}

extension WithheldRow {
    /// What the grant says beyond what it gives now. `holding` tells which part the person's own access cuts; the rest is cut by
    /// the application's own rules, which ask for less than they did.
    static func rows(of view: GrantView, _ reach: Permissions, _ holding: HoldingView?) -> [WithheldRow] {
        let isSuspended = holding?.isSuspended ?? false
        let isHeld = holding?.isInForce ?? false
        let own = isHeld && !isSuspended ? (holding?.permissions ?? .none).withoutModes : Permissions.none
        let lacking = view.permissions.subtracting(reach)
        let beyond = lacking.subtracting(own)
        let unasked = lacking.intersection(own)
        let because =
            isSuspended
            ? "This record is suspended."
            : isHeld
                ? "Your own access to this record does not allow it." : "You have no access to this record any more."
        return rows(beyond, because)
            + rows(unasked, "\(view.application.name) does not ask for it any more.")
    }

    private static func rows(_ permissions: Permissions, _ because: String) -> [WithheldRow] {
        permissions.types.map { type in
            let accesses = Access.allCases.filter { access in
                Mode.allCases.contains { permissions[$0, access].contains(type) }
            }
            return WithheldRow(
                typeName: type.plainName, lackingWords: Wording.verbs(Set(accesses)) ?? "", cutWords: because)
        }
    }
}

extension ChangeRow {
    init(_ change: GrantChangeView) {
        changeVersion = change.version
        changed = TimeText(change.at)
        changeWords = Wording.change(change)
        changeTypes = Wording.typeNames(change.types)
        changeDates = Wording.dates(change.dates, among: change.ruleCount)
        changeUntil = TimeText(day: change.expiresAt)
    }
}
