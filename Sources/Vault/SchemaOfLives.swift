// The fourth migration: what rules, records and grants need to have lives of their own.

import Domain

extension Schema {
    static let lives = Migration(number: 4, name: "rules, records and the life of a grant") { word in
        applications(word) + records(word) + grants(word) + notices(word)
    }

    private static func applications(_ word: Dialect) -> [SQL] {
        [
            """
            ALTER TABLE application ADD COLUMN interaction \(raw: word.text) NOT NULL DEFAULT 'single_record'
                CHECK (interaction IN ('single_record', 'multi_record', 'offline'))
            """,
            "ALTER TABLE application ADD COLUMN countries \(raw: word.text) NOT NULL DEFAULT ''",
            "ALTER TABLE application ADD COLUMN notice_url \(raw: word.text)",
            // A secret that was replaced works on until its time is over.
            "ALTER TABLE application ADD COLUMN previous_secret_hash \(raw: word.bytes)",
            "ALTER TABLE application ADD COLUMN previous_secret_until \(raw: word.integer)",
            "ALTER TABLE person ADD COLUMN closed_at \(raw: word.integer)",
            "ALTER TABLE person ADD COLUMN recovery_hash \(raw: word.bytes)",
            "ALTER TABLE person ADD COLUMN recovery_until \(raw: word.integer)",
            // The record that came with the account; what others share comes after it, whatever they call it.
            "ALTER TABLE person ADD COLUMN own_record_id \(raw: word.text) REFERENCES record (id)",
            """
            UPDATE person SET own_record_id = (SELECT ra.record_id FROM record_access ra
                WHERE ra.person_id = person.id AND ra.relationship = 'own' ORDER BY ra.created_at, ra.record_id LIMIT 1)
            """,
            "CREATE INDEX session_of_person ON session (person_id)",
            """
            CREATE TABLE application_event (
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                version \(raw: word.integer) NOT NULL,
                at \(raw: word.integer) NOT NULL,
                state \(raw: word.text) NOT NULL CHECK (state IN ('active', 'suspended')),
                PRIMARY KEY (application_id, version)
            )\(raw: word.strict)
            """,
        ]
    }

    private static func records(_ word: Dialect) -> [SQL] {
        [
            "ALTER TABLE record ADD COLUMN name \(raw: word.text) NOT NULL DEFAULT ''",
            "ALTER TABLE record ADD COLUMN country \(raw: word.text)",
            """
            ALTER TABLE record_access ADD COLUMN state \(raw: word.text) NOT NULL DEFAULT 'active'
                CHECK (state IN ('active', 'left', 'removed', 'expired'))
            """,
            "CREATE INDEX record_access_of_record ON record_access (record_id, person_id)",
            """
            CREATE INDEX record_access_ending ON record_access (expires_at)
                WHERE state = 'active' AND expires_at IS NOT NULL
            """,
            """
            CREATE TABLE record_invitation (
                id \(raw: word.text) PRIMARY KEY,
                token_hash \(raw: word.bytes) NOT NULL UNIQUE,
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                invited_by \(raw: word.text) NOT NULL REFERENCES person (id),
                relationship \(raw: word.text) NOT NULL CHECK (relationship IN ('own', 'child', 'parent', 'other')),
                is_custodian \(raw: word.integer) NOT NULL CHECK (is_custodian IN (0, 1)),
                permissions \(raw: word.text) NOT NULL,
                access_expires_at \(raw: word.integer),
                state \(raw: word.text) NOT NULL CHECK (state IN
                    ('invited', 'active', 'declined', 'cancelled', 'lapsed')),
                created_at \(raw: word.integer) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                ended_at \(raw: word.integer),
                ended_by \(raw: word.text) REFERENCES person (id)
            )\(raw: word.strict)
            """,
            "CREATE INDEX record_invitation_of_record ON record_invitation (record_id, id)",
            """
            CREATE TABLE record_event (
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                version \(raw: word.integer) NOT NULL,
                at \(raw: word.integer) NOT NULL,
                event \(raw: word.text) NOT NULL CHECK (event IN
                    ('given', 'narrowed', 'left', 'removed', 'expired', 'suspended', 'resumed')),
                actor \(raw: word.text) REFERENCES person (id),
                is_custodian \(raw: word.integer) NOT NULL CHECK (is_custodian IN (0, 1)),
                permissions \(raw: word.text) NOT NULL,
                expires_at \(raw: word.integer),
                PRIMARY KEY (record_id, person_id, version)
            )\(raw: word.strict)
            """,
            // Access did not change in the days before: it was given when its row was made.
            """
            INSERT INTO record_event (record_id, person_id, version, at, event, actor, is_custodian, permissions, expires_at)
            SELECT record_id, person_id, 1, created_at, 'given', person_id, is_custodian, permissions, expires_at
            FROM record_access
            """,
        ]
    }

