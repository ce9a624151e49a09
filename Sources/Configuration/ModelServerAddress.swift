import Services

/// Where a model server on this machine listens, so that eggheadd can ask whether it is ready.
package enum ModelServerAddress: Hashable, Sendable {
    /// A Unix socket, by its absolute path.
    case unix(String)
    /// A port of addresses of 127.0.0.0/8, or of `::1`; a name may mean any of several.
    case loopback(hosts: [String], port: UInt16)

    /// The address of a provider; nil for one that is elsewhere, or that only TLS can reach.
    package init?(_ provider: ProviderSettings) {
        if let socket = provider.socket {
            self = .unix(socket)
            return
        }
        guard provider.url.hasPrefix("http://"), let authority = URLAuthority(provider.url), authority.isThisMachine,
            let port = authority.rest.dropFirst().isEmpty ? 80 : authority.port
        else { return nil }
        switch authority.host {
        case let host where host == "localhost" || host.hasSuffix(".localhost"):
            self = .loopback(hosts: ["127.0.0.1", "::1"], port: port)
        case "::1": self = .loopback(hosts: ["::1"], port: port)
        case let host where Self.isLoopback(host): self = .loopback(hosts: [host], port: port)
        case _: return nil
        }
    }

    /// Whether a text is an address of 127.0.0.0/8 as it is written in full.
    private static func isLoopback(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
    }
}
