// Prints docs/smart-scopes.md from the grammar itself: what each scope reaches, and what is no scope.

import Domain
import TestKit
import Testing

struct SmartScopeTableTests {
    @Test(
        "SMART 2.2, §6 check 16: docs/smart-scopes.md says what each scope reaches, and which spellings grant nothing")
    func table() throws {
        try Golden.expect(Self.printed(), at: "docs/smart-scopes.md")
    }

    static func printed() -> String {
        var lines = [opening, "", "## What a scope reaches", "", "| scope | accesses | data types |", "|---|---|---|"]
        for text in SmartScopeRows.read {
            guard let scope = SmartScope(text) else { continue }
            let accesses = scope.accesses.map(\.rawValue).joined(separator: ", ")
            lines.append("| `\(cell(text))` | \(accesses) | \(types(of: scope)) |")
        }
        lines += ["", "## What is no scope", "", "| spelled | why |", "|---|---|"]
        for row in SmartScopeRows.refused where Scope(row.scope) == nil {
            lines.append("| `\(cell(row.scope))` | \(row.reason) |")
        }
        lines += ["", "## What FHIR calls each data type", "", "| data type | LOINC | category |", "|---|---|---|"]
        for type in DataType.allCases {
            let name = FHIRVocabulary.name(of: type)
            let codes = name?.codes.joined(separator: ", ") ?? "none: it has no FHIR form"
            lines.append("| `\(type.rawValue)` | \(codes) | \(name?.category.rawValue ?? "") |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func types(of scope: SmartScope) -> String {
        if scope.types.isEmpty { return "none: the record's pseudonymous id only" }
        for category in ObservationCategory.allCases where category.types == scope.types {
            return "every one of `\(category.rawValue)`"
        }
        if scope.types == FHIRVocabulary.types { return "every one that has a code" }
        return scope.types.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    }

    // A bar would end the cell.
    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }

    private static let opening = """
        # SMART scopes, and what each reaches

        A test prints this page from the program's one reader of these scopes
        (`Sources/Domain/Vocabulary/SmartScope.swift`) and fails when the two differ.

        **How to read it.** A scope names data types and accesses; the application's rules say what a person is asked for.
        A scope asks for those of its types and accesses that the rules cover, and for the rules that cover them. It is
        refused (`invalid_scope`) only when the rules cover nothing of it, or when it is no scope at all.

        - What the application gets is what the person said yes to, rule by rule. Where that is less than the scope says,
          the answer's `scope` has narrower scopes in its place, one for each data type: `patient/*.rs` becomes
          `patient/Observation.rs?code=http://loinc.org|8867-4` and so on.
        - `patient/` and `user/` are for a person's approval and mean the same here: a grant is of one record. `system/` is
          for an application that acts alone, by client credentials. At the other's place each is refused.
        - `r` and `s` are both *read*: who may find a datum has read it.
        - `launch/patient` and `patient/Patient.rs` ask for no data. They stay as soon as anything is granted, and give the
          application's own name for the record, in the token's answer and as a `Patient` without name or birth date.
        """
}
