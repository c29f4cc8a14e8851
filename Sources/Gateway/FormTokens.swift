// The tokens of forms: what a page carries so that only who was shown it can post it. What an approval's page carries is made
// from the session's token, which no page shows, so that whoever has read one page can make the token of no other.

import Crypto
public import Domain

extension SignedIn {
    /// HMAC-SHA256 (RFC 2104) under a key of the session's, as base64url without padding.
    public func formToken(of approval: ApprovalID) -> String {
        let key = SymmetricKey(data: approvalKey)
        // The word keeps other derivations, should there be any, apart from this one.
        let code = HMAC<SHA256>.authenticationCode(for: Array("approval \(approval.text)".utf8), using: key)
        return Base64.urlEncode(Array(code))
    }
}
