// The house's rules about SQL: the audit trail only grows, and a value never becomes part of a statement's text.

import TestKit
import Testing

struct StatementRuleTests {
    @Test(
        "D2: rows of the audit trail are inserted and read; the inbox gives up what has its place, and the log what is below its floor"
    )
    func auditOnlyGrows() throws {
        var inserters: [String] = []
        var takers: [String] = []
        for source in try SourceText.all() {
            for statement in source.strings where statement.contains(/\baudit_(?:entry|inbox)\b/) {
                let uses = statement.matches(of: /(?i)([A-Za-z0-9_]+)\s+([A-Za-z]+)\s+(audit_entry|audit_inbox)\b/)
                for use in uses {
                    let words = "\(use.output.1) \(use.output.2)".uppercased()
                    let isRead = words.hasSuffix(" JOIN") || (words.hasSuffix(" FROM") && words != "DELETE FROM")
                    let isMade = words == "CREATE TABLE"
                    let isIndexed =
                        words.hasSuffix(" ON") && statement.contains(/(?i)^\s*CREATE\s+(?:UNIQUE\s+)?INDEX/)
                    // The eighth migration makes the trail a log.
                    let isRenamed = words == "ALTER TABLE" && source.path == "Sources/Vault/SchemaOfLog.swift"
                    if words == "INSERT INTO" { inserters.append("\(use.output.3) by \(source.path)") }
                    if words == "DELETE FROM" { takers.append("\(use.output.3) by \(source.path)") }
                    let isKnown = isRead || isMade || isIndexed || isRenamed
                    #expect(isKnown || words == "INSERT INTO" || words == "DELETE FROM", "\(source.path): \(words)")
                }
                let all = statement.matches(of: /\baudit_(?:entry|inbox)\b(?!\.|\s+holds|\s+by)/).count
                #expect(all == uses.count, "\(source.path) names the audit trail in a way that is not known here")
                let overwrites = statement.contains(/(?i)\bON\s+CONFLICT\b|\bOR\s+REPLACE\b/)
                #expect(!overwrites, "\(source.path)")
            }
        }
        #expect(
            inserters.sorted() == [
                "audit_entry by Sources/Vault/Tables/LogTable.swift",
                "audit_inbox by Sources/Vault/Tables/AuditTable.swift",
            ])
        #expect(
            takers.sorted() == [
                "audit_entry by Sources/Vault/Tables/MonthTable.swift",
                "audit_inbox by Sources/Vault/Tables/LogTable.swift",
            ])
        // The one statement that deletes entries bounds itself by the floor, whatever its caller says.
        var deletions: [String] = []
        for source in try SourceText.all() {
            deletions += source.strings.filter { $0.contains("DELETE FROM audit_entry") }
        }
        #expect(deletions.count == 1)
        let floor = "AND log_index < (SELECT min_index FROM trail_floor WHERE number = 1)"
        #expect(deletions.allSatisfy { $0.contains(floor) })
    }

    @Test("Only words of the dialect are spliced into SQL; everything else is bound")
    func placeholders() throws {
        let dialect = try Repository.text(of: "Sources/Vault/Dialect.swift")
        let words = Set(dialect.matches(of: /public let (\w+): String/).map { String($0.output.1) })
        #expect(words.count >= 5)
        for source in try SourceText.all() {
            for statement in source.strings {
                for splice in statement.matches(of: /\\\(raw:\s*([^)]*)\)/) {
                    let parts = splice.output.1.split(separator: ".")
                    let isWord = parts.count >= 2 && parts.last.map { words.contains(String($0)) } == true
                    let isDialect = parts.dropLast().last.map { ["word", "words", "dialect"].contains($0) } == true
                    #expect(isWord && isDialect, "\(source.path) splices \(splice.output.1)")
                }
            }
        }
    }

    @Test("A statement is built by interpolation only: nobody makes its text by hand")
    func noTextByHand() throws {
        for source in try SourceText.all() where source.path != "Sources/Vault/SQL.swift" {
            let isByHand = source.code.contains(/\bSQL\s*\(\s*(?:text|stringLiteral)\s*:/)
            #expect(!isByHand, "\(source.path)")
        }
    }

    @Test("SQL is written in Vault and nowhere else")
    func sqlAtHome() throws {
        let statement =
            /^\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE (?:TABLE|INDEX|UNIQUE)|DROP TABLE|ALTER TABLE)\s/
        for source in try SourceText.all() where source.target != "Vault" {
            let found = source.strings.filter { $0.contains(statement) }
            #expect(found.isEmpty, "\(source.path)")
        }
    }

    @Test("SQL keeps to what both engines say alike: no triggers and no clock of the engine's")
    func commonWords() throws {
        let foreign =
            /(?i)\bCREATE\s+TRIGGER\b|\bnow\(\)|\bCURRENT_TIMESTAMP\b|\bdatetime\(|\brandom\(\)|\bgen_random_uuid\b/
        for source in try SourceText.all(under: "Sources/Vault") {
            let found = source.strings.filter { $0.contains(foreign) }
            #expect(found.isEmpty, "\(source.path)")
        }
    }
}
