// The public catalogue of what can go wrong: one stable code each. Web renders it; nothing else invents a status.

public enum Problem: String, CaseIterable, Sendable, Hashable {
    // Health data
    case consentRequired = "CONSENT_REQUIRED"
    case accessDenied = "ACCESS_DENIED"
    case accessNotRecorded = "ACCESS_NOT_RECORDED"
    case auditNotSealedYet = "AUDIT_NOT_SEALED_YET"
    // Credentials
    case tokenExpired = "TOKEN_EXPIRED"
    case notAuthenticated = "NOT_AUTHENTICATED"
    case invalidClient = "INVALID_CLIENT"
    case signInFailed = "SIGN_IN_FAILED"
    // OAuth (RFC 6749 §4.1.2.1, §5.2)
    case invalidRequest = "INVALID_REQUEST"
    case invalidGrant = "INVALID_GRANT"
    case invalidScope = "INVALID_SCOPE"
    case invalidAuthorizationDetails = "INVALID_AUTHORIZATION_DETAILS"
    case unauthorizedClient = "UNAUTHORIZED_CLIENT"
    case invalidDPoPProof = "INVALID_DPOP_PROOF"
    case useDPoPNonce = "USE_DPOP_NONCE"
    case unsupportedGrantType = "UNSUPPORTED_GRANT_TYPE"
    case unsupportedResponseType = "UNSUPPORTED_RESPONSE_TYPE"
    // Consent
    case approvalExpired = "APPROVAL_EXPIRED"
    case approvalAlreadyDecided = "APPROVAL_ALREADY_DECIDED"
    case approvalChanged = "APPROVAL_CHANGED"
    case requiredScopeMissing = "REQUIRED_SCOPE_MISSING"
    case beyondOwnAccess = "BEYOND_OWN_ACCESS"
    case grantNotActive = "GRANT_NOT_ACTIVE"
    case lastCustodian = "LAST_CUSTODIAN"
    case rulesChanged = "RULES_CHANGED"
    case formTampered = "FORM_TAMPERED"
    // Everything sent from outside
    case invalidFields = "INVALID_FIELDS"
    case alreadyExists = "ALREADY_EXISTS"
    case notFound = "NOT_FOUND"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case notPermitted = "NOT_PERMITTED"
    case bodyTooLarge = "BODY_TOO_LARGE"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case importRefused = "IMPORT_REFUSED"
    case tooManyRequests = "TOO_MANY_REQUESTS"
    case busy = "BUSY"
    case storageUnavailable = "STORAGE_UNAVAILABLE"
    case unexpected = "UNEXPECTED"

    /// HTTP status.
    public var status: Int {
        switch self {
        case .consentRequired, .accessDenied, .formTampered, .notPermitted: 403
        case .accessNotRecorded, .busy, .storageUnavailable: 503
        case .tokenExpired, .notAuthenticated, .invalidClient, .signInFailed: 401
        case .invalidRequest, .invalidGrant, .invalidScope, .unauthorizedClient, .unsupportedGrantType,
            .unsupportedResponseType, .invalidDPoPProof, .useDPoPNonce, .invalidAuthorizationDetails:
            400
        case .approvalExpired: 410
        case .approvalAlreadyDecided, .approvalChanged, .alreadyExists, .grantNotActive, .lastCustodian, .rulesChanged,
            .auditNotSealedYet:
            409
        case .requiredScopeMissing, .beyondOwnAccess, .invalidFields, .importRefused: 422
        case .notFound: 404
        case .methodNotAllowed: 405
        case .bodyTooLarge: 413
        case .unsupportedMediaType: 415
        case .tooManyRequests: 429
        case .unexpected: 500
        }
    }

    public var title: String {
        switch self {
        case .consentRequired: "The person has not permitted this, or no longer does."
        case .accessDenied: "The person's own access to the record does not allow this now."
        case .accessNotRecorded: "The access could not be recorded, so nothing was given."
        case .auditNotSealedYet: "The entry is recorded, and gets its place in the log in a moment."
        case .tokenExpired: "The token has expired."
        case .notAuthenticated: "Credentials are missing or not valid here."
        case .invalidClient: "The application could not be authenticated."
        case .signInFailed: "Name or password is not right."
        case .invalidRequest: "The request is malformed."
        case .invalidGrant: "The code or refresh token is not valid, was used, or has expired."
        case .invalidDPoPProof: "The DPoP proof is missing or not valid for this request."
        case .useDPoPNonce: "The DPoP proof needs the nonce that comes with this answer."
        case .invalidScope: "The scope is not covered by the application's rules."
        case .invalidAuthorizationDetails: "The authorization details are malformed or not covered by the rules."
        case .unauthorizedClient: "The application may not use this flow."
        case .unsupportedGrantType: "This grant type is not supported."
        case .unsupportedResponseType: "Only the response type 'code' is supported."
        case .approvalExpired: "The request for approval has expired."
        case .approvalAlreadyDecided: "The request for approval was already decided."
        case .approvalChanged: "The application changed what it asks for meanwhile: please look again."
        case .beyondOwnAccess: "Your own access to the record does not reach what is asked."
        case .grantNotActive: "The grant is not in force any more."
        case .lastCustodian: "A record is never without a custodian: make somebody else one first."
        case .rulesChanged: "Somebody published other rules meanwhile: look at them first."
        case .requiredScopeMissing: "A required rule, or part of a rule, was left out."
        case .formTampered: "The form does not belong to this session or this request."
        case .invalidFields: "Some fields are not right."
        case .alreadyExists: "There is one already."
        case .notFound: "There is nothing here."
        case .methodNotAllowed: "This method is not supported here."
        case .notPermitted: "Your role does not allow this."
        case .bodyTooLarge: "The request is too large."
        case .unsupportedMediaType: "This content type is not supported here."
        case .importRefused: "The file could not be imported; nothing was kept."
        case .tooManyRequests: "Too many requests."
        case .busy: "Too much at once; try again shortly."
        case .storageUnavailable: "The storage is not available at the moment."
        case .unexpected: "Something went wrong on our side."
        }
    }

    /// The `error` of an OAuth answer (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1).
    public var oauthError: String {
        switch self {
        case .consentRequired, .accessDenied: "insufficient_scope"
        case .tokenExpired, .notAuthenticated: "invalid_token"
        case .invalidClient: "invalid_client"
        case .invalidGrant: "invalid_grant"
        case .invalidScope: "invalid_scope"
        case .invalidAuthorizationDetails: "invalid_authorization_details"
        case .unauthorizedClient: "unauthorized_client"
        case .invalidDPoPProof: "invalid_dpop_proof"
        case .useDPoPNonce: "use_dpop_nonce"
        case .unsupportedGrantType: "unsupported_grant_type"
        case .unsupportedResponseType: "unsupported_response_type"
        case .accessNotRecorded, .busy, .storageUnavailable, .tooManyRequests: "temporarily_unavailable"
        case .unexpected: "server_error"
        case .signInFailed, .invalidRequest, .approvalExpired, .approvalAlreadyDecided, .approvalChanged,
            .requiredScopeMissing, .beyondOwnAccess, .grantNotActive, .lastCustodian, .rulesChanged, .formTampered,
            .invalidFields, .alreadyExists, .notFound, .methodNotAllowed, .notPermitted, .bodyTooLarge,
            .unsupportedMediaType, .importRefused, .auditNotSealedYet:
            "invalid_request"
        }
    }
}
