// What a deployment tells the web surface.

/// Public so that the executable can fill it from the deployment's settings.
public struct WebSettings: Sendable, Equatable {
    /// Without a trailing slash, e.g. `https://licet.example`.
    public var publicURL: String
    /// Cookies go over TLS only, and browsers are told to come by TLS only.
    public var secureCookies: Bool
    /// Addresses or CIDR blocks of proxies whose X-Forwarded headers are believed.
    public var trustedProxies: [String]
    /// Opens /metrics from elsewhere than this machine; nil keeps it closed.
    public var metricsToken: String?
    /// Bytes of one imported file.
    public var uploadLimit: Int64
    /// Where an uploaded file waits, without a name, until it is read.
    public var scratchDirectory: String

    public init(
        publicURL: String, secureCookies: Bool, trustedProxies: [String] = [], metricsToken: String? = nil,
        uploadLimit: Int64 = 8 << 30, scratchDirectory: String
    ) {
        self.publicURL = publicURL
        self.secureCookies = secureCookies
        self.trustedProxies = trustedProxies
        self.metricsToken = metricsToken
        self.uploadLimit = uploadLimit
        self.scratchDirectory = scratchDirectory
    }
}

/// A setting or a resource with which the surface cannot be built.
public enum WebFault: Error, Sendable, Equatable {
    /// Not an `http` or `https` URL.
    case publicURL(String)
    /// Not an address or a CIDR block.
    case trustedProxy(String)
    /// A page's template does not parse.
    case template(String)
    /// A route's handler takes other callers than the table says.
    case route(RouteName)
}
