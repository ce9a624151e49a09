/// FNV-1a with 64 bits: revisions of files and launch digests of agents.
///
/// It distinguishes texts that people and programs write. It is no protection against two texts made to have the same
/// digest, and need not be: a writer of records gains nothing from an unchanged revision.
///
/// See: draft-eastlake-fnv, FNV-1a
public struct Digest: Hashable, Sendable {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The digest of no bytes.
    public init() {}

    /// The digest of these bytes; that of a file is its revision.
    public init(of bytes: some Sequence<UInt8>) { add(bytes) }

    /// The digest with these sixteen digits, as in `hexadecimal`.
    ///
    /// - Returns: Nil for any other text.
    public init?(hexadecimal: some StringProtocol) {
        guard hexadecimal.utf8.count == 16, let value = UInt64(hexadecimal, radix: 16) else { return nil }
        state = value
    }

    /// Adds bytes.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        let whole: Void? = bytes.withContiguousStorageIfAvailable { (buffer: UnsafeBufferPointer<UInt8>) in
            for byte in buffer { add(byte) }
        }
        if whole == nil { for byte in bytes { add(byte) } }
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// Adds one field. Fields are separated by a byte that does not occur in UTF-8, and nil differs from the empty
    /// string.
    public mutating func addField(_ text: String?) {
        if let text { add(text.utf8) } else { add(CollectionOfOne(0xfe)) }
        add(CollectionOfOne(0xff))
    }

    /// Sixteen hexadecimal digits.
    public var hexadecimal: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
