// The platform's own door for people whom an application sends for more (A7). From here on it is an authorization like any other.

import Domain
import Gateway
import HTTPTypes
import Hummingbird

extension Server {
    func followShell(_ incoming: Incoming) async throws(Declined) -> Response {
        let asked = try ShellQuery(incoming.request.uri.query ?? "")
        return lead(incoming, to: try await gateway.startShell(asked.request, request: incoming.id))
    }
}
