// The public catalogue of what can go wrong, and what each refusal shows of itself. Prints docs/problems.md.

import Domain
import TestKit
import Testing

struct ProblemTests {
    @Test("C7, C10, D3: docs/problems.md says every code with its status, title and OAuth error")
    func document() throws {
        try Golden.expect(Self.printed(), at: "docs/problems.md")
    }

    @Test("C7, D3: the codes that other systems match on have the statuses of the documents")
    func statuses() {
        let table: [(String, Int, String)] = [
            ("CONSENT_REQUIRED", 403, "insufficient_scope"), ("ACCESS_DENIED", 403, "insufficient_scope"),
            ("ACCESS_NOT_RECORDED", 503, "temporarily_unavailable"), ("AUDIT_NOT_SEALED_YET", 409, "invalid_request"),
            ("TOKEN_EXPIRED", 401, "invalid_token"),
            ("NOT_AUTHENTICATED", 401, "invalid_token"), ("INVALID_CLIENT", 401, "invalid_client"),
            ("SIGN_IN_FAILED", 401, "invalid_request"), ("INVALID_REQUEST", 400, "invalid_request"),
            ("INVALID_GRANT", 400, "invalid_grant"), ("INVALID_SCOPE", 400, "invalid_scope"),
            ("INVALID_AUTHORIZATION_DETAILS", 400, "invalid_authorization_details"),
            ("UNAUTHORIZED_CLIENT", 400, "unauthorized_client"),
            ("INVALID_DPOP_PROOF", 400, "invalid_dpop_proof"), ("USE_DPOP_NONCE", 400, "use_dpop_nonce"),
            ("UNSUPPORTED_GRANT_TYPE", 400, "unsupported_grant_type"),
            ("UNSUPPORTED_RESPONSE_TYPE", 400, "unsupported_response_type"),
            ("APPROVAL_EXPIRED", 410, "invalid_request"), ("APPROVAL_ALREADY_DECIDED", 409, "invalid_request"),
            ("APPROVAL_CHANGED", 409, "invalid_request"), ("REQUIRED_SCOPE_MISSING", 422, "invalid_request"),
            ("BEYOND_OWN_ACCESS", 422, "invalid_request"), ("GRANT_NOT_ACTIVE", 409, "invalid_request"),
            ("LAST_CUSTODIAN", 409, "invalid_request"), ("RULES_CHANGED", 409, "invalid_request"),
            ("FORM_TAMPERED", 403, "invalid_request"),
            ("INVALID_FIELDS", 422, "invalid_request"), ("ALREADY_EXISTS", 409, "invalid_request"),
            ("NOT_FOUND", 404, "invalid_request"), ("METHOD_NOT_ALLOWED", 405, "invalid_request"),
            ("NOT_PERMITTED", 403, "invalid_request"), ("BODY_TOO_LARGE", 413, "invalid_request"),
            ("UNSUPPORTED_MEDIA_TYPE", 415, "invalid_request"), ("IMPORT_REFUSED", 422, "invalid_request"),
            ("TOO_MANY_REQUESTS", 429, "temporarily_unavailable"), ("BUSY", 503, "temporarily_unavailable"),
            ("STORAGE_UNAVAILABLE", 503, "temporarily_unavailable"), ("UNEXPECTED", 500, "server_error"),
        ]
        for (code, status, oauthError) in table {
            let problem = Problem(rawValue: code)
            #expect(problem?.status == status, "\(code)")
            #expect(problem?.oauthError == oauthError, "\(code)")
        }
        #expect(Problem.allCases.map(\.rawValue) == table.map(\.0))
    }

    @Test("Every code is one of a kind, in capitals, and every title is a sentence of its own")
    func codesAndTitles() {
        #expect(Set(Problem.allCases.map(\.rawValue)).count == Problem.allCases.count)
        #expect(Set(Problem.allCases.map(\.title)).count == Problem.allCases.count)
        for problem in Problem.allCases {
            #expect(problem.rawValue.wholeMatch(of: /[A-Z]+(_[A-Z]+)*/) != nil, "\(problem.rawValue)")
            #expect(problem.title.wholeMatch(of: /[A-Z].*[^.]\./) != nil, "\(problem.title)")
            #expect((400...599).contains(problem.status))
        }
    }

