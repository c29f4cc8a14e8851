// A store as the past release left it: its three migrations, and rows as it wrote them.

import Domain
import Vault

enum PastStore {
    static let now = Moment(seconds: 1_795_255_632)
    static let past = Array(Schema.migrations.prefix(3))

    static let person = PersonID(bytes: [UInt8](repeating: 1, count: 16))
    static let record = RecordID(bytes: [UInt8](repeating: 2, count: 16))
    static let organization = OrganizationID(bytes: [UInt8](repeating: 3, count: 16))
    static let application = ApplicationID(bytes: [UInt8](repeating: 4, count: 16))
    static let approval = ApprovalID(bytes: [UInt8](repeating: 5, count: 16))
    static let code = [UInt8](repeating: 6, count: 32)
    static let token = [UInt8](repeating: 7, count: 32)
    static let session = [UInt8](repeating: 8, count: 32)

    static func grant(_ number: UInt8) -> GrantID { GrantID(bytes: [UInt8](repeating: 16 + number, count: 16)) }
    static func recordName() -> RecordPseudonym { RecordPseudonym(bytes: [UInt8](repeating: 9, count: 16)) }
    static func personName() -> PersonPseudonym { PersonPseudonym(bytes: [UInt8](repeating: 10, count: 16)) }

    /// Rules as they were spelled before wordings had languages and versions.
    static let rules = """
        [{"accesses":["read"],"checkedByDefault":false,"checkedFirstTime":false,"displayFirstTime":true,"mode":"online",\
        "name":"heart","required":true,"types":["heart_rate"],"why":"To show you."},{"accesses":["read"],\
        "checkedByDefault":true,"checkedFirstTime":false,"displayFirstTime":true,"mode":"offline","name":"walking",\
        "required":false,"types":["steps","distance"],"why":"To count."}]
        """

    static func fill(_ tx: borrowing Transaction) throws(StorageError) {
        try tx.execute(
            """
            INSERT INTO organization (id, name, environment, responsible, data_key, created_at)
            VALUES (\(organization), 'Cardia', 'sandbox', 'Data office', \([UInt8](repeating: 1, count: 8)), \(now))
            """)
        try tx.execute(
            """
            INSERT INTO person (id, login, name, password_hash, audit_name, created_at)
            VALUES (\(person), 'ada@example.org', 'Ada', 'hash', 'a_1', \(now))
            """)
        try tx.execute(
            """
            INSERT INTO session (token_hash, kind, person_id, form_token, created_at, expires_at)
            VALUES (\(session), 'cookie', \(person), 'form', \(now), \(now + .hours(1)))
            """)
        try tx.execute(
            "INSERT INTO record (id, audit_name, is_suspended, created_at) VALUES (\(record), 'a_2', 0, \(now))")
        try tx.execute(
            """
            INSERT INTO record_access (person_id, record_id, relationship, is_custodian, permissions, created_at)
            VALUES (\(person), \(record), 'own', 1, '*', \(now))
            """)
        try tx.execute(
            """
            INSERT INTO application (id, organization_id, name, description, secret_hash, grant_days, state, rule_version,
                coverage, created_at)
            VALUES (\(application), \(organization), 'Pulse', '', \(token), 90, 'active', 2,
                'online.read=heart_rate;offline.read=steps,distance', \(now))
            """)
        for version in 1...2 {
            try tx.execute(
                """
                INSERT INTO rule_set (application_id, version, rules, author, created_at)
                VALUES (\(application), \(version), \(rules), \(version == 1 ? nil : person), \(now))
                """)
        }
        try tx.execute(
            """
            INSERT INTO approval (id, application_id, rule_version, redirect_uri, code_challenge, requested_scope, state,
                created_at, expires_at)
            VALUES (\(approval), \(application), 2, 'https://pulse.example/', 'c', 'rule:heart', 'pending', \(now),
                \(now + .minutes(15)))
            """)
        try fillGrants(tx)
    }

    // 0: in force. 1: given and revoked in one moment. 2: expired, then revoked. 3: without any event.
    private static func fillGrants(_ tx: borrowing Transaction) throws(StorageError) {
        let lives: [(state: String, events: [(String, String, Int64)])] = [
            ("active", [("given", "person", 0)]),
            ("revoked", [("revoked", "person", 0), ("given", "person", 0)]),
            ("revoked", [("given", "person", 0), ("expired", "clock", 60), ("revoked", "person", 60)]),
            ("active", []),
        ]
        for (number, life) in lives.enumerated() {
            let grant = grant(UInt8(number))
            let revoked = life.state == "revoked" ? now : nil
            try tx.execute(
                """
                INSERT INTO consent_grant (id, application_id, person_id, record_id, record_pseudonym, person_pseudonym,
                    rule_version, rules, permissions, scope, refused_scope, state, items_delivered, created_at, expires_at,
                    revoked_at)
                VALUES (\(grant), \(application), \(person), \(record), \(recordName()), \(personName()), 2,
                    'heart walking', 'online.read=heart_rate;offline.read=steps,distance', 'rule:heart rule:walking',
                    'rule:nights', \(life.state), 7, \(now), \(now + .days(90)), \(revoked))
                """)
            for (event, actor, minutes) in life.events {
                try tx.execute(
                    """
                    INSERT INTO grant_event (grant_id, at, event, actor, method)
                    VALUES (\(grant), \(now + .minutes(minutes)), \(event), \(actor), \(actor == "clock" ? "none" : "page"))
                    """)
            }
        }
        try tx.execute(
            """
            INSERT INTO authorization_code (code_hash, application_id, grant_id, redirect_uri, code_challenge, created_at,
                expires_at)
            VALUES (\(code), \(application), \(grant(0)), 'https://pulse.example/', 'c', \(now), \(now + .minutes(10)))
            """)
        try tx.execute(
            """
            INSERT INTO access_token (token_hash, application_id, grant_id, code_hash, mode, scope, created_at, expires_at)
            VALUES (\(token), \(application), \(grant(0)), \(code), 'online', 'rule:heart', \(now), \(now + .hours(1)))
            """)
    }
}
