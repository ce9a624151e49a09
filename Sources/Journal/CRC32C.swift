/// The checksum of a journal line: CRC-32C (Castagnoli), which finds every burst of up to 32 wrong bits.
///
/// See: RFC 3720 appendix B.4
public enum CRC32C {
    /// The remainder of each byte, for the reflected polynomial 0x82F63B78.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
    }

    /// The checksum of some bytes.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 { checksum(bytes[...]) }

    /// The checksum of some bytes.
    public static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.withUnsafeBufferPointer(remainder) }

    /// The checksum of a text's bytes.
    public static func checksum(_ text: String.UTF8View) -> UInt32 { checksum(Array(text)) }

    // No generic function: other modules would call one that is not specialized, at a tenth of the speed.
    private static func remainder(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
        let table = self.table
        return ~bytes.reduce(~0) { value, byte in table[Int((value ^ UInt32(byte)) & 0xFF)] ^ (value >> 8) }
    }

    /// A checksum as eight lower-case hexadecimal digits.
    public static func hexadecimal(_ value: UInt32) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return stride(from: 28, through: 0, by: -4).map { digits[Int((value >> UInt32($0)) & 0xF)] }
    }
}
