// How moments, sizes and numbers are said to people, and how the views become what the templates show.

import Domain
import Gateway

extension TimeText {
    /// `21 November 2026, 10:07 UTC`.
    init(_ moment: Moment) {
        let minute = (moment.seconds % 86_400 + 86_400) % 86_400 / 60
        let clock = "\(Self.padded(minute / 60)):\(Self.padded(minute % 60)) UTC"
        words = "\(TimeText(day: moment).words), \(clock)"
        machine = moment.rfc3339
    }

    /// `21 November 2026`.
    init(day moment: Moment) {
        let days = Int((Double(moment.seconds) / 86_400).rounded(.down))
        let date = CivilDate(daysSinceEpoch: days)
        words = "\(date.day) \(Self.months[date.month - 1]) \(date.year)"
        machine = moment.rfc3339
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

enum Wording {
    /// `1,204,000`.
    static func number(_ number: some BinaryInteger) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// `48 MB`, `1.5 GB`: decimal units, as phones and files show them.
    static func size(_ bytes: Int64) -> String {
        let units: [(Int64, String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")]
        for (unit, name) in units where bytes >= unit {
            let tenths = bytes * 10 / unit
            return tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\(tenths / 10) \(name)"
        }
        return bytes == 1 ? "1 byte" : "\(bytes) bytes"
    }

    static func days(_ life: GrantLife) -> String { life.days == 1 ? "1 day" : "\(life.days) days" }

    static func doings(_ accesses: Set<Access>) -> [String] {
        Access.allCases.filter(accesses.contains).sorted { rank($0) < rank($1) }.map { access in
            switch access {
            case .read: "See these readings"
            case .create: "Add new ones"
            case .update: "Change them"
            case .delete: "Delete them"
            }
        }
    }

    static func rank(_ access: Access) -> Int {
        switch access {
        case .read: 0
        case .create: 1
        case .update: 2
        case .delete: 3
        }
    }

    static func typeNames(_ types: DataTypeSet) -> [String] { types.map(\.plainName) }
}

extension PageFrame {
    init(_ title: String, viewer: SignedIn?, refreshSeconds: Int? = nil) {
        self.init(
            title: title, signedIn: viewer.map { PageViewer(viewerName: $0.name, viewerAudits: $0.isAuditor) },
            formToken: viewer?.formToken,
            refreshSeconds: refreshSeconds)
    }
}

extension ApplicationCard {
    init(_ view: ApplicationView) {
        applicationName = view.name
        applicationDescription = view.description.isEmpty ? nil : view.description
        organizationName = view.organization
        isSandbox = view.environment == .sandbox
        responsible = view.responsible
        hosts = view.hosts
    }
}

extension RuleCard {
    init(_ rule: AuthorizationRule, number: Int, languages: [Language]) {
        let wording = rule.whyText.best(for: languages)
        self.number = number
        ruleName = rule.name.text
        scopeToken = rule.scope.text
        why = wording.text
        whyLanguage = wording.language.tag
        typeNames = Wording.typeNames(rule.types)
        doings = Wording.doings(rule.accesses)
        isOffline = rule.mode == .offline
    }
}

extension GrantRow {
    init(_ view: GrantView, saysRecord: Bool) {
        let types = view.rules.reduce(DataTypeSet.none) { $0.union($1.types) }
        grantID = view.id.text
        applicationName = view.application.name
        organizationName = view.application.organization
        isSandbox = view.application.environment == .sandbox
        forRecord = saysRecord ? view.recordName : nil
        typeNames = Wording.typeNames(view.state == .active ? view.permissions.types : types)
        until = TimeText(day: view.expiresAt)
        isRevoked = view.state == .revoked
        over = view.state == .active ? nil : TimeText(day: view.revokedAt ?? view.expiresAt)
        itemsDelivered = Wording.number(view.itemsDelivered)
    }
}
