/// FNV-1a with 64 bits: revisions of files and launch digests of agents.
///
/// It tells texts apart that people and programs write; it is no defence against somebody who looks for two texts with
/// the same digest, and need not be: whoever may write a record gains nothing from a revision that stays the same.
///
/// See: draft-eastlake-fnv, FNV-1a
public struct Digest: Hashable, Sendable {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The digest of nothing.
    public init() {}

    /// The digest of bytes; a file's is its revision.
    public init(of bytes: some Sequence<UInt8>) { add(bytes) }

    /// A digest that was written as `hexadecimal` says.
    ///
    /// - Returns: Nil when the text is none.
    public init?(hexadecimal: some StringProtocol) {
        guard hexadecimal.utf8.count == 16, let value = UInt64(hexadecimal, radix: 16) else { return nil }
        state = value
    }

    /// Takes in bytes.
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        let whole: Void? = bytes.withContiguousStorageIfAvailable { (buffer: UnsafeBufferPointer<UInt8>) in
            for byte in buffer { add(byte) }
        }
        if whole == nil { for byte in bytes { add(byte) } }
    }

    private mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    /// Takes in one field; fields are kept apart by a byte that UTF-8 never holds, and nil is not the empty string.
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
