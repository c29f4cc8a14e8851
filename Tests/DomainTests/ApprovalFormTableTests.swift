// Prints docs/approval-form-table.md from the form itself, and proves that what it calls "any" does not matter.

import Domain
import TestKit
import Testing

struct ApprovalFormTableTests {
    private static let chapters: [(String, [FormPattern])] = [
        ("Required rules", FormPattern.required),
        ("Optional rules, for whoever meets the application for the first time", FormPattern.firstTime),
        ("Optional rules, for whoever decided before and holds no grant for this record", FormPattern.returning),
        ("Optional rules, for whoever holds a grant for this record", FormPattern.holding),
    ]

    @Test("A2, A3, A7, B1–B4: docs/approval-form-table.md says what a person is shown, and what is ticked")
    func table() throws {
        try Golden.expect(try Self.printed(), at: "docs/approval-form-table.md")
    }

    @Test("A3: every combination there is belongs to exactly one line of the table, and what is 'any' does not matter")
    func complete() throws {
        let patterns = Self.chapters.flatMap(\.1)
        var answers = [Set<FormAnswer>](repeating: [], count: patterns.count)
        for entry in FormCase.all {
            let lines = patterns.indices.filter { patterns[$0].matches(entry) }
            guard let line = lines.first, lines.count == 1 else {
                Issue.record("\(lines.count) lines for \(entry)")
                continue
            }
            answers[line].insert(try entry.answer())
        }
        for (pattern, answers) in zip(patterns, answers) {
            #expect(answers.count == 1, "\(pattern.cells): \(answers)")
        }
        #expect(FormCase.all.count == 1_920)
    }

    static func printed() throws -> String {
        var lines = [opening]
        var number = 0
        for (title, patterns) in chapters {
            lines += ["", "## \(title)", "", head]
            for pattern in patterns {
                number += 1
                guard let answer = try FormCase.all.first(where: pattern.matches)?.answer() else { continue }
                let cells = pattern.cells + [answer.shown, answer.ticked, answer.ifTicked, answer.ifLeftOut]
                lines.append("| \(number) | \(cells.joined(separator: " | ")) |")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let head = """
        | # | person | rule | agreed to it | display first time | checked first time | checked by default | \
        application names | decided before | deployment pre-checks | within own access | shown? | ticked? | \
        if ticked | if left out |
        |--:|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
        """

    private static let opening = """
        # What a person is shown, and what is ticked

        A test prints this page from the program's one approval form (`Sources/Domain/Rules/ApprovalForm.swift`) and
        fails when the two differ. It also tries every combination there is: each belongs to exactly one line, and
        wherever a line says *any*, each possibility gives the same answer.

        **How to read it.** The left columns say how things stand; the last four say what follows.

        - *agreed to it*: whether the grant that is in force for this record holds a yes to this rule.
        - *display first time*, *checked first time*, *checked by default*: what the application declared for the rule.
        - *application names*: what the application directs the person to. *Nothing* leaves it to the declarations.
        - *decided before*: what the person said to this rule the last time, whatever became of that grant.
        - *deployment pre-checks*: whether whoever runs Licet allows boxes to be ticked ahead; some laws do not.
        - *within own access*: whether the person may do what the rule asks in this record themselves.
        - *as agreed already*: told, not asked; it stays whatever is answered to the rest.
        - *if left out*: what becomes of the rule when the person approves the rest without it.
        """
}
