// What the house says about a route: its name, its place, who may come and what can go wrong there.

public import Domain
public import HTTPTypes

public struct Route: Sendable, Equatable {
    public let name: RouteName
    public let method: HTTPRequest.Method
    /// With parameters in braces: `/grants/{id}`; `**` at the end is one segment or more.
    public let path: String
    public let admission: Admission
    public let dress: Dress
    /// Beside those that can happen everywhere (`RouteTable.everywhere`).
    public let problems: [Problem]
    /// Pages of other origins may ask and read the answer: what is the same for everybody, or where a token, or a code with its
    /// verifier, is the only authority. A route that reads a cookie is never shared.
    public let isShared: Bool
    /// One sentence, for the reader and for the description of the interface.
    public let summary: String
}

/// Who may come, and by which credential. A credential of another kind is as good as none (C1).
public enum Admission: String, CaseIterable, Sendable {
    /// Anybody; no credential is read.
    case anyone
    /// A browser, signed in or not.
    case visitor
    /// A browser that an application sent; its session says only whose the request is.
    case sentBrowser
    /// A browser that posts a form before signing in; it must come from our own page.
    case visitorForm
    /// A person by the session cookie.
    case person
    /// A person by the session cookie, with a form of this session.
    case personForm
    /// The same, with a form of the approval that the path names: a token of another page decides nothing.
    case approvalForm
    /// A person by the session cookie, with a file; the form's token is read off the stream.
    case personUpload
    /// A person by a bearer session token.
    case session
    /// An application by its secret.
    case application
    /// An application by its secret, or a browser that it sent with a form and without one.
    case applicationOrBrowser
    /// An application by an access token.
    case token
    /// The operator's monitoring: this machine itself, or the metrics token.
    case monitor
}

/// How answers, and so problems, are dressed.
public enum Dress: String, CaseIterable, Sendable {
    /// HTML.
    case page
    /// `application/problem+json`.
    case json
    /// RFC 6749 §5.2.
    case oauth
    /// FHIR's OperationOutcome.
    case fhir
}

/// Every route by name; also the label of its metrics.
public enum RouteName: String, CaseIterable, Sendable {
    case healthz, readyz, metrics, metadata, stylesheet, problems
    case authorize, startAuthorization = "start_authorization", token, shell, jwks
    // The person's own app
    case openSession = "open_session", closeSession = "close_session"
    case pendingApprovals = "pending_approvals", pendingApproval = "pending_approval", approve, deny
    case listGrants = "list_grants", tellGrant = "tell_grant", endGrant = "end_grant"
    case narrowGrant = "narrow_grant", renewGrant = "renew_grant"
    case listReceipts = "list_receipts", giveReceipt = "give_receipt"
    case listActivity = "list_activity", tellActivity = "tell_activity", changeTelling = "change_telling"
    case startImport = "start_import", putImport = "put_import", importProgress = "import_progress"
    case listRecords = "list_records", addRecord = "add_record", tellRecord = "tell_record"
    case describeRecord = "describe_record", suspendRecord = "suspend_record", resumeRecord = "resume_record"
    case leaveRecord = "leave_record", narrowHolder = "narrow_holder", removeHolder = "remove_holder"
    case inviteToRecord = "invite_to_record", cancelRecordInvitation = "cancel_record_invitation"
    case acceptRecordInvitation = "accept_record_invitation", declineRecordInvitation = "decline_record_invitation"
    case changePassword = "change_password", makeRecoveryCode = "make_recovery_code"
    case recoverAccount = "recover_account", tellClosing = "tell_closing", closeAccount = "close_account"
    // Applications
    case resourceMetadata = "resource_metadata"
    case push = "pushed_authorization_request", revokeToken = "revoke_token", introspect
    case tellManagedGrant = "tell_managed_grant", endManagedGrant = "end_managed_grant"
    case readItems = "read_items", acknowledge
    case listOwnEntries = "list_own_entries"
    case grantReceipts = "grant_receipts", grantReceipt = "grant_receipt"
    case personInfo = "person_info", namedPersonInfo = "named_person_info"
    case authorizedRecords = "authorized_records", queryPermissions = "query_permissions"
    case giveUpAuthorization = "give_up_authorization"
    // FHIR
    case fhirMetadata = "fhir_metadata", fhirSmartConfiguration = "fhir_smart_configuration"
    case smartConfiguration = "smart_configuration"
    case fhirPatient = "fhir_patient", fhirObservations = "fhir_observations"
    // The audit log
    case logCheckpoint = "log_checkpoint", logTile = "log_tile", logKey = "log_key"
    case logWitnessed = "log_witnessed", logKeys = "log_keys", logHandover = "log_handover"
    case logConsistency = "log_consistency", logMinimum = "log_minimum"
    case auditEntry = "tell_audit_entry", auditProof = "prove_audit_entry"
    case ownAuditEntry = "tell_own_audit_entry", ownAuditProof = "prove_own_audit_entry"
    // Developers
    case acceptInvitation = "accept_invitation", listApplications = "list_applications"
    case registerApplication = "register_application", tellApplication = "tell_application"
    case replaceRedirectURIs = "replace_redirect_uris", rotateSecret = "rotate_secret"
    case replaceClient = "replace_client"
    case listRules = "list_rules", publishRules = "publish_rules", checkRules = "check_rules"
    // Auditors
    case listTrail = "list_trail", listAuditEvents = "list_audit_events", trailBundle = "trail_bundle"
    // Pages
    case home, signUpForm = "sign_up_form", signUp = "sign_up", signInForm = "sign_in_form", signIn = "sign_in"
    case signOut = "sign_out", invitation
    case recoverForm = "recover_form", recover, accountPage = "account_page", changeAccount = "change_account"
    case approvalPage = "approval_page", decide, previewPage = "preview_page"
    case grantPage = "grant_page", revoke, narrow, renew
    case receiptPage = "receipt_page", receiptFile = "receipt_file"
    case receiptCheckForm = "receipt_check_form", checkReceipt = "check_receipt"
    case activityPage = "activity_page", changeActivity = "change_activity"
    case activityTable = "activity_table", activityList = "activity_list"
    case auditPage = "audit_page", auditTable = "audit_table", auditLines = "audit_lines"
    case auditorsProof = "auditors_proof"
    case accessProofPage = "access_proof_page", accessProof = "access_proof"
    case recordsPage = "records_page", createRecord = "create_record", recordPage = "record_page"
    case changeRecord = "change_record", recordInvitationPage = "record_invitation_page"
    case answerRecordInvitation = "answer_record_invitation"
    case importForm = "import_form", upload, importPage = "import_page"
}

extension Route {
    /// Whether a path is one of this route's, whatever the method.
    func covers(_ path: String) -> Bool {
        let pattern = self.path.split(separator: "/", omittingEmptySubsequences: true)
        let given = path.split(separator: "/", omittingEmptySubsequences: true)
        if pattern.last == "**" {
            return given.count >= pattern.count && zip(pattern.dropLast(), given).allSatisfy { $0 == $1 }
        }
        return pattern.count == given.count && zip(pattern, given).allSatisfy { $0.first == "{" || $0 == $1 }
    }
}
