// Who looked, as pages: what is new, thirty days at a glance, every access one by one, and the same as files to keep.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    private static let accessesOnPage = 50
    /// Accesses in one file; older ones are in the next.
    private static let accessesInFile = 1_000

    func showActivity(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let query = try incoming.query()
        // A page passes over what it cannot read: the whole list is the answer to that.
        let asked = ActivityQuery(
            application: ApplicationID(query.text("application")), grant: GrantID(query.text("grant")),
            before: Int(query.text("before")), limit: Self.accessesOnPage)
        let page = try await gateway.activity(asked, of: viewer.person)
        let isOverview = asked.application == nil && asked.grant == nil && asked.before == nil
        let overview = isOverview ? try await gateway.activityOverview(of: viewer.person) : nil
        return try pages.render(
            .activity,
            ActivityPageContext(
                page: PageFrame("Who looked", viewer: viewer), notice: Self.notice(query.text("done")),
                isOverview: isOverview, news: overview.flatMap { ActivityNews($0) },
                isTold: overview.map { $0.unseen != nil } ?? false, picture: overview.map { DaysPicture($0) },
                shares: overview?.applications.map { ShareRow($0) } ?? [],
                onlyOf: Self.filterWords(asked, page), accesses: page.accesses.map { AccessRow($0) },
                olderHref: page.next.map { "/activity" + Self.query(asked, before: $0) },
                keptFrom: page.keptFrom.map { TimeText($0) },
                csvHref: "/activity.csv" + Self.query(asked, before: asked.before),
                jsonHref: "/activity.json" + Self.query(asked, before: asked.before)))
    }

    func changeActivity(_ incoming: Incoming, viewer: SignedIn, form: Form) async throws(Declined) -> Response {
        switch (form.text("do"), form.text("on")) {
        case ("seen", _):
            guard let until = Int64(form.text("until")) else {
                throw Declined(.invalidFields, faults: [FieldFault("until", "a moment was expected")])
            }
            try await gateway.sawActivity(until: Moment(microseconds: until), by: viewer.person)
            return Answer.redirect(to: "/activity?done=seen")
        case ("tell", "yes"), ("tell", "no"):
            let isTold = form.text("on") == "yes"
            try await gateway.tellOfAccess(isTold, to: viewer.person)
            return Answer.redirect(to: "/activity?done=\(isTold ? "told" : "quiet")")
        default: throw Declined(.invalidFields, faults: [FieldFault("do", "seen or tell was expected")])
        }
    }

    func giveActivityTable(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let page = try await file(incoming, viewer)
        var response = Answer.text(
            AccessTable.csv(page.accesses), contentType: "text/csv; charset=utf-8; header=present")
        response.headers[.contentDisposition] = "attachment; filename=\"licet-accesses.csv\""
        return response
    }

    func giveActivityList(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        var response = Answer.json(.activity(try await file(incoming, viewer)))
        response.headers[.contentDisposition] = "attachment; filename=\"licet-accesses.json\""
        return response
    }

    private func file(_ incoming: Incoming, _ viewer: SignedIn) async throws(Declined) -> ActivityPage {
        let asked = try ActivityListQuery(try incoming.query(), limit: Self.accessesInFile).query
        return try await gateway.activity(asked, of: viewer.person)
    }

    func showAccessProof(_ incoming: Incoming, viewer: SignedIn) async throws(Declined) -> Response {
        let access = try await gateway.access(try incoming.identifier(), of: viewer.person)
        return try pages.render(
            .accessProof,
            AccessProofPage(
                page: PageFrame("Prove it", viewer: viewer), access: AccessRow(access), entryID: access.id.text,
                place: access.index.map { Wording.number($0) }, proofHref: "/activity/\(access.id.text)/proof",
                keyHref: "/log/key"))
    }

    // Only sentences of our own can be shown: the query merely picks one.
    private static func notice(_ done: String) -> String? {
        switch done {
        case "seen": "Noted: you have seen them."
        case "told": "You are told of new accesses from now on."
        case "quiet": "You are not told of accesses any more. They are recorded all the same."
        default: nil
        }
    }

    private static func filterWords(_ asked: ActivityQuery, _ page: ActivityPage) -> String? {
        if let application = asked.application {
            return page.accesses.first?.applicationName ?? application.text
        }
        if asked.grant != nil { return "one permission" }
        return asked.before == nil ? nil : "older ones"
    }

    private static func query(_ asked: ActivityQuery, before: Int?) -> String {
        let parts = [
            asked.application.map { "application=\($0.text)" }, asked.grant.map { "grant=\($0.text)" },
            before.map { "before=\($0)" },
        ].compactMap { $0 }
        return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }
}

