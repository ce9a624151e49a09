import Services

/// The address of something that secrets are sent to or instructions come from: https, or http on this machine; no
/// account, no fragment, and no sign that RFC 3986 does not have, so that it is one word wherever it is shown.
///
/// See: MCP 2026-07-28, Authorization Security Considerations, Communication Security
struct SecureURL: Hashable {
    /// The address as it was written.
    let text: String
    /// Scheme and authority in small letters, without the port that the scheme has anyhow.
    let origin: String
    /// What stands behind the authority, up to the query: empty, or a slash and more.
    let path: String
    /// What stands behind the question mark; nil when there is none.
    let query: String?
    let isLoopback: Bool

    /// - Parameter allowsLoopback: Whether addresses on this machine are taken. A server elsewhere must not make
    ///   Egghead speak to what listens here.
    init?(_ text: String, allowsLoopback: Bool) {
        guard text.utf8.count <= MCPLimits.authorizationURLBytesMax, text.utf8.allSatisfy(Self.isTaken),
            let authority = URLAuthority(text), authority.account == nil, !authority.host.isEmpty,
            authority.rest.isEmpty || authority.rest == ":" || authority.port != nil,
            let end = text.firstRange(of: "://")
        else { return nil }
        let scheme = text[..<end.lowerBound].lowercased()
        isLoopback = authority.isThisMachine
        guard scheme == "https" || scheme == "http" && isLoopback, allowsLoopback || !isLoopback else { return nil }
        let port = authority.port.flatMap { $0 == (scheme == "https" ? 443 : 80) ? nil : $0 }
        origin = "\(scheme)://\(authority.bracketedHost.lowercased())\(port.map { ":\($0)" } ?? "")"
        let behind = text[end.upperBound...].drop { $0 != "/" && $0 != "?" }
        let question = behind.firstIndex(of: "?")
        path = String(behind[..<(question ?? behind.endIndex)])
        query = question.map { String(behind[behind.index(after: $0)...]) }
        self.text = text
    }

    /// The canonical URI: the origin and the path, without a slash that alone is none.
    ///
    /// A query is left out, as RFC 8707 §2 recommends: it may hold a key.
    var resource: String { origin + (path == "/" ? "" : path) }

    /// Whether what this address names contains what the other one does: the same origin, and a path that leads to it.
    func contains(_ other: SecureURL) -> Bool {
        guard origin == other.origin else { return false }
        let own = path.hasSuffix("/") ? String(path.dropLast()) : path
        return own.isEmpty || other.path == own || other.path.isBelow(own)
    }

    /// A well-known address of this one: the suffix stands between the origin and the path.
    ///
    /// See: RFC 8414 §3.1, RFC 9728 §3.1
    func wellKnown(_ suffix: String) -> String { "\(origin)/.well-known/\(suffix)\(pathWithoutLastSlash)" }

    /// The path without a slash at its end.
    var pathWithoutLastSlash: String { path.hasSuffix("/") ? String(path.dropLast()) : path }

    /// The signs of a URL, `#` not among them.
    ///
    /// See: RFC 3986 §2
    private static func isTaken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case _: "-._~:/?[]@!$&'()*+,;=%".utf8.contains(byte)
        }
    }
}
