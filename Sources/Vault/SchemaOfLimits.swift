// The sixth migration: a token that may do less than its grants give, and a request that left its redirect URI out.

import Domain

extension Schema {
    static let limits = Migration(number: 6, name: "limited tokens, redirect URIs left out") { word in
        [
            // Permissions as they are stored everywhere; null is no limit.
            "ALTER TABLE access_token ADD COLUMN permissions \(raw: word.text)",
            flag("approval", "omits_redirect", word),
            flag("authorization_code", "omits_redirect", word),
        ]
    }
}