    private static func grants(_ word: Dialect) -> [SQL] {
        [
            """
            ALTER TABLE approval ADD COLUMN kind \(raw: word.text) NOT NULL DEFAULT 'code'
                CHECK (kind IN ('code', 'shell'))
            """,
            "ALTER TABLE approval ADD COLUMN action_query \(raw: word.text)",
            "ALTER TABLE approval ADD COLUMN record_id \(raw: word.text) REFERENCES record (id)",
            "ALTER TABLE approval ADD COLUMN asked_record_id \(raw: word.text) REFERENCES record (id)",
            "ALTER TABLE approval ADD COLUMN shown_standing \(raw: word.text)",
            "ALTER TABLE approval ADD COLUMN grant_id \(raw: word.text) REFERENCES consent_grant (id)",
            // A token of a multi-record application stands on the person; each request names its record.
            "ALTER TABLE authorization_code ADD COLUMN person_id \(raw: word.text) REFERENCES person (id)",
            "ALTER TABLE access_token ADD COLUMN person_id \(raw: word.text) REFERENCES person (id)",
            "CREATE INDEX access_token_of_person ON access_token (person_id, application_id) WHERE person_id IS NOT NULL",
            """
            CREATE TABLE selected_record (
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                person_id \(raw: word.text) NOT NULL REFERENCES person (id),
                record_id \(raw: word.text) NOT NULL REFERENCES record (id),
                PRIMARY KEY (application_id, person_id)
            )\(raw: word.strict)
            """,
            "ALTER TABLE consent_grant ADD COLUMN version \(raw: word.integer) NOT NULL DEFAULT 1",
            "CREATE INDEX consent_grant_of_holder ON consent_grant (application_id, person_id, record_id, id)",
            "CREATE INDEX consent_grant_live ON consent_grant (application_id, expires_at) WHERE state = 'active'",
            "CREATE INDEX consent_grant_ending ON consent_grant (expires_at) WHERE state = 'active'",
            """
            CREATE TABLE grant_change (
                grant_id \(raw: word.text) NOT NULL REFERENCES consent_grant (id),
                version \(raw: word.integer) NOT NULL,
                at \(raw: word.integer) NOT NULL,
                event \(raw: word.text) NOT NULL CHECK (event IN
                    ('given', 'extended', 'narrowed', 'renewed', 'revoked', 'expired')),
                actor \(raw: word.text) NOT NULL CHECK (actor IN ('person', 'application', 'clock', 'operator')),
                method \(raw: word.text) NOT NULL CHECK (method IN ('page', 'api', 'none')),
                rules \(raw: word.text) NOT NULL,
                permissions \(raw: word.text) NOT NULL,
                scope \(raw: word.text) NOT NULL,
                expires_at \(raw: word.integer) NOT NULL,
                PRIMARY KEY (grant_id, version)
            )\(raw: word.strict)
            """,
            // The history so far moves over; what a grant said did not change in those days.
            """
            INSERT INTO grant_change (grant_id, version, at, event, actor, method, rules, permissions, scope, expires_at)
            SELECT e.grant_id, ROW_NUMBER() OVER (PARTITION BY e.grant_id ORDER BY e.at,
                    CASE e.event WHEN 'given' THEN 0 WHEN 'expired' THEN 1 ELSE 2 END),
                e.at, e.event, e.actor, e.method, g.rules, g.permissions, g.scope, g.expires_at
            FROM grant_event e JOIN consent_grant g ON g.id = e.grant_id
            """,
            """
            UPDATE consent_grant SET version = COALESCE(
                (SELECT MAX(c.version) FROM grant_change c WHERE c.grant_id = consent_grant.id), 1)
            """,
            "DROP TABLE grant_event",
        ]
    }

    private static func notices(_ word: Dialect) -> [SQL] {
        [
            """
            CREATE TABLE notice (
                id \(raw: word.text) PRIMARY KEY,
                application_id \(raw: word.text) NOT NULL REFERENCES application (id),
                grant_id \(raw: word.text) NOT NULL REFERENCES consent_grant (id),
                event \(raw: word.text) NOT NULL,
                actor \(raw: word.text) NOT NULL,
                record_pseudonym \(raw: word.text) NOT NULL,
                person_pseudonym \(raw: word.text) NOT NULL,
                at \(raw: word.integer) NOT NULL,
                state \(raw: word.text) NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'lapsed')),
                lapses_at \(raw: word.integer) NOT NULL,
                attempts \(raw: word.integer) NOT NULL,
                next_attempt_at \(raw: word.integer) NOT NULL,
                lease_until \(raw: word.integer),
                ended_at \(raw: word.integer)
            )\(raw: word.strict)
            """,
            "CREATE INDEX notice_due ON notice (next_attempt_at, application_id) WHERE state = 'waiting'",
            "CREATE INDEX notice_leased ON notice (lease_until) WHERE state = 'sending'",
            "CREATE INDEX notice_lapsing ON notice (lapses_at) WHERE state = 'waiting'",
        ]
    }
}
