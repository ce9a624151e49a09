/// Whom a URL names, as far as it can be told without looking at whether that is allowed:
/// `scheme://user:password@host:port/…`.
///
/// See: RFC 3986 §3.2
public struct URLAuthority: Hashable, Sendable {
    /// The name and the password of an account; nil when there is none.
    public let account: Substring?
    /// The host, an address of IPv6 in its brackets.
    public let bracketedHost: Substring
    /// What stands behind the host: empty, or a colon and a port as a rule.
    public let rest: Substring

    /// The authority of a URL; nil for a text without `://`.
    public init?(_ url: String) {
        guard let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let at = authority.lastIndex(of: "@")
        account = at.map { authority[..<$0] }
        let place = at.map { authority[authority.index(after: $0)...] } ?? authority
        let end = place.first == "[" ? place.firstIndex(of: "]").map(place.index(after:)) : place.firstIndex(of: ":")
        bracketedHost = place[..<(end ?? place.endIndex)]
        rest = place[bracketedHost.endIndex...]
    }

    /// The host in small letters, without brackets.
    public var host: String { bracketedHost.filter { !"[]".contains($0) }.lowercased() }

    /// The port; nil when none is told, or what stands there is none.
    public var port: UInt16? { rest.first == ":" ? UInt16(rest.dropFirst()) : nil }

    /// Whether the host is this machine by its name: `localhost`, one below it, `::1` or an address of 127.0.0.0/8, as
    /// it is written in full or short.
    ///
    /// See: RFC 6761 §6.3
    public var isThisMachine: Bool {
        let isAddress = host.hasPrefix("127.") && host.allSatisfy { $0.isASCII && $0.isNumber || $0 == "." }
        return host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || isAddress
    }
}
