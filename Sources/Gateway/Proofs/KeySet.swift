// The keys of a client, read from a JWK Set (RFC 7517 §5). Which key a token means is decided here, by its name and its
// kind, and never by trying one after the other.

struct KeySet: Sendable, Equatable {
    let keys: [PublicKey]

    private static let most = 20

    /// What is wrong with a set, in words for the developer who registers it. No value of it is repeated.
    enum Fault: Error, Sendable, Equatable {
        case json(JSONFault)
        case shape, count, unnamed, namedTwice
        /// The key's place in the set, from 1.
        case key(Int, PublicKey.Fault)

        var sentence: String {
            switch self {
            case .json(let fault): "the key set is not JSON: \(fault.reason) at byte \(fault.offset)"
            case .shape: "the key set must be an object with a list \"keys\""
            case .count: "the key set must have 1 to \(KeySet.most) keys"
            case .unnamed: "every key needs a \"kid\" when there is more than one"
            case .namedTwice: "a \"kid\" is used twice"
            case .key(let place, let fault): "key \(place): \(fault.sentence)"
            }
        }
    }

    /// For a set that is registered: every key must be one that we can use.
    static func parse(_ json: String) throws(Fault) -> KeySet {
        try KeySet(readKeys(Array(json.utf8), passingOverOthers: false))
    }

    /// For a set that a client publishes for others too: keys of other kinds and uses are passed over (RFC 7517 §5).
    static func parseFetched(_ json: [UInt8]) throws(Fault) -> KeySet {
        try KeySet(readKeys(json, passingOverOthers: true))
    }

    private init(_ keys: [PublicKey]) throws(Fault) {
        guard (1...Self.most).contains(keys.count) else { throw .count }
        let names = keys.compactMap(\.kid)
        guard Set(names).count == names.count else { throw .namedTwice }
        guard keys.count == 1 || names.count == keys.count else { throw .unnamed }
        self.keys = keys
    }

    private static func readKeys(_ json: [UInt8], passingOverOthers: Bool) throws(Fault) -> [PublicKey] {
        let value: JSONValue
        do throws(JSONFault) { value = try JSONParser.parse(json) } catch { throw .json(error) }
        guard case .array(let list) = value["keys"] else { throw .shape }
        guard (1...most).contains(list.count) else { throw .count }
        var keys: [PublicKey] = []
        for (place, jwk) in list.enumerated() {
            do throws(PublicKey.Fault) {
                keys.append(try PublicKey(jwk: jwk))
            } catch {
                guard passingOverOthers, error.isOfAnotherUse else { throw .key(place + 1, error) }
            }
        }
        return keys
    }

    /// The key of that name if it can do what the header says; without a name the only one that can.
    func key(for header: SignedToken.Header) -> PublicKey? {
        let fitting = keys.filter { $0.fits(header.algorithm) }
        guard let kid = header.kid else { return fitting.count == 1 ? fitting.first : nil }
        return fitting.first { $0.kid == kid }
    }

    /// True also when no name is asked for: fetching again would tell nothing new.
    func names(_ kid: String?) -> Bool {
        kid.map { kid in keys.contains { $0.kid == kid } } ?? true
    }
}

extension PublicKey.Fault {
    var sentence: String {
        switch self {
        case .notAnObject: "it must be an object"
        case .isPrivate: "it has private members; publish only the public key, and replace this one"
        case .kind: "\"kty\" must be EC or RSA"
        case .curve: "\"crv\" must be P-256 or P-384"
        case .coordinates: "\"x\" and \"y\" must be a point of the curve, each in base64url at full length"
        case .modulus: "\"n\" must be a modulus of 2048 to 8192 bits in base64url, without leading zeros"
        case .exponent: "\"e\" must be an odd number above 1, of at most 32 bits, in base64url without leading zeros"
        case .notForSignatures: "\"use\" must be sig, and \"key_ops\" must have verify, where they are given"
        case .algorithm: "\"alg\" must be one of \(SignatureAlgorithm.names.joined(separator: ", ")) and fit the key"
        case .kid: "\"kid\" must be a text of 1 to 256 bytes"
        }
    }
}
