// How records, their people and their invitations become what the templates show.

import Domain
import Gateway

extension RecordsPage {
    init(_ holdings: [HoldingView], viewer: SignedIn, done: String, refused: Declined?, form: Form) {
        let faults =
            refused.map {
                FormFaults(
                    $0,
                    inputs: [
                        "name": "name", "relationship": "relationship", "country": "country", "ends_on": "ends-on",
                    ], otherwise: "name")
            } ?? .none
        let chosen = Relationship(rawValue: form.text("relationship")) ?? .child
        self.init(
            page: PageFrame("Records", viewer: viewer), notice: Self.notice(done), faultSummary: faults.summary,
            held: holdings.filter(\.isInForce).map { RecordRow($0) },
            ended: holdings.filter { !$0.isInForce }.map { RecordRow($0) },
            relationships: Choice.relationships(chosen, id: "relationship", Wording.relation),
            nameValue: form.text("name"), countryValue: form.text("country"), endsOnValue: form.text("ends_on"),
            nameError: faults.message("name"), relationshipError: faults.message("relationship"),
            countryError: faults.message("country"), endsOnError: faults.message("ends-on"))
    }

    private static func notice(_ done: String) -> String? {
        switch done {
        case "left": "You have left the record. You see nothing of it any more."
        case "declined": "You have declined the invitation."
        default: nil
        }
    }
}

extension RecordRow {
    init(_ view: HoldingView) {
        recordID = view.record.text
        recordLabel = view.name
        relationWords = Wording.relation(view.relationship)
        isCustodian = view.isCustodian
        accessWords = Wording.access(view.permissions)
        recordUntil = view.expiresAt.map { TimeText(day: $0) }
        country = view.country
        isSuspended = view.isSuspended
    }
}

extension RecordSheet {
    init(
        _ view: RecordView, viewer: SignedIn, done: String, refused: Declined?, by change: RecordChange?, form: Form
    ) {
        let holding = view.holding
        let faults = refused.map { Self.faults($0, by: change, view, form) } ?? .none
        let active = view.holders.filter { $0.state == .active }
        let describes = change == .describe ? form : nil
        let narrowing = refused != nil && change == .narrow ? form : nil
        self.init(
            page: PageFrame(holding.name, viewer: viewer), notice: Self.notice(done), faultSummary: faults.summary,
            record: RecordRow(holding), typeNames: Wording.typeNames(holding.permissions.types),
            doings: Wording.doings(Wording.accesses(of: holding.permissions)), isInForce: holding.isInForce,
            isYours: holding.isCustodian, mayChange: holding.isInForce,
            picture: active.isEmpty ? nil : PeoplePicture(active, of: holding.name),
            people: active.enumerated().map { HolderCard($1, number: $0 + 1, faults: faults, typed: narrowing) },
            former: view.holders.filter { $0.state != .active }.map {
                FormerHolder(formerName: $0.name, formerWords: Wording.ending($0.state))
            },
            receivers: view.grants.map { Receiver($0) },
            waiting: view.invitations.filter { $0.state == .invited }.map { InvitationRow($0) },
            invite: InviteForm(change == .invite ? form : nil, faults: faults),
            nameValue: describes?.text("name") ?? holding.name,
            countryValue: describes?.text("country") ?? holding.country ?? "", nameError: faults.message("name"),
            countryError: faults.message("country"), leaveError: faults.message("leave"))
    }

    private static func notice(_ done: String) -> String? {
        switch done {
        case "created": "The record is there. You look after it."
        case "accepted": "You now have access to this record."
        case "describe": "The record is described as you said."
        case "suspend": "The record is suspended. Nothing of it is handed over until you let it go on."
        case "resume": "The record goes on. What your permissions cover is handed over again."
        case "cancel": "The invitation is withdrawn. It does not work any more."
        case "narrow": "Their access is as you said."
        case "remove": "They have no access to this record any more."
        default: nil
        }
    }

    // Every form of the page has inputs of its own, so the same field leads to another place in each.
    private static func faults(
        _ declined: Declined, by change: RecordChange?, _ view: RecordView, _ form: Form
    ) -> FormFaults {
        switch change {
        case .invite:
            FormFaults(
                declined,
                inputs: [
                    "relationship": "invite-relationship", "data_types": "invite-types",
                    "accesses": "invite-doings", "ends_on": "invite-ends-on",
                ], otherwise: "invite")
        case .narrow, .remove:
            FormFaults(declined, inputs: [:], otherwise: "holder-\(place(of: form.text("person"), in: view))")
        case .leave: FormFaults(declined, inputs: [:], otherwise: "leave")
        case .describe, .suspend, .resume, .cancel, nil:
            FormFaults(declined, inputs: ["name": "name", "country": "country"], otherwise: "name")
        }
    }

    private static func place(of person: String, in view: RecordView) -> Int {
        let active = view.holders.filter { $0.state == .active }
        return (active.firstIndex { $0.person.text == person } ?? 0) + 1
    }
}

