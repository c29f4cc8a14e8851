// Hides the difference between what the compiler reads, what a comment says and what a string holds. Not a parser: a
// reader that knows where comments and strings begin and end, which is all that the house rules need.

import Foundation
import TestKit

struct SourceText: Sendable {
    /// From the root of the repository.
    let path: String
    let whole: String
    /// Without comments and without what strings hold; what is interpolated stays, for it is code.
    let code: String
    /// What strings hold, each with what is interpolated spelled as in the source.
    let strings: [String]

    init(path: String, _ whole: String) {
        self.path = path
        self.whole = whole
        var reader = Reader(whole)
        reader.readCode(until: nil)
        code = reader.code
        strings = reader.strings
    }

    static func all(under folder: String = "Sources") throws -> [SourceText] {
        try tree.get().filter { $0.path.hasPrefix("\(folder)/") }
    }

    // Read once: every rule walks over all of it.
    private static let tree = Result {
        try Repository.files(under: "Sources", ending: ".swift").map { path in
            SourceText(path: path, try Repository.text(of: path))
        }
    }

    /// The target, e.g. `Domain` for `Sources/Domain/Problem.swift`.
    var target: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
    var lines: [Substring] { whole.split(separator: "\n", omittingEmptySubsequences: false) }

    /// Modules that are imported, whatever stands before the word.
    var imports: [String] {
        let before = #"(?m)^\s*(?:@[\w()]+\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"#
        let kinds = #"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?"#
        guard let form = try? Regex(before + kinds + #"(\w+)"#, as: (Substring, Substring).self) else { return [] }
        return code.matches(of: form).map { String($0.output.1) }
    }
}

private struct Reader {
    private let text: [Character]
    private var place = 0
    private(set) var code = ""
    private(set) var strings: [String] = []

    init(_ text: String) { self.text = Array(text) }

    private func sees(_ word: String, at start: Int? = nil) -> Bool {
        let start = start ?? place
        return start + word.count <= text.count && text[start..<start + word.count].elementsEqual(word)
    }

    /// Until the parenthesis that closes an interpolation, or to the end.
    mutating func readCode(until close: Character?) {
        var depth = 0
        while place < text.count {
            let character = text[place]
            if sees("//") {
                while place < text.count, !text[place].isNewline { place += 1 }
            } else if sees("/*") {
                skipBlockComment()
            } else if character == "\"" || (character == "#" && opensRawString) {
                readString()
            } else {
                if character == "(" { depth += 1 }
                if character == ")" {
                    if depth == 0, close == ")" { return }
                    depth -= 1
                }
                code.append(character)
                place += 1
            }
        }
    }

    private var opensRawString: Bool {
        var ahead = place
        while ahead < text.count, text[ahead] == "#" { ahead += 1 }
        return ahead < text.count && text[ahead] == "\""
    }

    private mutating func skipBlockComment() {
        var depth = 0
        repeat {
            if sees("/*") {
                depth += 1
                place += 2
            } else if sees("*/") {
                depth -= 1
                place += 2
            } else {
                place += 1
            }
        } while depth > 0 && place < text.count
    }

    private mutating func readString() {
        var hashes = ""
        while text[place] == "#" {
            hashes.append("#")
            place += 1
        }
        let quotes = sees("\"\"\"") ? "\"\"\"" : "\""
        place += quotes.count
        var held = ""
        code.append("\"")
        while place < text.count, !sees(quotes + hashes) {
            if sees("\\\(hashes)(") {
                let start = place
                place += 2 + hashes.count
                code.append("(")
                readCode(until: ")")
                code.append(")")
                place += 1
                held += String(text[start..<min(place, text.count)])
            } else if sees("\\\(hashes)") {
                let end = min(place + 2 + hashes.count, text.count)
                held += String(text[place..<end])
                place = end
            } else {
                held.append(text[place])
                place += 1
            }
        }
        place += quotes.count + hashes.count
        code.append("\"")
        strings.append(held)
    }
}
