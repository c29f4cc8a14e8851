// The tokens of forms: what a page carries so that only who was shown it can post it. One session has one secret, and what an
// approval's page carries is derived from it, so that the page of one approval decides no other.

import Crypto
public import Domain

extension SignedIn {
    /// HMAC-SHA256 (RFC 2104) under the session's token, as base64url without padding.
    public func formToken(of approval: ApprovalID) -> String {
        let key = SymmetricKey(data: Array(formToken.utf8))
        // The word keeps other derivations, should there be any, apart from this one.
        let code = HMAC<SHA256>.authenticationCode(for: Array("approval \(approval.text)".utf8), using: key)
        return Base64.urlEncode(Array(code))
    }
}