extension ActivityNews {
    /// Nil where nothing is new, or the person does not want to be told.
    init?(_ overview: ActivityOverview) {
        guard let unseen = overview.unseen, unseen > 0 else { return nil }
        newCount = CountWords(digits: Wording.number(unseen), isOne: unseen == 1)
        seenBefore = overview.seenAt.map { TimeText($0) }
        seenUntil = String(overview.at.microseconds)
    }
}

extension DaysPicture {
    private static let ground = 60
    private static let tallest = 54

    init(_ overview: ActivityOverview) {
        let most = max(overview.days.map { $0.served + $0.refused }.max() ?? 0, 1)
        // The smallest number is still seen: a day on which something was is never drawn as an empty one.
        func height(_ count: Int) -> Int { count == 0 ? 0 : max(2, count * Self.tallest / most) }
        bars = overview.days.enumerated().map { place, day in
            let served = height(day.served)
            let refused = height(day.refused)
            return DayBar(
                barX: place * 10 + 1, servedY: Self.ground - served, servedHeight: served > 0 ? served : nil,
                refusedY: Self.ground - served - refused, refusedHeight: refused > 0 ? refused : nil)
        }
        dayRows = overview.days.reversed().filter { $0.served + $0.refused > 0 }.map {
            DayRow(
                dayWords: TimeText(dayNumber: $0.day), servedCount: Wording.number($0.served),
                refusedCount: Wording.number($0.refused))
        }
        firstDay = overview.days.first.map { TimeText(dayNumber: $0.day).words } ?? ""
        lastDay = overview.days.last.map { TimeText(dayNumber: $0.day).words } ?? ""
        let served = overview.days.reduce(0) { $0 + $1.served }
        let refused = overview.days.reduce(0) { $0 + $1.refused }
        pictureWords =
            "Accesses on each of the last 30 days: \(Wording.number(served)) handed over and \(Wording.number(refused)) "
            + "refused. The table below has the numbers."
    }
}

extension ShareRow {
    init(_ share: ActivityOverview.Share) {
        shareName = share.name
        shareHref = "/activity?application=\(share.application.text)"
        shareServed = Wording.number(share.served)
        shareRefused = Wording.number(share.refused)
    }
}

extension AccessRow {
    init(_ access: AccessView) {
        happened = TimeText(access.at)
        who = access.applicationName ?? "An application that is gone"
        whose = access.organization
        isRefused = !access.isServed
        whatWords = Wording.access(access)
        reason = Wording.reason(access.outcome)
        accessTypes = Wording.typeNames(access.types)
        accessRecord = access.recordName
        grantHref = access.isOwnGrant ? access.grant.map { "/grants/\($0.text)" } : nil
        proveHref = "/activity/\(access.id.text)"
    }
}

extension Wording {
    /// `Fetched 12 readings`, `Asked, and was refused`.
    static func access(_ access: AccessView) -> String {
        let readings = access.items == 1 ? "1 reading" : "\(number(access.items)) readings"
        switch (access.action, access.isServed) {
        case (.deliver, true): return "Was sent \(readings)"
        case (.deliver, false): return "Was to be sent data, and was not"
        case (_, true): return access.items == 0 ? "Looked, and found nothing new" : "Fetched \(readings)"
        case (_, false):
            guard let repetition = access.repetition else { return "Asked, and was refused" }
            let first = TimeText(repetition.first).words
            return "Asked \(number(repetition.times)) times since \(first), and was refused"
        }
    }

    /// Why an access was refused, for the person whose data it was about.
    static func reason(_ outcome: AuditEntry.Outcome) -> String? {
        switch outcome {
        case .done: nil
        case .failed(let problem): problem.title
        case .refused(let refusal):
            switch refusal {
            case .applicationNotInGoodStanding: "The application is suspended here."
            case .noGrant: "It has no permission of yours."
            case .grantRevoked: "The permission had been ended."
            case .grantExpired: "The permission had run out."
            case .recordAccessLost: "Whoever gave the permission had no access to the record any more."
            case .recordSuspended: "The record was suspended."
            case .modeNotGranted: "The permission does not reach that far while you are away."
            case .notCovered: "The permission does not cover what it asked for."
            case .recordAccessTooSmall: "The permission reached further than the access of whoever gave it."
            }
        }
    }
}
