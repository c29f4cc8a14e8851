// A page's own promises, read off its HTML: no script, no inline style, every id once, and whatever points to an id finds it.

import Testing

enum PageSoundness {
    /// What is wrong with the page, in words; empty when nothing is.
    static func faults(_ html: String) -> [String] {
        var faults: [String] = []
        let tags = Self.tags(html)
        let ids = tags.compactMap { $0.attributes["id"] }
        let known = Set(ids)
        if known.count != ids.count { faults.append("an id is there twice: \(ids.sorted())") }
        for tag in tags {
            if tag.name == "script" { faults.append("there is a script") }
            if tag.attributes["style"] != nil { faults.append("there is a style on <\(tag.name)>") }
            for handler in tag.attributes.keys where handler.hasPrefix("on") { faults.append("there is an \(handler)") }
            for name in ["for", "aria-describedby", "aria-labelledby"] {
                for id in (tag.attributes[name] ?? "").split(separator: " ") where !known.contains(String(id)) {
                    faults.append("\(name) leads nowhere: \(id)")
                }
            }
            if let href = tag.attributes["href"], href.hasPrefix("#"), !known.contains(String(href.dropFirst())) {
                faults.append("a link leads nowhere: \(href)")
            }
        }
        let labelled = Set(tags.filter { $0.name == "label" }.compactMap { $0.attributes["for"] })
        for tag in tags where tag.name == "input" || tag.name == "select" {
            if tag.attributes["type"] == "hidden" { continue }
            if !labelled.contains(tag.attributes["id"] ?? "") {
                faults.append("an input has no label: \(tag.attributes)")
            }
        }
        for tag in tags where tag.name == "form" && tag.attributes["method"] == "post" {
            if tag.attributes["action"] == nil { faults.append("a form leads nowhere") }
        }
        return faults
    }

    private struct Tag {
        let name: String
        let attributes: [String: String]
    }

    private static func tags(_ html: String) -> [Tag] {
        html.split(separator: "<", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            guard let inside = piece.split(separator: ">", omittingEmptySubsequences: false).first else { return nil }
            let name = inside.prefix { $0.isLetter || $0.isNumber }
            guard !name.isEmpty else { return nil }
            var attributes: [String: String] = [:]
            var rest = inside.dropFirst(name.count)
            while true {
                rest = rest.drop { $0.isWhitespace || $0 == "/" }
                let key = rest.prefix { $0 != "=" && !$0.isWhitespace && $0 != "/" }
                guard !key.isEmpty else { break }
                rest = rest.dropFirst(key.count)
                var value = ""
                if rest.first == "=", rest.dropFirst().first == "\"" {
                    let quoted = rest.dropFirst(2).prefix { $0 != "\"" }
                    value = String(quoted)
                    rest = rest.dropFirst(3 + quoted.count)
                }
                attributes[String(key)] = value
            }
            return Tag(name: String(name), attributes: attributes)
        }
    }
}

@Suite("The reader of pages")
struct PageSoundnessTests {
    @Test("it finds what it is there to find")
    func findsFaults() {
        #expect(PageSoundness.faults(##"<p id="a">x</p><a href="#a">y</a>"##).isEmpty)
        #expect(PageSoundness.faults(#"<p id="a"></p><p id="a"></p>"#).count == 1)
        #expect(PageSoundness.faults(##"<a href="#b">y</a>"##).count == 1)
        #expect(PageSoundness.faults(#"<p style="color: red" onclick="x">y</p><script>z</script>"#).count == 3)
        #expect(PageSoundness.faults(#"<input id="a" type="text">"#).count == 1)
        #expect(PageSoundness.faults(#"<label for="a">b</label><input id="a" aria-describedby="c">"#).count == 1)
    }
}
