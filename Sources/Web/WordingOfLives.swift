// How relationships, states and changes are said to people. Each sentence stands here once; the templates put them in place.

import Domain
import Gateway

extension Wording {
    /// What a record is to the person who holds access to it.
    static func relation(_ relationship: Relationship) -> String {
        switch relationship {
        case .own: "Your own"
        case .child: "Your child’s"
        case .parent: "Your parent’s"
        case .other: "Somebody else’s"
        }
    }

    /// The same, as a custodian says it of somebody.
    static func relationOf(_ relationship: Relationship) -> String {
        switch relationship {
        case .own: "Their own record"
        case .child: "Their child’s record"
        case .parent: "Their parent’s record"
        case .other: "Another person’s record"
        }
    }

    /// `see, add, change`; nil for nothing.
    static func verbs(_ accesses: Set<Access>) -> String? {
        let words = Access.allCases.filter(accesses.contains).sorted { rank($0) < rank($1) }.map { access in
            switch access {
            case .read: "see"
            case .create: "add"
            case .update: "change"
            case .delete: "delete"
            }
        }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    /// Every access that is there for some data type, whatever the mode.
    static func accesses(of permissions: Permissions) -> Set<Access> {
        Set(Access.allCases.filter { access in Mode.allCases.contains { !permissions[$0, access].isEmpty } })
    }

    /// `See, add: all data`, `See: steps, weight`.
    static func access(_ permissions: Permissions) -> String {
        guard let verbs = verbs(accesses(of: permissions)) else { return "Nothing" }
        let types = permissions.types
        let what: String
        if types == .all {
            what = "all data"
        } else if types.count > 4 {
            what = "\(types.count) kinds of data"
        } else {
            what = lowered(typeNames(types)).joined(separator: ", ")
        }
        return "\(verbs.prefix(1).uppercased())\(verbs.dropFirst()): \(what)"
    }

    private static func lowered(_ names: [String]) -> [String] {
        names.map { $0.prefix(1).lowercased() + $0.dropFirst() }
    }

    static func category(_ category: Category) -> String {
        switch category {
        case .activity: "Activity"
        case .heart: "Heart and circulation"
        case .respiratory: "Breathing and fitness"
        case .body: "Body measurements"
        case .metabolic: "Blood sugar"
        case .sleep: "Sleep"
        }
    }

    /// How an application stands with a record, on the chooser; nil where there is nothing to say.
    static func standing(_ status: RecordStatus) -> String? {
        switch status {
        case .noActionRequired: "It has your permission for this one."
        case .authorizationRequired: nil
        case .reauthorizationRequired: "It asks for more, or for something else, than you agreed to."
        case .reauthorizationNotPossible: "Your own access to this one is not enough for what it needs."
        case .recordLocationNotSupported: "It does not serve the country of this one."
        }
    }

    /// One sentence or two on what is to be done about a grant.
    static func status(_ status: RecordStatus, of application: String) -> String {
        switch status {
        case .noActionRequired: "Nothing is to be done: \(application) has what it needs."
        case .authorizationRequired: "No permission is in force for this record."
        case .reauthorizationRequired:
            "\(application) needs more than it has now, or has changed what it says. It will ask you when you next use it. "
                + "Until then it keeps only what stands here."
        case .reauthorizationNotPossible:
            "\(application) needs more than you can give in this record at the moment: your own access to it is too small, "
                + "has ended, or is suspended."
        case .recordLocationNotSupported: "\(application) does not serve the country of this record."
        }
    }

    /// What happened to a grant, who did it, and through what.
    static func change(_ change: GrantChangeView) -> String {
        let who =
            switch change.actor {
            case "person": " by you"
            case "application": " by the application"
            case "operator": " by those who run this service"
            default: ""
            }
        let how =
            switch (change.actor, change.method) {
            case ("person", "page"): ", on these pages"
            case ("person", "api"): ", in your own app"
            default: ""
            }
        return changed(change.event) + who + how
    }

    /// `Given`, `Ended`: what happened to a grant, in a word or two.
    static func changed(_ event: String) -> String {
        switch event {
        case "given": "Given"
        case "extended": "Extended"
        case "narrowed": "Narrowed"
        case "renewed": "Renewed"
        case "revoked": "Ended"
        case "expired": "Ran out"
        default: "Changed"
        }
    }

    /// What became of somebody's access to a record, or of an invitation.
    static func ending(_ state: RecordAccessState) -> String {
        switch state {
        case .invited: "invited"
        case .active: "has access"
        case .declined: "declined the invitation"
        case .cancelled: "the invitation was withdrawn"
        case .lapsed: "the invitation was not answered in time"
        case .left: "left the record"
        case .removed: "was removed"
        case .expired: "the access ran out"
        }
    }
}
