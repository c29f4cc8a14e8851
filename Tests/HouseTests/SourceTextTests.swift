// The reader that the house rules lean on: it must see what the compiler sees.

import Testing

struct SourceTextTests {
    @Test(
        "Comments and strings are no code; what is interpolated is",
        arguments: [
            ("let a = 1 // print(a)\nlet b", "let a = 1 \nlet b"), ("a /* x /* y */ z */ b", "a  b"),
            (#"say("print(x)")"#, #"say("")"#), (#""\(decide(a))""#, #""(decide(a))""#),
            (#""a \" // b" + c"#, #""" + c"#), ("##\"a \"# \\#(no) b\"## + c", "\"\" + c"),
            ("#\"x \\#(yes(1)) y\"#", "\"(yes(1))\""), ("\"\"\"\n a \"b\" // c\n\"\"\" + d", "\"\" + d"),
            (#""\(f("in \(g(")")) end")) x" + h"#, #""(f("(g(""))"))" + h"#),
            ("#if os(Linux)\n#endif", "#if os(Linux)\n#endif"),
            ("a // \"\nb", "a \nb"), ("\"//\" + b", "\"\" + b"),
        ])
    func reading(source: String, code: String) {
        #expect(SourceText(path: "Sources/X/Y.swift", source).code == code)
    }

    @Test("What strings hold is kept, with what is interpolated as it is spelled")
    func strings() {
        let source = SourceText(path: "Sources/X/Y.swift", #"run("SELECT \(raw: word.text) x", "b") // "c""#)
        #expect(source.strings == [#"SELECT \(raw: word.text) x"#, "b"])
    }

    @Test("An import is found in every spelling, and only where it is one")
    func imports() {
        let source = SourceText(
            path: "Sources/X/Y.swift",
            """
            import A
            public import B
            @testable import C
              @preconcurrency internal import D
            import struct E.F
            // import G
            let text = "import H"
            let important = reimport
            """)
        #expect(source.imports == ["A", "B", "C", "D", "E"])
        #expect(source.target == "X")
    }

    @Test("The sources are found")
    func found() throws {
        let paths = try SourceText.all().map(\.path)
        #expect(paths.contains("Sources/Domain/Access/Decision.swift"))
        #expect(paths.count > 100)
    }
}
