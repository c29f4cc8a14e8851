// What a 401 or a 403 says about the credentials that a surface would take (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1).

import Domain
import Gateway

enum Challenge {
    /// The surface takes no credential.
    case none
    /// It takes a person's session; whether one was presented makes the difference (RFC 6750 §3.1).
    case session(presented: Bool)
    /// It takes an access token. `isBound` when a DPoP token or a proof was presented.
    case token(presented: Bool, isBound: Bool, metadataURL: String)

    func field(for problem: Problem) -> String? {
        switch self {
        case .none:
            return problem.status == 401 ? "Bearer" : nil
        case .session(let presented):
            guard let error = Self.error(of: problem) else { return problem.status == 401 ? "Bearer" : nil }
            return presented || problem.status == 403 ? "Bearer error=\"\(error)\"" : "Bearer"
        case .token(let presented, let isBound, let metadataURL):
            let isAboutProof = problem == .invalidDPoPProof || problem == .useDPoPNonce
            guard isAboutProof || problem.status == 401 || Self.error(of: problem) != nil else { return nil }
            var words: [String] = []
            if let error = Self.error(of: problem), presented || problem.status == 403 {
                words.append("error=\"\(error)\"")
            }
            words.append("resource_metadata=\"\(metadataURL)\"")
            guard isBound || isAboutProof else { return "Bearer " + words.joined(separator: ", ") }
            words.append("algs=\"\(ClientCredentials.signingAlgorithms.joined(separator: " "))\"")
            return "DPoP " + words.joined(separator: ", ")
        }
    }

    private static func error(of problem: Problem) -> String? {
        switch problem {
        case .tokenExpired, .notAuthenticated, .consentRequired, .accessDenied, .invalidDPoPProof, .useDPoPNonce:
            problem.oauthError
        default: nil
        }
    }
}
