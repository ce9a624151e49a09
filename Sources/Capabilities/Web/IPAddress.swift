/// An address of the internet, of version 4 or 6.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four bytes, or sixteen.
    public let bytes: [UInt8]

    /// An address of its bytes.
    ///
    /// - Returns: Nil unless there are four or sixteen.
    public init?(bytes: [UInt8]) {
        guard [4, 16].contains(bytes.count) else { return nil }
        self.bytes = bytes
    }

    /// Reads an address in its usual form: four decimal numbers without further zeros, or the hexadecimal groups of
    /// version 6. Other forms of version 4, which some programs read as numbers of other bases or with fewer parts, are
    /// none.
    ///
    /// See: RFC 4291 §2.2, RFC 6943 §3.1.1
    public init?(_ text: String) {
        if let bytes = text.utf8.contains(UInt8(ascii: ":")) ? Self.version6(text) : Self.version4(text) {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    /// `192.0.2.1`, or `2001:db8:0:0:0:0:0:1` without the short form of zeros.
    public var description: String {
        if bytes.count == 4 { return bytes.map { "\($0)" }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }

    /// Whether it is one of the internet at large: not this machine, its network, a test network, a group, or nobody's.
    /// Of an address of version 6 that stands for one of version 4 that one counts.
    ///
    /// See: RFC 6890, the registries of special-purpose addresses
    public var isPublic: Bool {
        if let inner { return inner.isPublic }
        let special = bytes.count == 4 ? Self.special4 : Self.special6
        guard !special.contains(where: { begins(with: $0.prefix, bits: $0.bits) }) else { return false }
        // Of version 6 the internet has the unicast addresses alone.
        return bytes.count == 4 || begins(with: [0x20], bits: 3)
    }

    /// The address of version 4 that one of version 6 stands for: mapped, translated, or tunnelled.
    ///
    /// See: RFC 4291 §2.5.5, RFC 6052 §2.1, RFC 3056 §2
    private var inner: IPAddress? {
        guard bytes.count == 16 else { return nil }
        let zeros = [UInt8](repeating: 0, count: 10)
        if begins(with: zeros + [0xFF, 0xFF], bits: 96) || begins(with: zeros + [0, 0], bits: 96) && bytes[12] != 0
            || begins(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96)
        {
            return IPAddress(bytes: Array(bytes[12...]))
        }
        return begins(with: [0x20, 0x02], bits: 16) ? IPAddress(bytes: Array(bytes[2..<6])) : nil
    }

    fileprivate func begins(with prefix: [UInt8], bits: Int) -> Bool {
        let whole = bits / 8, rest = bits % 8
        guard bytes[..<whole].elementsEqual(prefix[..<whole]) else { return false }
        return rest == 0 || (bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }

    private static let special4: [(prefix: [UInt8], bits: Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 4), ([240], 4),
    ]

    private static let special6: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x01, 0], 23), ([0x3F, 0xFF, 0], 20),
    ]

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part -> UInt8? in
            let isPlain = part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isPlain, part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            return UInt8(String(Substring(part)))
        }
        return parts.count == 4 && numbers.count == 4 ? numbers : nil
    }

    private static func version6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var groups = halves.map { half in
            half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false)
        }
        // The last 32 bits may be written as an address of version 4.
        if let last = groups[groups.count - 1].last, last.contains(".") {
            guard let four = version4(String(last)) else { return nil }
            groups[groups.count - 1].removeLast()
            let pairs = [four[0...1], four[2...3]].map { pair in
                Substring(String(UInt16(pair[pair.startIndex]) << 8 | UInt16(pair[pair.startIndex + 1]), radix: 16))
            }
            groups[groups.count - 1] += pairs
        }
        let numbers = groups.map { group in
            group.compactMap { text -> UInt16? in
                guard (1...4).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                    return nil
                }
                return UInt16(text, radix: 16)
            }
        }
        let count = numbers.reduce(0) { $0 + $1.count }
        guard zip(groups, numbers).allSatisfy({ $0.count == $1.count }), halves.count == 2 ? count < 8 : count == 8
        else {
            return nil
        }
        let middle = [UInt16](repeating: 0, count: 8 - count)
        let all = numbers[0] + middle + (numbers.count > 1 ? numbers[1] : [])
        return all.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }
}

/// The addresses that begin with the same bits.
public struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let bits: Int

    /// A network.
    ///
    /// - Parameter bits: How many bits at the beginning are the same; 1 to 32 or 128.
    /// - Returns: Nil for another number of bits.
    public init?(_ address: IPAddress, bits: Int) {
        guard (1...(8 * address.bytes.count)).contains(bits) else { return nil }
        (self.address, self.bits) = (address, bits)
    }

    /// Whether an address is in it.
    public func contains(_ other: IPAddress) -> Bool {
        other.bytes.count == address.bytes.count && other.begins(with: address.bytes, bits: bits)
    }
}
