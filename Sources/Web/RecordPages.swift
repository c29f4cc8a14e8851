// The person's records: which they hold, who else does, and everything a custodian may do about it. Invitations are in
// `RecordInvitationPages.swift`.

import Domain
import Gateway
import Hummingbird

extension Server {
    func showRecords(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        try await recordsPage(viewer, done: try incoming.query().text("done"))
    }

    func createRecord(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        do throws(Declined) {
            let id = try await gateway.createRecord(
                name: form.text("name"), relationship: form.text("relationship"),
                country: Self.typed("country", in: form), endsOn: Self.typed("ends_on", in: form), by: viewer.person,
                request: incoming.id)
            return Answer.redirect(to: "/records/\(id.text)?done=created")
        } catch {
            guard error.problem == .invalidFields else { throw error }
            return try await recordsPage(viewer, refused: error, form: form)
        }
    }

    private func recordsPage(
        _ viewer: SignedIn, done: String = "", refused: Declined? = nil, form: Form = .empty
    ) async throws(Declined) -> Response {
        let holdings = try await gateway.records(of: viewer.person)
        let page = RecordsPage(holdings, viewer: viewer, done: done, refused: refused, form: form)
        return try pages.render(.records, page, status: refused?.problem.status ?? 200)
    }

    func showRecord(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        try await recordPage(incoming, viewer)
    }

    func changeRecord(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        let id: RecordID = try incoming.identifier()
        guard let change = RecordChange(rawValue: form.text("do")) else {
            throw Declined(.invalidRequest, "The form does not say what is to be done.")
        }
        do throws(Declined) {
            return try await perform(change, on: id, viewer, form, incoming.id)
        } catch {
            guard [.invalidFields, .lastCustodian, .beyondOwnAccess].contains(error.problem) else { throw error }
            return try await recordPage(incoming, viewer, refused: error, by: change, form: form)
        }
    }

    private func perform(
        _ change: RecordChange, on id: RecordID, _ viewer: SignedIn, _ form: Form, _ request: RequestID
    ) async throws(Declined) -> Response {
        let person = viewer.person
        switch change {
        case .describe:
            try await gateway.describeRecord(
                id, name: form.text("name"), country: Self.typed("country", in: form), by: person, request: request)
        case .suspend, .resume:
            try await gateway.suspendRecord(id, change == .suspend, by: person, request: request)
        case .invite:
            return try await invite(to: id, viewer, form, request)
        case .cancel:
            guard let invitation = RecordInvitationID(form.text("invitation")) else { throw Declined(.notFound) }
            try await gateway.cancelRecordInvitation(invitation, by: person, request: request)
        case .narrow:
            guard let holder = PersonID(form.text("person")) else { throw Declined(.notFound) }
            try await gateway.narrowHolding(
                of: holder, in: id, try HoldingDraft(ticked: form, invites: false), by: person, request: request)
        case .remove:
            guard let holder = PersonID(form.text("person")) else { throw Declined(.notFound) }
            try await gateway.removeHolder(holder, from: id, by: person, request: request)
        case .leave:
            try await gateway.leaveRecord(id, by: person, request: request)
            return Answer.redirect(to: "/records?done=left")
        }
        return Answer.redirect(to: "/records/\(id.text)?done=\(change.rawValue)")
    }

    // Made and shown in one answer: the invitation is told once, so no redirect may stand between.
    private func invite(
        to id: RecordID, _ viewer: SignedIn, _ form: Form, _ request: RequestID
    ) async throws(Declined) -> Response {
        let draft = try HoldingDraft(ticked: form, invites: true)
        let made = try await gateway.invite(to: id, draft, by: viewer.person, request: request)
        let view = try await gateway.recordInvitation(made.token)
        let context = InvitationMadePage(
            page: PageFrame("Your invitation", viewer: viewer), recordID: id.text, recordLabel: view.recordName,
            invitation: made.token, place: "\(settings.publicURL)/record-invitations", lapses: TimeText(made.expiresAt),
            given: Wording.given(view))
        return try pages.render(.invitationMade, context, status: 201)
    }

    private func recordPage(
        _ incoming: Incoming, _ viewer: SignedIn, refused: Declined? = nil, by change: RecordChange? = nil,
        form: Form = .empty
    ) async throws(Declined) -> Response {
        let view = try await gateway.record(try incoming.identifier(), of: viewer.person)
        let done = refused == nil ? try incoming.query().text("done") : ""
        let sheet = RecordSheet(view, viewer: viewer, done: done, refused: refused, by: change, form: form)
        return try pages.render(.record, sheet, status: refused?.problem.status ?? 200)
    }

    private static func typed(_ field: String, in form: Form) -> String? {
        let text = form.text(field).trimmedOfSpaces
        return text.isEmpty ? nil : text
    }
}

/// The field `do` of the record page's forms.
enum RecordChange: String, CaseIterable, Sendable {
    case describe, suspend, resume, invite, cancel, narrow, remove, leave
}

extension HoldingDraft {
    /// From a form's boxes. To the house no data type means all of them, but to a person no tick means none: it is refused. Who
    /// is invited as custodian holds everything, whatever else is ticked.
    init(ticked form: Form, invites: Bool) throws(Declined) {
        let isCustodian = form.text("custodian") == "yes"
        let holdsAll = isCustodian && invites
        let types = form.texts("type")
        let accesses = form.texts("access")
        var faults: [FieldFault] = []
        if types.isEmpty, !holdsAll { faults.append(FieldFault("data_types", "Tick at least one kind of data.")) }
        if accesses.isEmpty, !holdsAll {
            faults.append(FieldFault("accesses", "Tick at least one thing that may be done."))
        }
        guard faults.isEmpty else { throw Declined(.invalidFields, faults: faults) }
        let isEveryType =
            Set(DataType.allCases.map(\.rawValue)).isSubset(of: types)
            || Set(Category.allCases.map(\.rawValue)).isSubset(of: types)
        let isEveryAccess = Set(Access.allCases.map(\.rawValue)).isSubset(of: accesses)
        let endsOn = form.text("ends_on").trimmedOfSpaces
        self.init(
            relationship: form.text("relationship"), isCustodian: isCustodian,
            types: holdsAll || isEveryType ? [] : types, accesses: holdsAll || isEveryAccess ? [] : accesses,
            endsOn: endsOn.isEmpty ? nil : endsOn)
    }
}
