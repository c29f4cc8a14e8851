// Whether a form was posted from our own pages. The browser says so in headers that no page can write.

import Domain
import Gateway
import HTTPTypes

enum SameOrigin {
    /// Refuses what a browser says comes from elsewhere. A client that says nothing is no browser that could be tricked.
    /// Sec-Fetch-Site counts first: it is right behind any proxy and under any name of this host.
    static func check(_ headers: HTTPFields, publicOrigin: String) throws(Declined) {
        if let site = headers[.secFetchSite] {
            guard site == "same-origin" || site == "none" else { throw tampered }
            return
        }
        guard let origin = headers[.origin] else { return }
        guard origin == publicOrigin else { throw tampered }
    }

    /// Refuses a form that does not carry this token, once: the session's, or on the page of an approval that approval's.
    static func check(_ form: Form, token: String) throws(Declined) {
        guard form.texts("form_token").count == 1, isSameSecret(form.text("form_token"), token) else {
            throw tampered
        }
    }

    static let tampered = Declined(.formTampered, "Go back, reload the page and try again.")

    /// `https://host:port` of a URL, as browsers write an origin; nil when it has none.
    static func origin(of url: String) -> String? {
        guard let colon = url.firstIndex(of: ":") else { return nil }
        let scheme = url[..<colon].lowercased()
        let rest = url[url.index(after: colon)...]
        guard scheme == "http" || scheme == "https", rest.hasPrefix("//") else { return nil }
        var host = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
        let standardPort = scheme == "https" ? ":443" : ":80"
        if host.hasSuffix(standardPort) { host.removeLast(standardPort.count) }
        guard !host.isEmpty, !host.contains("@") else { return nil }
        return "\(scheme)://\(host)"
    }
}
