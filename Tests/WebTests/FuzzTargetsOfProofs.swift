// The readers of signed tokens, fuzzed from good ones: whatever becomes of them, none is taken but the original.

import Domain

@testable import Gateway

extension FuzzTarget {
    private static let words = [
        "eyJ", ".", "..", "fQ", "e30", "bnVsbA", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJIUzI1NiJ9", "\"alg\":", "\"jwk\":",
        "W10",
    ]

    /// Made once with a library that is not ours.
    private static let goodProof = [
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwiY3J2IjoiUC0yNTYiLCJ4Ijoid3BYcmpxSVFMYTdWbTA4OFdLY1p",
        "KR3BzcUZnQkppMzlPeUlObXJ4MkxHZyIsInkiOiJ4RE9WTGJIOXlKeGxIRGtOUFBuUHRkTXRjYXgxQ3FTcXlKRXlRMGNzVzBVIn19",
        ".eyJqdGkiOiJwcm9vZi0xIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vbGljZXQuZXhhbXBsZS9vYXV0aC90b2tlbiIsImlhdCI6MTc2Mzc0MDAwMH0",
        ".iaW8pklaHZ-6bzOT_zDAg_DNq26_uqDZ1UYWU1xbZjf8UkWMNrAej0ZSiIELTRn0mulsl77rNBV41xvOuJaHJw",
    ].joined()
    private static let goodAssertion = [
        "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSJ9",
        ".eyJpc3MiOiJhcHBfMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAiLCJzdWIiOiJhcHBfMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAiLCJhdWQiOiJodHRw",
        "czovL2xpY2V0LmV4YW1wbGUiLCJqdGkiOiJhLTEiLCJpYXQiOjE3NjM3NDAwMDAsImV4cCI6MTc2Mzc0MDA2MH0",
        ".o1bkGNT2q4tOZHDKwMr3qkRCCB0FeRP0AlTFl5JYODjoCwuv0HhyHe4wmlUJtqRb0ABCpI6I4BL2qZv2I-1Oaw",
    ].joined()
    private static let goodKeys = """
        {"keys":[{"kty":"EC","crv":"P-256","x":"wpXrjqIQLa7Vm088WKcZJGpsqFgBJi39OyINmrx2LGg",\
        "y":"xDOVLbH9yJxlHDkNPPnPtdMtcax1CqSqyJEyQ0csW0U","kid":"one"}]}
        """
    private static let issued = Moment(seconds: 1_763_740_000)

    static let signedToken = text("signed tokens", [goodProof, goodAssertion, "e30.e30."], words) { text in
        guard let token = try? SignedToken.parse(text) else { return .refused }
        let isSound =
            token.claims.members != nil && (token.jti?.utf8.count ?? 1) <= 256
            && text.hasPrefix(String(decoding: token.signingInput, as: UTF8.self))
        for name in ["exp", "iat", "nbf"] { _ = token.date(name) }
        return .read(isSound && (token.type.map { $0 == $0.lowercased() } ?? true), "a token that is not sound")
    }

    static let clientAssertion = text("client assertions", [goodAssertion, goodProof], words) { text in
        guard let assertion = try? ClientAssertion(text) else { return .refused }
        _ = (assertion.claimedClient, assertion.kid, ClientCredentials(assertion: text))
        guard let keys = try? KeySet.parse(goodKeys),
            let application = ApplicationID("app_" + String(repeating: "0", count: 26))
        else { return .broken("the test's own keys cannot be read") }
        let accepted = try? await assertion.check(
            for: application, issuer: "https://licet.example", keys: keys, at: issued)
        return .read((accepted != nil) == (text == goodAssertion), "taken although it is not the original")
    }

    static let proof = text("DPoP proofs", [goodProof, goodAssertion], words) { text in
        do throws(DPoPProof.Fault) {
            _ = try await DPoPProof.check(
                text, method: "POST", url: "https://licet.example/oauth/token", accessToken: nil,
                nonceKey: [UInt8](repeating: 7, count: 32), at: issued)
            return .broken("taken without a nonce")
        } catch .useNonce {
            return .read(text == goodProof, "right although it is not the original")
        } catch {
            return .refused
        }
    }

    static let keySet = text(
        "key sets", [goodKeys], ["\"kty\":\"RSA\"", "\"crv\":\"P-384\"", "\"kid\":", "\"d\":", "AQAB", "},{"]
    ) {
        text in
        let set = try? KeySet.parse(text)
        let fetched = try? KeySet.parseFetched(Array(text.utf8))
        guard let set else { return fetched == nil ? .refused : .read }
        return .read(
            set == fetched && (1...20).contains(set.keys.count)
                && set.keys.allSatisfy { $0.thumbprint.utf8.count == 43 }, "a key set that cannot be used")
    }
}
