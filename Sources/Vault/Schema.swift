// Every table of the house, as numbered migrations. A migration that has been released is never edited: add another.

import Domain

public enum Schema {
    /// In order. Start refuses a database to which a different text of one of these was applied.
    public static let migrations: [Migration] = [
        peopleAndApplications, consent, data, lives, clients, limits, periods, log, receipts, denials, months,
        witnesses, subjects,
    ]

    private static let peopleAndApplications = Migration(number: 1, name: "people and applications") { word in
        [
            """
            CREATE TABLE organization (
                id \(raw: word.text) PRIMARY KEY,
                name \(raw: word.text) NOT NULL,
                environment \(raw: word.text) NOT NULL CHECK (environment IN ('sandbox', 'production')),
                responsible \(raw: word.text) NOT NULL,
                data_key \(raw: word.bytes) NOT NULL,
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE person (
                id \(raw: word.text) PRIMARY KEY,
                login \(raw: word.text) NOT NULL UNIQUE,
                name \(raw: word.text) NOT NULL,
                password_hash \(raw: word.text) NOT NULL,
                audit_name \(raw: word.text) NOT NULL UNIQUE,
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE membership (
                organization_id \(raw: word.text) NOT NULL REFERENCES organization (id),
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                role \(raw: word.text) NOT NULL CHECK (role IN ('owner')),
                created_at \(raw: word.integer) NOT NULL,
                PRIMARY KEY (organization_id, person_id)
            )\(raw: word.strict)
            """,
            "CREATE INDEX membership_of_person ON membership (person_id)",
            """
            CREATE TABLE invitation (
                token_hash \(raw: word.bytes) PRIMARY KEY,
                organization_id \(raw: word.text) NOT NULL REFERENCES organization (id),
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                used_at \(raw: word.integer),
                used_by \(raw: word.text) REFERENCES person (id)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE session (
                token_hash \(raw: word.bytes) PRIMARY KEY,
                kind \(raw: word.text) NOT NULL CHECK (kind IN ('cookie', 'bearer')),
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                form_token \(raw: word.text) NOT NULL,
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE INDEX session_end ON session (expires_at)",
            """
            CREATE TABLE record (
                id \(raw: word.text) PRIMARY KEY,
                audit_name \(raw: word.text) NOT NULL UNIQUE,
                is_suspended \(raw: word.integer) NOT NULL CHECK (is_suspended IN (0, 1)),
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE record_access (
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                relationship \(raw: word.text) NOT NULL CHECK (relationship IN ('own', 'child', 'parent', 'other')),
                is_custodian \(raw: word.integer) NOT NULL CHECK (is_custodian IN (0, 1)),
                permissions \(raw: word.text) NOT NULL,
                expires_at \(raw: word.integer),
                created_at \(raw: word.integer) NOT NULL,
                PRIMARY KEY (person_id, record_id)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE application (
                id \(raw: word.text) PRIMARY KEY,
                organization_id \(raw: word.text) NOT NULL REFERENCES organization (id),
                name \(raw: word.text) NOT NULL,
                description \(raw: word.text) NOT NULL,
                secret_hash \(raw: word.bytes) NOT NULL,
                webhook_url \(raw: word.text),
                webhook_secret \(raw: word.bytes),
                grant_days \(raw: word.integer) NOT NULL CHECK (grant_days BETWEEN 1 AND 365),
                state \(raw: word.text) NOT NULL CHECK (state IN ('active', 'suspended')),
                rule_version \(raw: word.integer) NOT NULL,
                coverage \(raw: word.text) NOT NULL,
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE INDEX application_of_organization ON application (organization_id)",
            """
            CREATE TABLE redirect_uri (
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                uri \(raw: word.text) NOT NULL,
                place \(raw: word.integer) NOT NULL,
                PRIMARY KEY (application_id, uri)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE rule_set (
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                version \(raw: word.integer) NOT NULL,
                rules \(raw: word.text) NOT NULL,
                author \(raw: word.text) REFERENCES person (id),
                created_at \(raw: word.integer) NOT NULL,
                PRIMARY KEY (application_id, version)
            )\(raw: word.strict)
            """,
        ]
    }

    private static let consent = Migration(number: 2, name: "consent") { word in
        [
            """
            CREATE TABLE record_pseudonym (
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                pseudonym \(raw: word.text) NOT NULL UNIQUE,
                PRIMARY KEY (application_id, record_id)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE person_pseudonym (
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                pseudonym \(raw: word.text) NOT NULL UNIQUE,
                PRIMARY KEY (application_id, person_id)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE approval (
                id \(raw: word.text) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                rule_version \(raw: word.integer) NOT NULL,
                redirect_uri \(raw: word.text) NOT NULL,
                client_state \(raw: word.text),
                code_challenge \(raw: word.text) NOT NULL,
                requested_scope \(raw: word.text) NOT NULL,
                flow_hash \(raw: word.bytes),
                person_id \(raw: word.text) REFERENCES person (id),
                state \(raw: word.text) NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired')),
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                decided_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "CREATE INDEX approval_of_person ON approval (person_id, id) WHERE state = 'pending'",
            """
            CREATE TABLE consent_grant (
                id \(raw: word.text) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                record_pseudonym \(raw: word.text) NOT NULL,
                person_pseudonym \(raw: word.text) NOT NULL,
                rule_version \(raw: word.integer) NOT NULL,
                rules \(raw: word.text) NOT NULL,
                permissions \(raw: word.text) NOT NULL,
                scope \(raw: word.text) NOT NULL,
                refused_scope \(raw: word.text) NOT NULL,
                state \(raw: word.text) NOT NULL CHECK (state IN ('active', 'expired', 'revoked')),
                items_delivered \(raw: word.integer) NOT NULL,
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                revoked_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "CREATE INDEX consent_grant_of_person ON consent_grant (person_id, id)",
            "CREATE INDEX consent_grant_of_record ON consent_grant (record_id, state)",
            "CREATE INDEX consent_grant_of_pseudonym ON consent_grant (application_id, record_pseudonym, id)",
            """
            CREATE TABLE grant_event (
                grant_id \(raw: word.text) NOT NULL REFERENCES consent_grant (id),
                at \(raw: word.integer) NOT NULL,
                event \(raw: word.text) NOT NULL CHECK (event IN ('given', 'revoked', 'expired')),
                actor \(raw: word.text) NOT NULL CHECK (actor IN ('person', 'application', 'clock')),
                method \(raw: word.text) NOT NULL CHECK (method IN ('page', 'api', 'none')),
                PRIMARY KEY (grant_id, at, event)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE authorization_code (
                code_hash \(raw: word.bytes) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                grant_id \(raw: word.text) NOT NULL REFERENCES consent_grant (id),
                redirect_uri \(raw: word.text) NOT NULL,
                code_challenge \(raw: word.text) NOT NULL,
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                used_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE access_token (
                token_hash \(raw: word.bytes) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                grant_id \(raw: word.text) REFERENCES consent_grant (id),
                code_hash \(raw: word.bytes),
                mode \(raw: word.text) NOT NULL CHECK (mode IN ('online', 'offline')),
                scope \(raw: word.text) NOT NULL,
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                ended_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "CREATE INDEX authorization_code_of_grant ON authorization_code (grant_id) WHERE used_at IS NULL",
            "CREATE INDEX access_token_of_grant ON access_token (grant_id) WHERE grant_id IS NOT NULL",
            "CREATE INDEX access_token_of_code ON access_token (code_hash) WHERE code_hash IS NOT NULL",
        ]
    }

    private static let data = Migration(number: 3, name: "imports, buckets and the audit trail") { word in
        [
            """
            CREATE TABLE data_import (
                id \(raw: word.text) PRIMARY KEY,
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                state \(raw: word.text) NOT NULL CHECK (state IN ('running', 'complete', 'failed')),
                started_at \(raw: word.integer) NOT NULL,
                finished_at \(raw: word.integer),
                seen_at \(raw: word.integer) NOT NULL,
                bytes_read \(raw: word.integer) NOT NULL,
                bytes_total \(raw: word.integer) NOT NULL,
                records \(raw: word.integer) NOT NULL,
                items \(raw: word.integer) NOT NULL,
                report \(raw: word.text) NOT NULL,
                failure \(raw: word.text)
            )\(raw: word.strict)
            """,
            "CREATE INDEX data_import_of_person ON data_import (person_id, id)",
            """
            CREATE TABLE parcel (
                id \(raw: word.text) PRIMARY KEY,
                organization_id \(raw: word.text) NOT NULL REFERENCES organization (id),
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                grant_id \(raw: word.text) NOT NULL REFERENCES consent_grant (id),
                import_id \(raw: word.text) REFERENCES data_import (id),
                data_type \(raw: word.text) NOT NULL,
                items \(raw: word.integer) NOT NULL,
                state \(raw: word.text) NOT NULL CHECK (state IN
                    ('staged', 'waiting', 'sending', 'delivered', 'acknowledged', 'withdrawn', 'lapsed')),
                sealed \(raw: word.bytes),
                created_at \(raw: word.integer) NOT NULL,
                lapses_at \(raw: word.integer) NOT NULL,
                attempts \(raw: word.integer) NOT NULL,
                next_attempt_at \(raw: word.integer),
                lease_until \(raw: word.integer),
                ended_at \(raw: word.integer),
                CHECK ((sealed IS NULL) = (state IN ('delivered', 'acknowledged', 'withdrawn', 'lapsed')))
            )\(raw: word.strict)
            """,
            "CREATE INDEX parcel_in_bucket ON parcel (application_id, record_id, id) WHERE state = 'waiting'",
            """
            CREATE INDEX parcel_due ON parcel (next_attempt_at, application_id, record_id, grant_id)
                WHERE state = 'waiting' AND next_attempt_at IS NOT NULL
            """,
            "CREATE INDEX parcel_leased ON parcel (lease_until) WHERE state = 'sending'",
            "CREATE INDEX parcel_lapsing ON parcel (lapses_at) WHERE state = 'waiting'",
            "CREATE INDEX parcel_staged ON parcel (import_id) WHERE state = 'staged'",
            "CREATE INDEX parcel_of_grant ON parcel (grant_id) WHERE state IN ('staged', 'waiting', 'sending')",
            """
            CREATE TABLE audit_entry (
                id \(raw: word.text) PRIMARY KEY,
                at \(raw: word.integer) NOT NULL,
                action \(raw: word.text) NOT NULL,
                outcome \(raw: word.text) NOT NULL,
                application_id \(raw: word.text),
                person \(raw: word.text),
                record \(raw: word.text),
                grant_id \(raw: word.text),
                mode \(raw: word.text),
                types \(raw: word.text) NOT NULL,
                items \(raw: word.integer) NOT NULL,
                request_id \(raw: word.text)
            )\(raw: word.strict)
            """,
        ]
    }
}
