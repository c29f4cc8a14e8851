// The house's rule about what an audit entry may be made of: no field into which free text would fit.

import TestKit
import Testing

struct AuditEntryRuleTests {
    @Test("D2: a field of an audit entry is an id, a time, a count or a word of a closed list, and no text")
    func fields() throws {
        let source = SourceText(
            path: "AuditEntry.swift", try Repository.text(of: "Sources/Domain/Audit/AuditEntry.swift"))
        let fields = source.code.matches(of: /(?m)^\s*public (?:let|var) (\w+): ([\w<>\[\].]+\??)\s*$/)
        let closed = [
            "AuditID", "Moment", "Action", "Outcome", "ApplicationID", "AuditName", "GrantID", "Mode", "DataTypeSet",
            "Int",
            "RequestID", "Actor", "Method", "LogKeyID", "Repetition",
        ]
        for field in fields {
            let type = field.output.2.hasSuffix("?") ? field.output.2.dropLast() : field.output.2
            #expect(closed.contains(String(type)), "\(field.output.1) is a \(type)")
        }
        #expect(fields.count >= 18, "the rule sees the fields")
        // Whatever else is stored would be seen here: a field has one of the forms above.
        let stored = source.code.matches(
            of: /(?m)^\s*(?:public |private |fileprivate |internal )?(?:let|var) \w+\s*[:=]/)
        let computed = source.code.matches(of: /(?m)^\s*public var text: String \{/)
        #expect(stored.count == fields.count + computed.count)
    }
}
