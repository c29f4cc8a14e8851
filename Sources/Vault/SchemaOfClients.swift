// The fifth migration: how clients authenticate, tokens that renew themselves, and proofs that count once.

import Domain

extension Schema {
    static let clients = Migration(number: 5, name: "clients, refresh tokens and proofs") { word in
        applications(word) + flows(word) + families(word) + proofs(word) + keys(word)
    }

    private static func applications(_ word: Dialect) -> [SQL] {
        [
            """
            ALTER TABLE application ADD COLUMN authentication \(raw: word.text) NOT NULL DEFAULT 'client_secret'
                CHECK (authentication IN ('client_secret', 'private_key_jwt', 'none'))
            """,
            """
            ALTER TABLE application ADD COLUMN profile \(raw: word.text) NOT NULL DEFAULT 'standard'
                CHECK (profile IN ('standard', 'fapi2'))
            """,
            flag("application", "is_native", word), flag("application", "requires_pushed_requests", word),
            flag("application", "binds_tokens", word),
            // A JWK Set as it was registered, or where it is fetched from.
            "ALTER TABLE application ADD COLUMN jwks \(raw: word.text)",
            "ALTER TABLE application ADD COLUMN jwks_uri \(raw: word.text)",
        ]
    }

    static func flag(_ table: SQL, _ name: SQL, _ word: Dialect) -> SQL {
        """
        ALTER TABLE \(fragment: table) ADD COLUMN \(fragment: name) \(raw: word.integer) NOT NULL DEFAULT 0
            CHECK (\(fragment: name) IN (0, 1))
        """
    }

    private static func flows(_ word: Dialect) -> [SQL] {
        [
            """
            CREATE TABLE pushed_request (
                uri_hash \(raw: word.bytes) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                parameters \(raw: word.text) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE INDEX pushed_request_ending ON pushed_request (expires_at)",
            "ALTER TABLE approval ADD COLUMN dpop_jkt \(raw: word.text)",
            "ALTER TABLE approval ADD COLUMN grant_action \(raw: word.text)",
            "ALTER TABLE approval ADD COLUMN details \(raw: word.text)",
            "CREATE INDEX approval_ending ON approval (expires_at) WHERE state = 'pending'",
            "ALTER TABLE authorization_code ADD COLUMN dpop_jkt \(raw: word.text)",
            // Whether this authorization may act while the person is away.
            flag("authorization_code", "is_offline", word),
            "CREATE INDEX authorization_code_ending ON authorization_code (expires_at)",
        ]
    }

    private static func families(_ word: Dialect) -> [SQL] {
        [
            // What one exchange began, through every refresh. It stands on a grant, or on a person's grants (B8).
            """
            CREATE TABLE token_family (
                id \(raw: word.text) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                grant_id \(raw: word.text) NOT NULL REFERENCES consent_grant (id),
                person_id \(raw: word.text) REFERENCES person (id),
                code_hash \(raw: word.bytes) NOT NULL,
                dpop_jkt \(raw: word.text),
                generation \(raw: word.integer) NOT NULL,
                advanced_at \(raw: word.integer) NOT NULL,
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                ended_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "CREATE INDEX token_family_of_grant ON token_family (grant_id)",
            """
            CREATE INDEX token_family_of_person ON token_family (person_id, application_id)
                WHERE person_id IS NOT NULL
            """,
            "CREATE INDEX token_family_of_code ON token_family (code_hash)",
            "CREATE INDEX token_family_ending ON token_family (expires_at)",
            """
            CREATE TABLE refresh_token (
                token_hash \(raw: word.bytes) PRIMARY KEY,
                family_id \(raw: word.text) NOT NULL REFERENCES token_family (id),
                generation \(raw: word.integer) NOT NULL,
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE INDEX refresh_token_of_family ON refresh_token (family_id, generation)",
            "ALTER TABLE access_token ADD COLUMN family_id \(raw: word.text) REFERENCES token_family (id)",
            "ALTER TABLE access_token ADD COLUMN dpop_jkt \(raw: word.text)",
            "CREATE INDEX access_token_of_family ON access_token (family_id) WHERE family_id IS NOT NULL",
            "CREATE INDEX access_token_ending ON access_token (expires_at)",
        ]
    }

    private static func proofs(_ word: Dialect) -> [SQL] {
        [
            // Client assertions and DPoP proofs: each counts once while it could be good.
            """
            CREATE TABLE used_proof (
                proof_hash \(raw: word.bytes) PRIMARY KEY,
                expires_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE INDEX used_proof_ending ON used_proof (expires_at)",
            // What was tried in vain under a name or from an address, as hashes.
            """
            CREATE TABLE spent_budget (
                name_hash \(raw: word.bytes) PRIMARY KEY,
                spent \(raw: word.integer) NOT NULL,
                as_of \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
            "CREATE INDEX spent_budget_age ON spent_budget (as_of)",
        ]
    }

    private static func keys(_ word: Dialect) -> [SQL] {
        [
            """
            CREATE TABLE signing_key (
                kid \(raw: word.text) PRIMARY KEY,
                algorithm \(raw: word.text) NOT NULL,
                public_jwk \(raw: word.text) NOT NULL,
                sealed_key \(raw: word.bytes) NOT NULL,
                created_at \(raw: word.integer) NOT NULL,
                retired_at \(raw: word.integer),
                published_until \(raw: word.integer)
            )\(raw: word.strict)
            """,
            """
            CREATE TABLE deployment_key (
                name \(raw: word.text) PRIMARY KEY,
                sealed_key \(raw: word.bytes) NOT NULL,
                created_at \(raw: word.integer) NOT NULL
            )\(raw: word.strict)
            """,
        ]
    }
}
