import Services

/// Where a model server on this machine listens, so that eggheadd can ask whether it is ready.
package enum ModelServerAddress: Hashable, Sendable {
    /// A Unix socket, by its absolute path.
    case unix(String)
    /// A port of 127.0.0.0/8 or `::1`.
    case loopback(host: String, port: UInt16)

    /// The address of a provider; nil for one that is elsewhere, or that only TLS can reach.
    package init?(_ provider: ProviderSettings) {
        if let socket = provider.socket {
            self = .unix(socket)
            return
        }
        let scheme = "http://"
        guard provider.url.hasPrefix(scheme) else { return nil }
        let authority = provider.url.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
        let isBracketed = place.first == "["
        let host = isBracketed ? place.dropFirst().prefix { $0 != "]" } : place.prefix { $0 != ":" }
        let port = place[host.endIndex...].drop { $0 == "]" || $0 == ":" }
        guard let port = port.isEmpty ? 80 : UInt16(port) else { return nil }
        switch host.lowercased() {
        case "localhost": self = .loopback(host: "127.0.0.1", port: port)
        case "::1": self = .loopback(host: "::1", port: port)
        case let host where host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." }:
            self = .loopback(host: host, port: port)
        case _: return nil
        }
    }
}
