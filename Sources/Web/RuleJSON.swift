// Rules as JSON, in and out. A rule that is read out can be sent in again as it is.

import Domain
import Gateway

extension RuleDraft {
    init(_ fields: inout FieldReader) {
        self.init(
            name: fields.text("name"), mode: fields.text("mode"), required: fields.neededFlag("required"),
            accesses: fields.texts("accesses"), types: fields.texts("data_types"), why: fields.text("why"),
            translations: fields.textsByName("why_translations"),
            defaultLanguage: fields.optionalText("default_language") ?? Language.english.tag,
            isMaterialChange: fields.flag("material", otherwise: false),
            displayFirstTime: fields.flag("display_first_time", otherwise: true),
            checkedFirstTime: fields.flag("checked_first_time", otherwise: false),
            checkedByDefault: fields.flag("checked_by_default", otherwise: false))
    }
}

extension JSONValue {
    static func rule(_ rule: AuthorizationRule) -> JSONValue {
        .object([
            "name": .string(rule.name.text), "mode": .string(rule.mode.rawValue), "required": .bool(rule.isRequired),
            "accesses": .accesses(rule.accesses), "data_types": .types(rule.types), "why": .string(rule.why),
            "default_language": .string(rule.whyText.language.tag),
            "why_translations": .object(
                rule.whyText.translations.sorted { $0.key < $1.key }.map {
                    Member(name: $0.key.tag, value: .string($0.value))
                }),
            "display_first_time": .bool(rule.displayFirstTime), "checked_first_time": .bool(rule.checkedFirstTime),
            "checked_by_default": .bool(rule.checkedByDefault),
        ])
    }

    static func ruleVersion(_ view: RuleVersionView) -> JSONValue {
        .object([
            "version": .count(view.rules.version), "author": .text(view.author), "at": .moment(view.at),
            "changes": .diff(view.diff), "rules": .array(view.rules.rules.map { .rule($0) }),
        ])
    }

    static func diff(_ diff: RuleSetDiff) -> JSONValue {
        .object([
            "added": .texts(diff.added.map(\.text)), "removed": .texts(diff.removed.map(\.text)),
            "changed": .array(
                diff.changed.map {
                    .object(["rule": .string($0.name.text), "changes": .array($0.changes.map { .change($0) })])
                }),
        ])
    }

    private static func change(_ change: RuleSetDiff.Change) -> JSONValue {
        let (kind, detail): (String, [Member]) =
            switch change {
            case .accessesAdded(let accesses):
                ("accesses_added", [Member(name: "accesses", value: .accesses(accesses))])
            case .accessesRemoved(let accesses):
                ("accesses_removed", [Member(name: "accesses", value: .accesses(accesses))])
            case .typesAdded(let types): ("data_types_added", [Member(name: "data_types", value: .types(types))])
            case .typesRemoved(let types): ("data_types_removed", [Member(name: "data_types", value: .types(types))])
            case .modeChanged: ("mode_changed", [])
            case .becameRequired: ("became_required", [])
            case .becameOptional: ("became_optional", [])
            case .wordingChanged(let languages, let isMaterial):
                (
                    "wording_changed",
                    [
                        Member(name: "languages", value: .texts(languages.map(\.tag))),
                        Member(name: "material", value: .bool(isMaterial)),
                    ]
                )
            case .displayFlagsChanged: ("display_flags_changed", [])
            }
        return .object(
            [Member(name: "kind", value: .string(kind))] + detail
                + [Member(name: "sentence", value: .string(change.sentence))])
    }

    static func impact(_ impact: RuleImpact) -> JSONValue {
        .object([
            "grants": .count(impact.grants), "uncounted": .count(impact.uncounted),
            "newly_affected": .count(impact.newlyAffected), "narrowed": .count(impact.narrowed),
            "before": .tally(impact.before), "after": .tally(impact.after),
            "reasons": .array(
                impact.reasons.map {
                    .object(members($0.shortfall) + [Member(name: "grants", value: .count($0.grants))])
                }),
        ])
    }

    // In the order of the statuses; one that nobody has is left out.
    private static func tally(_ counts: [RecordStatus: Int]) -> JSONValue {
        .object(
            RecordStatus.allCases.compactMap { status in
                counts[status].map { Member(name: status.rawValue, value: .count($0)) }
            })
    }
}
