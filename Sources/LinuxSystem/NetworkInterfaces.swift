import Glibc

/// The network interfaces of this machine.
///
/// See: getifaddrs(3)
public enum NetworkInterfaces {
    /// The addresses of all interfaces: four or sixteen bytes, and how many bits of them are the network's.
    public static func addresses() -> [(address: [UInt8], prefixLength: Int)] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        return sequence(first: first, next: { $0?.pointee.ifa_next }).prefix { $0 != nil }.compactMap { entry in
            guard let entry, let address = bytes(of: entry.pointee.ifa_addr),
                let mask = bytes(of: entry.pointee.ifa_netmask)
            else { return nil }
            return (address, mask.reduce(0) { $0 + $1.nonzeroBitCount })
        }
    }

    private static func bytes(of address: UnsafeMutablePointer<sockaddr>?) -> [UInt8]? {
        guard let address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch CInt(address.pointee.sa_family) {
        case AF_INET: return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
        case AF_INET6: return withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
        case _: return nil
        }
    }
}
