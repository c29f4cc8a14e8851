// The four ways to sign that this house accepts (RFC 7518 §3.1; FAPI 2.0 §5.4.1; SMART asks for RS384 and ES384). What
// is not listed does not exist: no `none`, no shared secrets, no RS256.

enum SignatureAlgorithm: String, CaseIterable, Sendable, Hashable {
    case es256 = "ES256"
    case es384 = "ES384"
    case rs384 = "RS384"
    case ps256 = "PS256"

    /// As metadata documents list them.
    static var names: [String] { allCases.map(\.rawValue) }
}
