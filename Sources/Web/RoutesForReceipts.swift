// The part of the route table that gives receipts of what was agreed, and checks them.

import Domain
import HTTPTypes

extension RouteTable {
    static let receipts: [Route] = [
        route(
            .listReceipts, .get, "/partner/consent/grants/{id}/receipts", .session, .json, [.notAuthenticated],
            "Lists the changes of a grant that there are receipts of."),
        route(
            .giveReceipt, .get, "/partner/consent/grants/{id}/receipts/{version}/{form}", .session, .json,
            [.notAuthenticated], "Gives a receipt: signed (jwt), as JSON-LD (jsonld) or as a FHIR Consent (fhir)."),
        route(
            .grantReceipts, .get, "/api/v1/grants/{id}/receipts", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired],
            "Lists the changes of a grant of the application's that there are receipts of.", isShared: true),
        route(
            .grantReceipt, .get, "/api/v1/grants/{id}/receipts/{version}/{form}", .token, .json,
            [.notAuthenticated, .tokenExpired, .consentRequired],
            "Gives the same receipt as the person has, in the same three forms.", isShared: true),
        route(
            .receiptPage, .get, "/grants/{id}/receipts/{version}", .person, .page, [],
            "A receipt of one change of a grant, to print or to keep."),
        route(
            .receiptFile, .get, "/grants/{id}/receipts/{version}/{form}", .person, .page, [],
            "The same receipt as a file."),
        route(
            .receiptCheckForm, .get, "/receipts/verify", .visitor, .page, [],
            "Where anybody can check a receipt."),
        route(
            .checkReceipt, .post, "/receipts/verify", .visitorForm, .page, [.formTampered] + body,
            "Says whether a receipt is ours and unaltered, and what it says; nothing is kept."),
    ]
}
