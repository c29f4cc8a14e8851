// The part of the route table that is for people: the API of the person's own app, and the pages.

import Domain
import HTTPTypes

extension RouteTable {
    static let partner: [Route] = sessions + consent + imports + records + account

    private static let sessions: [Route] = [
        route(
            .openSession, .post, "/partner/session", .anyone, .json, [.signInFailed, .tooManyRequests] + body,
            "Signs a person in from their own app."),
        route(
            .closeSession, .delete, "/partner/session", .session, .json, [.notAuthenticated],
            "Ends the session whose token comes with the request."),
    ]

    private static let consent: [Route] = [
        route(
            .pendingApprovals, .get, "/partner/consent/pending", .session, .json, [.notAuthenticated],
            "Lists what waits for the person's decision."),
        route(
            .pendingApproval, .get, "/partner/consent/pending/{id}", .session, .json,
            [.notAuthenticated, .invalidFields] + late,
            "Shows one of them, as it reads for the record that is chosen."),
        route(
            .approve, .post, "/partner/consent/pending/{id}/approve", .session, .json,
            [.notAuthenticated] + late + refused + body,
            "Approves all or part of what was asked; nothing at all is a denial."),
        route(
            .deny, .post, "/partner/consent/pending/{id}/deny", .session, .json,
            [.notAuthenticated] + late, "Denies what was asked."),
        route(
            .listGrants, .get, "/partner/consent/grants", .session, .json, [.notAuthenticated, .invalidFields],
            "Lists the person's grants, active and ended."),
        route(
            .tellGrant, .get, "/partner/consent/grants/{id}", .session, .json, [.notAuthenticated],
            "Gives one grant with its history."),
        route(
            .endGrant, .delete, "/partner/consent/grants/{id}", .session, .json, [.notAuthenticated],
            "Revokes a grant and keeps it on record."),
        route(
            .narrowGrant, .post, "/partner/consent/grants/{id}/narrow", .session, .json,
            [.notAuthenticated, .grantNotActive] + body,
            "Takes data types, rules or days back from a grant; nothing can be added this way."),
        route(
            .renewGrant, .post, "/partner/consent/grants/{id}/renew", .session, .json,
            [.notAuthenticated, .grantNotActive] + body,
            "Moves the end of a grant further away."),
    ]

    private static let imports: [Route] = [
        route(
            .startImport, .post, "/partner/imports", .session, .json,
            [.notAuthenticated, .accessDenied, .unsupportedMediaType, .bodyTooLarge, .importRefused],
            "Imports an Apple Health export that is the body of the request."),
        route(
            .putImport, .put, "/partner/imports", .session, .json,
            [.notAuthenticated, .accessDenied, .unsupportedMediaType, .bodyTooLarge, .importRefused],
            "The same as POST, for clients that upload by PUT."),
        route(
            .importProgress, .get, "/partner/imports/{id}", .session, .json, [.notAuthenticated],
            "Says how an import is getting on."),
    ]

    private static let records: [Route] = [
        route(
            .listRecords, .get, "/partner/records", .session, .json, [.notAuthenticated],
            "Lists the records that the person holds, or held."),
        route(
            .addRecord, .post, "/partner/records", .session, .json, [.notAuthenticated] + body,
            "Makes a record of which the person is custodian."),
        route(
            .tellRecord, .get, "/partner/records/{id}", .session, .json, [.notAuthenticated],
            "Gives one record, and to a custodian the people who hold it or are invited."),
        route(
            .describeRecord, .put, "/partner/records/{id}", .session, .json, custodian + body,
            "Changes the record's name and country."),
        route(
            .suspendRecord, .post, "/partner/records/{id}/suspension", .session, .json, custodian,
            "Suspends the record: nothing leaves it until it is resumed."),
        route(
            .resumeRecord, .delete, "/partner/records/{id}/suspension", .session, .json, custodian,
            "Resumes the record."),
        route(
            .leaveRecord, .post, "/partner/records/{id}/leave", .session, .json,
            [.notAuthenticated, .lastCustodian],
            "Ends the person's own access to the record."),
        route(
            .narrowHolder, .put, "/partner/records/{id}/people/{person}", .session, .json,
            custodian + [.lastCustodian] + body,
            "Leaves somebody less access to the record than they have."),
        route(
            .removeHolder, .delete, "/partner/records/{id}/people/{person}", .session, .json,
            custodian + [.lastCustodian], "Ends somebody's access to the record."),
        route(
            .inviteToRecord, .post, "/partner/records/{id}/invitations", .session, .json,
            custodian + [.beyondOwnAccess] + body,
            "Invites somebody to the record, and says the invitation once."),
        route(
            .cancelRecordInvitation, .delete, "/partner/invitations/{id}", .session, .json, custodian,
            "Takes an invitation back that nobody has answered."),
        route(
            .acceptRecordInvitation, .post, "/partner/invitations/accept", .session, .json,
            [.notAuthenticated, .alreadyExists] + body,
            "Takes up an invitation to a record."),
        route(
            .declineRecordInvitation, .post, "/partner/invitations/decline", .session, .json,
            [.notAuthenticated] + body, "Declines an invitation to a record."),
    ]

