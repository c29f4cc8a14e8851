// The house's rules that no compiler knows, held against the source tree as text.

import TestKit
import Testing

struct HouseRuleTests {
    /// What may not be written, where it may all the same, and why.
    struct Ban: Sendable, CustomTestStringConvertible {
        let why: String
        let pattern: String
        let exceptions: Set<String>

        init(_ why: String, _ pattern: String, in exceptions: Set<String> = []) {
            self.why = why
            self.pattern = pattern
            self.exceptions = exceptions
        }

        var testDescription: String { why }
    }

    static let bans: [Ban] = [
        Ban("Time comes from the World", #"\bDate\(\s*\)|\bDate\.now\b|\bDate\(timeInterval\w*Now"#, in: realWorld),
        Ban(
            "Time comes from the World, not from C", #"\bclock_gettime\b|\bgettimeofday\b|\btime\(\s*nil"#,
            in: realWorld),
        Ban("Ids come from the World", #"\bUUID\(\s*\)"#, in: realWorld),
        Ban(
            "Dice come from the World", #"\.random\(|\brandomElement\(|\bshuffled?\(|\barc4random|\bgetrandom\("#,
            in: realWorld),
        Ban("The machine's dice are rolled in one file", #"\bSystemRandomNumberGenerator\b"#, in: realWorld),
        Ban("Nothing is tried by force", #"\btry!"#),
        Ban("Nothing is cast by force", #"\bas!"#),
        Ban("Nothing stops the process", #"\bfatalError\(|\bpreconditionFailure\(|\bassertionFailure\("#),
        Ban("Nothing prints past the log and the terminal", #"(?m)(?:^|[^.\w])(?:print|debugPrint|dump|NSLog)\("#),
        Ban(
            "A name says what a thing is",
            #"\b(?:struct|class|enum|actor|protocol)\s+\w*(?:Manager|Helper|Utils?|Service|Base)\b"#),
    ]
    private static let realWorld: Set<String> = ["Sources/Gateway/RealWorld.swift"]

    @Test("What the house forbids is nowhere in the sources", arguments: bans)
    func banned(ban: Ban) throws {
        let pattern = try Regex(ban.pattern)
        for source in try SourceText.all() where !ban.exceptions.contains(source.path) {
            let found = source.code.matches(of: pattern).map { String(source.code[$0.range]) }
            #expect(found.isEmpty, "\(source.path) has \(found)")
        }
    }

    @Test("Nothing is left for later, in comments neither")
    func nothingForLater() throws {
        for source in try SourceText.all() {
            let isLeft = source.whole.contains(/\b(?:TODO|FIXME|XXX)\b/)
            #expect(!isLeft, "\(source.path)")
        }
    }

    @Test("No file is longer than 400 lines", arguments: ["Sources", "Tests"])
    func length(folder: String) throws {
        for path in try Repository.files(under: folder, ending: ".swift") {
            let count = try Repository.text(of: path).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(count <= 400, "\(path) has \(count) lines")
        }
    }

    @Test("Every file opens with one to three lines that say what it hides and what it promises")
    func opening() throws {
        for source in try SourceText.all() {
            let opening = source.lines.prefix { $0.hasPrefix("// ") }
            #expect((1...3).contains(opening.count), "\(source.path) opens with \(opening.count) lines of comment")
            #expect(opening.last?.hasSuffix(".") == true, "\(source.path) does not open with a sentence")
            let first = opening.first?.dropFirst(3).first
            #expect(first?.isLetter == true || first == "`", "\(source.path)")
        }
    }

    @Test("C7: the gate is the only caller of the decision")
    func oneCallerOfDecide() throws {
        // Other verbs are called `decide` too; the decision is the one that is given facts. Without a call's parenthesis
        // it would be passed on as a value, and called where nobody looks. Web has a route and a handler of that name,
        // but never sees a question or a fact.
        let call = /\bdecide\s*\([^{};]*?\bgiven\s*:/
        let value = /\bdecide\b(?!\s*\()/
        let parts = /\b(?:Question|Facts|Verdict)\b/
        var callers: [String] = []
        for source in try SourceText.all() {
            if source.path == "Sources/Domain/Access/Decision.swift" { continue }
            callers += source.code.matches(of: call).map { _ in source.path }
            let passesOn = source.code.contains(source.target == "Web" ? parts : value)
            #expect(!passesOn, "\(source.path) passes the decision on")
        }
        #expect(callers == ["Sources/Gateway/Gate.swift"])
    }

    @Test("C7: only the decision makes a permit, and it decides every case by name")
    func onePermitMaker() throws {
        for source in try SourceText.all() {
            let makes = source.code.contains(/\bPermit\s*\(/)
            #expect(makes == (source.path == "Sources/Domain/Access/Decision.swift"), "\(source.path)")
        }
        let decision = try #require(try SourceText.all().first { $0.path == "Sources/Domain/Access/Decision.swift" })
        let hasDefault = decision.code.contains(/\bdefault\s*:/)
        #expect(!hasDefault, "a new case would be decided by nobody")
        let permit = ["struct Permit: ~Copyable", "fileprivate init(_ ground: Ground, _ question: Question)"]
        let isClosed =
            permit.allSatisfy { decision.code.contains($0) } && decision.code.matches(of: /\binit\(/).count == 1
        #expect(isClosed, "a permit could be copied or made elsewhere")
    }

    @Test("C1: only Caller reads credentials: the Authorization header, cookies and the client's secret")
    func oneReaderOfCredentials() throws {
        let reads = /\.authorization\b|\[\s*(?:values:\s*)?\.cookie\b|contains\(\.cookie\b|Name\.cookie\b/
        let named: Set<String> = ["authorization", "cookie", "client_secret"]
        var readers: Set<String> = []
        for source in try SourceText.all() {
            // The demonstration is a client: it sends what others read.
            guard ["Web", "Gateway", "licet"].contains(source.target), !source.path.contains("/licet/Demo/") else {
                continue
            }
            if source.code.contains(reads) { readers.insert(source.path) }
            // As the name of something that is read; what is written into an answer has a colon behind it.
            let strings = source.whole.matches(of: /\[\s*"([\w-]+)"\s*\]|parameter\("([\w-]+)"\)|Name\("([\w-]+)"\)/)
            let words = strings.compactMap { $0.output.1 ?? $0.output.2 ?? $0.output.3 }.map { $0.lowercased() }
            if !named.isDisjoint(with: words) { readers.insert(source.path) }
        }
        #expect(readers == ["Sources/Web/Caller.swift"])
    }
}
