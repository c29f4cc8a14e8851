// The part of the route table that says who looked: to the person, to the application whose entries they are, and to auditors.

import Domain
import HTTPTypes

extension RouteTable {
    static let trail: [Route] = [
        route(
            .listActivity, .get, "/partner/activity", .session, .json, [.notAuthenticated, .invalidFields],
            "Lists who looked at data of the person's and of records that they look after, refused ones too."),
        route(
            .tellActivity, .get, "/partner/activity/overview", .session, .json, [.notAuthenticated],
            "Says how often in the last thirty days, by day and by application, and how many are new."),
        route(
            .changeTelling, .put, "/partner/activity/notices", .session, .json, [.notAuthenticated] + body,
            "Switches the telling of new accesses, or says up to when they are seen."),
        route(
            .listOwnEntries, .get, "/api/v1/audit", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired, .invalidFields],
            "Lists the entries of the audit trail that name the application, in the order of the log."),
        route(
            .listTrail, .get, "/auditor/entries", .session, .json,
            [.notAuthenticated, .notPermitted, .invalidFields],
            "Gives an auditor the whole trail as lines of JSON, in the order of the log."),
        route(
            .listAuditEvents, .get, "/auditor/events", .session, .fhir,
            [.notAuthenticated, .notPermitted, .invalidFields],
            "Gives an auditor the same as FHIR AuditEvents."),
        route(
            .trailBundle, .get, "/auditor/log/entries/**", .session, .json, [.notAuthenticated, .notPermitted],
            "Gives an auditor the entries of a tile of the log (C2SP tlog-tiles)."),
        route(
            .activityPage, .get, "/activity", .person, .page, [],
            "Who looked: what is new, thirty days at a glance, and each access."),
        route(
            .changeActivity, .post, "/activity", .personForm, .page, [.formTampered] + body,
            "Notes what the person has seen, and switches the telling."),
        route(
            .activityTable, .get, "/activity.csv", .person, .page, [.invalidFields], "The accesses for a spreadsheet."),
        route(.activityList, .get, "/activity.json", .person, .page, [.invalidFields], "The accesses for programs."),
        route(
            .accessProofPage, .get, "/activity/{id}", .person, .page, [],
            "One access, and how anybody can check that it stands in the log."),
        route(
            .accessProof, .get, "/activity/{id}/proof", .person, .page, [.auditNotSealedYet],
            "The proof of it, as a file."),
        route(
            .auditPage, .get, "/audit", .person, .page, [.invalidFields],
            "For auditors: the trail with its filters, and how to check the log; to others it is not there."),
        route(
            .auditTable, .get, "/audit.csv", .person, .page, [.invalidFields], "The same entries for a spreadsheet."),
        route(
            .auditLines, .get, "/audit.jsonl", .person, .page, [.invalidFields],
            "The same entries as they stand in the log, a line of JSON each."),
        route(
            .auditorsProof, .get, "/audit/{id}/proof", .person, .page, [.auditNotSealedYet],
            "The proof of one entry with the entry in it, as a file."),
    ]
}