    private static let account: [Route] = [
        route(
            .changePassword, .put, "/partner/account/password", .session, .json,
            [.notAuthenticated, .tooManyRequests] + body,
            "Changes the password and ends every other session."),
        route(
            .makeRecoveryCode, .post, "/partner/account/recovery-code", .session, .json,
            [.notAuthenticated, .tooManyRequests] + body,
            "Makes a code for the day the password is forgotten, and says it once."),
        route(
            .recoverAccount, .post, "/partner/account/recovery", .anyone, .json,
            [.signInFailed, .tooManyRequests] + body,
            "Sets a new password by means of the recovery code."),
        route(
            .tellClosing, .get, "/partner/account/closing", .session, .json, [.notAuthenticated],
            "Says what closing the account would end, before it is done."),
        route(
            .closeAccount, .post, "/partner/account/close", .session, .json,
            [.notAuthenticated, .lastCustodian, .tooManyRequests] + body, "Closes the account."),
    ]

    static let pages: [Route] = visitorPages + consentPages + recordPages + importPages

    private static let visitorPages: [Route] = [
        route(.home, .get, "/", .visitor, .page, [], "The person's own page: what waits, who has what until when."),
        route(.signUpForm, .get, "/sign-up", .visitor, .page, [], "The form for a new account."),
        route(
            .signUp, .post, "/sign-up", .visitorForm, .page, [.formTampered, .alreadyExists] + body,
            "Makes an account and signs in."),
        route(.signInForm, .get, "/sign-in", .visitor, .page, [], "The form for signing in."),
        route(
            .signIn, .post, "/sign-in", .visitorForm, .page, [.formTampered, .signInFailed, .tooManyRequests] + body,
            "Opens a new session in the browser."),
        route(
            .signOut, .post, "/sign-out", .personForm, .page, [.formTampered, .unsupportedMediaType, .bodyTooLarge],
            "Ends the browser's session."),
        route(
            .recoverForm, .get, "/recover", .visitor, .page, [], "The form for who has forgotten the password."),
        route(
            .recover, .post, "/recover", .visitorForm, .page, [.formTampered, .signInFailed, .tooManyRequests] + body,
            "Sets a new password by means of the recovery code."),
        route(.accountPage, .get, "/account", .person, .page, [], "The person's account: password, recovery, its end."),
        route(
            .changeAccount, .post, "/account", .personForm, .page,
            [.formTampered, .lastCustodian, .tooManyRequests] + body,
            "Changes the password, makes a recovery code, or closes the account."),
        route(
            .invitation, .post, "/invitations", .personForm, .page, [.formTampered] + body,
            "Makes the person an owner of the organization that invited them."),
    ]

    private static let consentPages: [Route] = [
        route(
            .approvalPage, .get, "/approvals/{id}", .visitor, .page, [.approvalExpired, .invalidScope],
            "The consent page: who asks, for what, why, in which record and for how long."),
        route(
            .decide, .post, "/approvals/{id}", .approvalForm, .page,
            [.formTampered] + late + refused + body,
            "Takes the person's decision and leads back to the application."),
        route(
            .previewPage, .get, "/apps/{id}/preview", .person, .page, [],
            "Shows an application's owner its consent page as a person would see it."),
        route(
            .grantPage, .get, "/grants/{id}", .person, .page, [], "One grant: what it gives, until when, how to end it."
        ),
        route(
            .revoke, .post, "/grants/{id}/revoke", .personForm, .page, [.formTampered] + body, "Revokes a grant."),
        route(
            .narrow, .post, "/grants/{id}/narrow", .personForm, .page, [.formTampered, .grantNotActive] + body,
            "Takes part of a grant back."),
        route(
            .renew, .post, "/grants/{id}/renew", .personForm, .page,
            [.formTampered, .grantNotActive] + body, "Moves the end of a grant further away."),
    ]

    private static let recordPages: [Route] = [
        route(.recordsPage, .get, "/records", .person, .page, [], "The records that the person holds."),
        route(
            .createRecord, .post, "/records", .personForm, .page, [.formTampered] + body,
            "Makes a record of which the person is custodian."),
        route(.recordPage, .get, "/records/{id}", .person, .page, [], "One record, and who else holds it."),
        route(
            .changeRecord, .post, "/records/{id}", .personForm, .page,
            [.formTampered, .notPermitted, .lastCustodian, .beyondOwnAccess] + body,
            "Describes, suspends or resumes the record, or changes who holds it."),
        route(
            .recordInvitationPage, .get, "/record-invitations", .person, .page, [],
            "Where an invitation to a record is brought."),
        route(
            .answerRecordInvitation, .post, "/record-invitations", .personForm, .page,
            [.formTampered, .alreadyExists] + body,
            "Shows what an invitation to a record offers, takes it up, or declines it."),
    ]

    private static let importPages: [Route] = [
        route(.importForm, .get, "/import", .person, .page, [], "The form for a file, and who would get what."),
        route(
            .upload, .post, "/import", .personUpload, .page,
            [.formTampered, .unsupportedMediaType, .bodyTooLarge, .importRefused, .invalidFields],
            "Takes the file and begins the import."),
        route(.importPage, .get, "/imports/{id}", .person, .page, [], "How an import is getting on, and who got what."),
    ]

    // An approval may be over, or the application's rules may not cover any more what it asked.
    private static let late: [Problem] = [.approvalExpired, .approvalAlreadyDecided, .invalidScope]
    // What else stands against a yes.
    private static let refused: [Problem] = [
        .approvalChanged, .requiredScopeMissing, .beyondOwnAccess, .grantNotActive, .accessDenied,
    ]
    // What a record's custodian may do and nobody else.
    private static let custodian: [Problem] = [.notAuthenticated, .notPermitted]
}