extension HolderCard {
    /// `typed` is a form that was refused; if it was about this holder, what was ticked and typed stays as it was.
    init(_ view: HolderView, number: Int, faults: FormFaults, typed form: Form?) {
        let prefix = "holder-\(number)"
        let typed = form.flatMap { $0.text("person") == view.person.text ? $0 : nil }
        self.number = number
        holderID = view.person.text
        holderName = view.name
        isYou = view.isYou
        holderRelation = Wording.relationOf(view.relationship)
        holderRelationship = view.relationship.rawValue
        holderIsCustodian = view.isCustodian
        staysCustodian = typed.map { $0.text("custodian") == "yes" } ?? true
        holderAccess = Wording.access(view.permissions)
        holderUntil = view.expiresAt.map { TimeText(day: $0) }
        holderEndsOn = typed?.text("ends_on") ?? view.expiresAt.map(Wording.dateField) ?? ""
        holderTypes = Choice.types(view.permissions.types, id: "\(prefix)-type", ticked: typed?.texts("type"))
        holderDoings = Choice.doings(
            Wording.accesses(of: view.permissions), id: "\(prefix)-doing", ticked: typed?.texts("access"))
        holderFault = faults.message(prefix)
    }
}

extension InvitationRow {
    init(_ view: RecordInvitationView) {
        invitationID = view.id.text
        invitedRelation = Wording.relationOf(view.relationship)
        invitedIsCustodian = view.isCustodian
        invitedAccess = Wording.access(view.permissions)
        invitedUntil = view.accessExpiresAt.map { TimeText(day: $0) }
        lapses = TimeText(view.expiresAt)
    }
}

extension InviteForm {
    init(_ form: Form?, faults: FormFaults) {
        let ticked = form?.texts("type") ?? []
        inviteRelationships = Choice.relationships(
            form.flatMap { Relationship(rawValue: $0.text("relationship")) } ?? .other, id: "invite-relationship",
            Wording.relationOf)
        inviteCategories = Category.allCases.map { category in
            Choice(
                choiceID: "invite-\(category.rawValue)", choiceField: "type", choiceValue: category.rawValue,
                choiceLabel: Wording.category(category), isChosen: ticked.contains(category.rawValue))
        }
        inviteTypes = Choice.types(.all, id: "invite-type", ticked: ticked)
        inviteDoings = Choice.doings(
            Set(Access.allCases), id: "invite-doing", ticked: form?.texts("access") ?? [Access.read.rawValue])
        inviteCustodian = form?.text("custodian") == "yes"
        inviteEndsOn = form?.text("ends_on") ?? ""
        relationshipFault = faults.message("invite-relationship")
        typesFault = faults.message("invite-types")
        doingsFault = faults.message("invite-doings")
        endsOnFault = faults.message("invite-ends-on")
        inviteFault = faults.message("invite")
    }
}

extension Choice {
    static func relationships(
        _ chosen: Relationship, id: String, _ words: (Relationship) -> String
    ) -> [Choice] {
        Relationship.allCases.map {
            Choice(
                choiceID: "\(id)-\($0.rawValue)", choiceField: "relationship", choiceValue: $0.rawValue,
                choiceLabel: words($0), isChosen: $0 == chosen)
        }
    }

    /// `ticked` nil ticks them all.
    static func types(_ types: DataTypeSet, id: String, ticked: [String]?) -> [Choice] {
        types.map {
            Choice(
                choiceID: "\(id)-\($0.rawValue)", choiceField: "type", choiceValue: $0.rawValue,
                choiceLabel: $0.plainName, isChosen: ticked?.contains($0.rawValue) ?? true)
        }
    }

    static func doings(_ accesses: Set<Access>, id: String, ticked: [String]?) -> [Choice] {
        let ordered = Access.allCases.filter(accesses.contains).sorted { Wording.rank($0) < Wording.rank($1) }
        return ordered.map {
            Choice(
                choiceID: "\(id)-\($0.rawValue)", choiceField: "access", choiceValue: $0.rawValue,
                choiceLabel: Wording.doings([$0]).joined(), isChosen: ticked?.contains($0.rawValue) ?? true)
        }
    }
}

extension PeoplePicture {
    private static let mostDots = 8
    private static let rowHeight = 92

    /// Two columns with the record between them; `holders` is not empty.
    init(_ holders: [HolderView], of record: String) {
        let shown = holders.prefix(Self.mostDots)
        let rows = (shown.count + 1) / 2
        let height = rows * Self.rowHeight + 8
        let custodians = holders.filter(\.isCustodian).map(Self.label)
        let others = holders.filter { !$0.isCustodian }.map(Self.label)
        pictureWords =
            "\(record) is looked after by \(Self.list(custodians))"
            + (others.isEmpty ? "." : ", and shared with \(Self.list(others)).")
        pictureHeight = height + (holders.count > shown.count ? 24 : 0)
        recordY = height / 2
        dots = shown.enumerated().map { place, holder in
            let y = place / 2 * Self.rowHeight + 40
            return PersonDot(
                dotX: place % 2 == 0 ? 56 : 264, dotY: y, labelY: y + 44,
                initial: String(holder.name.prefix(1)).uppercased(), dotLabel: Self.short(Self.label(holder)),
                isCustodianDot: holder.isCustodian)
        }
        moreCount = holders.count > shown.count ? holders.count - shown.count : nil
        moreY = height + 12
    }

    private static func label(_ holder: HolderView) -> String { holder.isYou ? "You" : holder.name }
    private static func short(_ text: String) -> String { text.count > 14 ? "\(text.prefix(13))…" : text }

    private static func list(_ names: [String]) -> String {
        guard let last = names.last else { return "nobody" }
        return names.count == 1 ? last : "\(names.dropLast().joined(separator: ", ")) and \(last)"
    }
}

extension Wording {
    /// As HTML's date inputs write a day, in UTC.
    static func dateField(_ moment: Moment) -> String { String(moment.rfc3339.prefix(10)) }
}