    @Test(
        "B7, C7: without an active grant that covers it: CONSENT_REQUIRED; the person's own access: ACCESS_DENIED",
        arguments: [
            (.applicationNotInGoodStanding, .consentRequired), (.noGrant, .consentRequired),
            (.grantRevoked, .consentRequired), (.grantExpired, .consentRequired), (.recordAccessLost, .accessDenied),
            (.recordSuspended, .accessDenied), (.modeNotGranted, .consentRequired), (.notCovered, .consentRequired),
            (.recordAccessTooSmall, .accessDenied),
        ] as [(Refusal, Problem)])
    func refusalTells(refusal: Refusal, problem: Problem) {
        #expect(refusal.problem == problem)
    }

    @Test("Every refusal has a word for the audit and a sentence for people")
    func refusalWords() {
        #expect(
            Refusal.allCases.map(\.rawValue) == [
                "application_not_in_good_standing", "no_grant", "grant_revoked", "grant_expired", "record_access_lost",
                "record_suspended", "mode_not_granted", "not_covered", "record_access_too_small",
            ])
        #expect(Set(Refusal.allCases.map(\.sentence)).count == Refusal.allCases.count)
        for refusal in Refusal.allCases { #expect(refusal.sentence.hasSuffix(".")) }
    }

    @Test("D1: an outcome is one word, or a word and its reason", arguments: AuditOutcomeTable.rows)
    func outcomes(outcome: AuditEntry.Outcome, text: String) {
        #expect(outcome.text == text)
    }

    @Test("D1: outcomes that differ are spelled differently, and hold nothing but letters, ':' and '_'")
    func outcomesDiffer() {
        let all: [AuditEntry.Outcome] =
            [.done] + Refusal.allCases.map { .refused($0) } + Problem.allCases.map { .failed($0) }
        #expect(Set(all.map(\.text)).count == all.count)
        for outcome in all { #expect(outcome.text.wholeMatch(of: /[A-Za-z_]+(:[A-Za-z_]+)?/) != nil) }
    }

    @Test("D1: the actions of the audit trail are a closed list whose words stay")
    func actions() {
        #expect(
            AuditEntry.Action.allCases.map(\.rawValue) == [
                "read", "deliver", "acknowledge", "withdraw", "lapse", "approval_started", "approval_approved",
                "approval_denied", "grant_extended", "grant_narrowed", "grant_renewed", "grant_revoked",
                "grant_expired", "token_issued", "token_revoked", "person_registered", "signed_in", "signed_out",
                "imported",
                "organization_created", "invitation_used", "application_registered", "rules_published",
                "secret_rotated", "redirect_uris_changed", "client_changed", "application_suspended",
                "application_resumed",
                "password_changed", "password_recovered", "recovery_code_made", "account_closed", "record_created",
                "record_described", "record_suspended", "record_resumed", "record_invited", "record_invitation_ended",
                "record_access_given", "record_access_narrowed", "record_access_ended",
                "key_rotated", "keys_rewrapped", "log_key_rotated", "backup_made", "backup_restored", "schema_migrated",
                "trail_exported", "trail_archived", "trail_pruned", "trail_read", "auditor_added", "auditor_removed",
            ])
    }

    static func printed() -> String {
        var lines = [
            """
            # Problems

            Everything that can go wrong for a caller, with the code that stays the same across versions. A test prints
            this page from `Sources/Domain/Problem.swift`. Data endpoints and `/partner` answer with
            `application/problem+json`; `/oauth` answers as OAuth does, with the error in the last column (RFC 6749,
            RFC 6750).

            | code | status | title | OAuth error |
            |---|--:|---|---|
            """
        ]
        lines += Problem.allCases.map { "| `\($0.rawValue)` | \($0.status) | \($0.title) | `\($0.oauthError)` |" }
        lines += [
            """

            ## What a refused access to health data is told

            The reason is recorded in the audit trail; the application is told the code. The order is the order in which
            they are looked at; [decision-table.md](decision-table.md) has the cases.

            | recorded | means | told |
            |---|---|---|
            """
        ]
        lines += Refusal.allCases.map { "| `\($0.rawValue)` | \($0.sentence) | `\($0.problem.rawValue)` |" }
        return lines.joined(separator: "\n") + "\n"
    }
}

enum AuditOutcomeTable {
    static let rows: [(AuditEntry.Outcome, String)] = [
        (.done, "done"), (.refused(.noGrant), "refused:no_grant"), (.failed(.tokenExpired), "failed:TOKEN_EXPIRED"),
    ]
}
