import Services

/// Which hosts a call may reach: those that a grant takes in for each of some permissions.
public struct HostRules: Hashable, Sendable {
    /// The permissions, all of which are used: whoever sends what nobody can read may do whatever can be done.
    public let permissions: [Permission]
    /// What is granted.
    public let grants: [Grant]

    /// Everything that can be done at a host.
    public static let everything: [Permission] = [.getFromHosts, .postToHosts, .putToHosts, .deleteAtHosts]

    /// Rules.
    public init(permissions: [Permission], grants: [Grant]) {
        (self.permissions, self.grants) = (permissions, grants)
    }

    /// What an authority says of some permissions; nil when it has no host for one of them.
    public init?(_ permissions: [Permission], of authority: Authority) {
        self.init(permissions: permissions, grants: permissions.flatMap { authority.grants(of: $0) })
        guard !places.isEmpty else { return nil }
    }

    /// Whether a place may be reached.
    public func allow(_ address: WebAddress) -> Bool {
        permissions.allSatisfy { permission in
            grants.contains { $0.permission == permission && $0.covers(.host(address.place)) }
        }
    }

    /// Whether a host's address may be reached: one of the internet at large, or one that stands in a grant of each
    /// permission itself. A host's name is not enough, since whoever has the name can turn it to this machine.
    ///
    /// - Parameters:
    ///   - port: The port there; a grant without a port is for 80 and 443.
    ///   - networks: This machine's own, which are not of the internet at large, whatever their addresses are.
    public func allow(_ address: IPAddress, port: Int, outside networks: [IPNetwork] = []) -> Bool {
        if address.isPublic, !networks.contains(where: { $0.contains(address) }) { return true }
        return permissions.allSatisfy { permission in
            hosts(for: permission).contains { host in
                ["http", "https"].contains { scheme in
                    guard let named = try? WebAddress("\(scheme)://\(host)") else { return false }
                    return IPAddress(named.host) == address && named.port == port
                }
            }
        }
    }

    /// The hosts that may be reached, for people: what some grant has and a grant of every permission takes in.
    public var places: [String] {
        Set(permissions.flatMap(hosts)).filter { place in
            permissions.allSatisfy { permission in
                hosts(for: permission).contains { HostPattern($0).takesIn(HostPattern(place)) }
            }
        }.sorted()
    }

    private func hosts(for permission: Permission) -> [String] {
        grants.filter { $0.permission == permission && !$0.isInert }.flatMap { $0.scope[.hosts] ?? [] }
    }
}
