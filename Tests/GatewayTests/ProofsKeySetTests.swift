// Which keys a client may register, what is said of those it may not, and that a key has one name only.

import Domain
import TestKit
import Testing

@testable import Gateway

@Suite("Key sets")
struct ProofsKeySetTests {
    /// A set of the first key with its members changed.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fault: PublicKey.Fault
        let key: ProofKey
        let change: @Sendable (inout RawObject) -> Void

        init(
            _ name: String, _ fault: PublicKey.Fault, _ key: Result<ProofKey, any Error> = ProofKey.first,
            _ change: @escaping @Sendable (inout RawObject) -> Void
        ) throws {
            testDescription = name
            self.fault = fault
            self.key = try key.get()
            self.change = change
        }
    }

    static let bad: [Row] =
        (try? [
            Row("a private key of a curve", .isPrivate) { $0["d"] = #""AQ""# },
            Row("a private RSA key", .isPrivate, ProofKey.numbers) { $0["p"] = #""AQ""# },
            Row("the rest of a private RSA key", .isPrivate, ProofKey.numbers) { $0["dq"] = #""AQ""# },
            Row("a private member that is null", .isPrivate) { $0["d"] = "null" },
            Row("a private key of no known kind", .isPrivate) {
                $0["kty"] = #""OKP""#
                $0["d"] = #""AQ""#
            },
            Row("a shared secret", .isPrivate) { $0 = RawObject([("kty", #""oct""#), ("k", #""AQ""#)]) },
            Row("Ed25519", .kind) { $0["kty"] = #""OKP""# },
            Row("no kty", .kind) { $0["kty"] = nil },
            Row("P-521", .curve) { $0["crv"] = #""P-521""# },
            Row("secp256k1", .curve) { $0["crv"] = #""secp256k1""# },
            Row("no crv", .curve) { $0["crv"] = nil },
            Row("the numbers of one curve on another", .coordinates) { $0["crv"] = #""P-384""# },
            Row("no y", .coordinates) { $0["y"] = nil },
            Row("a point off the curve", .coordinates) { $0["y"] = $0["x"] },
            Row("the point at nowhere", .coordinates) {
                $0["x"] = "\"\(Base64.urlEncode([UInt8](repeating: 0, count: 32)))\""
                $0["y"] = $0["x"]
            },
            Row("a coordinate with padding", .coordinates) { $0["x"] = $0["x"].map { $0.dropLast() + "=\"" } },
            Row("a coordinate with a zero in front", .coordinates) {
                $0["x"] = "\"\(Base64.urlEncode([UInt8](repeating: 0, count: 33)))\""
            },
            Row("a modulus of 1024 bits", .modulus, ProofKey.numbers) {
                $0["n"] = "\"\(Base64.urlEncode([UInt8](repeating: 0xff, count: 128)))\""
            },
            Row("a modulus of 2047 bits", .modulus, ProofKey.numbers) {
                $0["n"] = "\"\(Base64.urlEncode([0x7f] + [UInt8](repeating: 0xff, count: 255)))\""
            },
            Row("a modulus of 8200 bits", .modulus, ProofKey.numbers) {
                $0["n"] = "\"\(Base64.urlEncode([UInt8](repeating: 0xff, count: 1_025)))\""
            },
            Row("a modulus with a zero in front", .modulus, ProofKey.numbers) {
                $0["n"] = "\"\(Base64.urlEncode([0] + [UInt8](repeating: 0xff, count: 256)))\""
            },
            Row("an even modulus", .modulus, ProofKey.numbers) {
                $0["n"] = "\"\(Base64.urlEncode([UInt8](repeating: 0xfe, count: 256)))\""
            },
            Row("no modulus", .modulus, ProofKey.numbers) { $0["n"] = nil },
            Row("an exponent of one", .exponent, ProofKey.numbers) { $0["e"] = #""AQ""# },
            Row("an even exponent", .exponent, ProofKey.numbers) { $0["e"] = #""AQAA""# },
            Row("an exponent of 40 bits", .exponent, ProofKey.numbers) { $0["e"] = #""AQAAAAE""# },
            Row("no exponent", .exponent, ProofKey.numbers) { $0["e"] = nil },
            Row("use enc", .notForSignatures) { $0["use"] = #""enc""# },
            Row("key_ops without verify", .notForSignatures) { $0["key_ops"] = #"["encrypt"]"# },
            Row("alg RS256", .algorithm, ProofKey.numbers) { $0["alg"] = #""RS256""# },
            Row("alg of another kind of key", .algorithm) { $0["alg"] = #""PS256""# },
            Row("a kid that is a number", .kid) { $0["kid"] = "1" },
            Row("an empty kid", .kid) { $0["kid"] = #""""# },
        ]) ?? []

    @Test("The rows are there") func rows() { #expect(bad.count == 33) }

    private var bad: [Row] { Self.bad }

    @Test("A key that we cannot use is named by its place, without its values", arguments: bad)
    func refused(row: Row) throws {
        var members = try row.key.members()
        row.change(&members)
        let json = #"{"keys":[\#(members.json)]}"#
        #expect(throws: KeySet.Fault.key(1, row.fault)) { try KeySet.parse(json) }
        let sentence = KeySet.Fault.key(1, row.fault).sentence
        #expect(sentence.hasPrefix("key 1: "))
    }

    @Test("Every fault of a key has a sentence of its own")
    func sentences() {
        #expect(Set(PublicKey.Fault.allCases.map(\.sentence)).count == PublicKey.Fault.allCases.count)
    }

    @Test("A set of keys of every kind is read, with use, key_ops and alg as they may be")
    func good() throws {
        var one = try ProofKey.first.get().members()
        one["kid"] = #""one""#
        one["use"] = #""sig""#
        one["alg"] = #""ES256""#
        one["x5c"] = #"["ignored"]"#
        var wide = try ProofKey.wide.get().members()
        wide["kid"] = #""wide""#
        wide["key_ops"] = #"["verify"]"#
        var rsa = try ProofKey.numbers.get().members()
        rsa["kid"] = #""rsa""#
        let set = try KeySet.parse(#"{"keys":[\#(one.json),\#(wide.json),\#(rsa.json)],"more":true}"#)
        #expect(set.keys.map(\.kid) == ["one", "wide", "rsa"])
        #expect(set.keys[0].algorithm == .es256)
        #expect(set.names("wide"))
        #expect(set.names(nil))
        #expect(!set.names("two"))
        #expect(SignatureAlgorithm.allCases.map { set.keys[2].fits($0) } == [false, false, true, true])
    }

    @Test("A set is one to twenty keys, each with a name of its own")
    func shape() throws {
        let key = try ProofKey.first.get().members().json
        func named(_ name: String) throws -> String {
            var members = try ProofKey.first.get().members()
            members["kid"] = "\"\(name)\""
            return members.json
        }
        let many = try (1...21).map { try named("\($0)") }
        func set(_ keys: [String]) -> String { #"{"keys":[\#(keys.joined(separator: ","))]}"# }
        #expect(try KeySet.parse(set(Array(many.prefix(20)))).keys.count == 20)
        #expect(throws: KeySet.Fault.count) { try KeySet.parse(set(many)) }
        #expect(throws: KeySet.Fault.count) { try KeySet.parse(set([])) }
        #expect(throws: KeySet.Fault.unnamed) { try KeySet.parse(set([key, try named("a")])) }
        #expect(throws: KeySet.Fault.namedTwice) { try KeySet.parse(set([try named("a"), try named("a")])) }
        #expect(throws: KeySet.Fault.shape) { try KeySet.parse("[\(key)]") }
        #expect(throws: KeySet.Fault.shape) { try KeySet.parse(key) }
        #expect(throws: KeySet.Fault.key(2, .notAnObject)) { try KeySet.parse(set([try named("a"), "7"])) }
        #expect(throws: KeySet.Fault.json(JSONFault(offset: 0, reason: "a value was expected"))) {
            try KeySet.parse("nonsense")
        }
    }

    @Test("Of a published set, keys of other uses are passed over; a private one spoils it")
    func published() throws {
        var good = try ProofKey.first.get().members()
        good["kid"] = #""one""#
        let others = [
            #"{"kty":"OKP","crv":"Ed25519","x":"AQ"}"#, #"{"kty":"RSA","n":"AQ","e":"AQAB","use":"enc"}"#,
        ]
        let rsa = try ProofKey.numbers.get().members().json.dropLast() + #","use":"enc","kid":"enc"}"#
        let set = try KeySet.parseFetched(Array(#"{"keys":[\#(others[0]),\#(rsa),\#(good.json)]}"#.utf8))
        #expect(set.keys.map(\.kid) == ["one"])
        let spoilt = Array(#"{"keys":[\#(good.json),{"kty":"OKP","crv":"Ed25519","x":"AQ","d":"AQ"}]}"#.utf8)
        #expect(throws: KeySet.Fault.key(2, .isPrivate)) { try KeySet.parseFetched(spoilt) }
        #expect(throws: KeySet.Fault.count) { try KeySet.parseFetched(Array(#"{"keys":[\#(others[0])]}"#.utf8)) }
        #expect(throws: KeySet.Fault.key(2, .modulus)) {
            try KeySet.parseFetched(Array(#"{"keys":[\#(good.json),\#(others[1])]}"#.utf8))
        }
    }

    @Test("RFC 7638 §3.1: the key of the example has the thumbprint of the example")
    func thumbprint() throws {
        let json =
            #"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_B"#
            + "JECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
            + "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHa"
            + #"Q-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","kid":"2011-04-29"}"#
        let key = try PublicKey(jwk: try JSONParser.parse(Array(json.utf8)))
        #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test("Base64url has one spelling for the same bytes, and every other is refused")
    func base64() {
        var dice = SeededDice("base64url")
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
            #expect(Base64.urlDecode(Base64.urlEncode(bytes)) == bytes, "\(dice.note)")
        }
        for text in ["A", "AB", "AAB", "AA=", "AA==", "A A", "AA\n", "+/+/", "AAAAA", "Ä", "AA%3D"] {
            #expect(Base64.urlDecode(text) == nil, "\(text)")
        }
        #expect(Base64.urlDecode("") == [])
        #expect(Base64.urlDecode("AA") == [0])
        #expect(Base64.urlDecode("-_-_") == [0xfb, 0xff, 0xbf])
    }

    @Test(
        "An address that is no http URL, or has what no address of ours has, is compared with nothing",
        arguments: [
            "", "licet.example", "ftp://licet.example/", "https:/licet.example", "https://", "https://:443/",
            "https://a b/", "https://licet.example/%6", "https://licet.example/%zz", "https://licet.example/ä",
            "https://licet.example::/", "https://licet.example:443:443/", "https://licet.example:4x/",
            "http://[::1:80/",
        ])
    func noTarget(text: String) {
        #expect(TargetURI(text) == nil)
    }

    @Test(
        "Two spellings of an address are one",
        arguments: [
            ("https://licet.example", "https://LICET.example:443/"), ("http://[::1]:80/a", "http://[::1]/a"),
            ("https://licet.example/a%2fb", "https://licet.example/a%2Fb"),
            ("https://licet.example:/a", "https://licet.example/a?b#c"), ("http://[::80]/a", "http://[::80]:80/a"),
        ])
    func sameTarget(one: String, other: String) throws {
        let first = try #require(TargetURI(one))
        #expect(TargetURI(other) == first)
    }
}
