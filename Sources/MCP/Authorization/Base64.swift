/// Bytes as letters, four for three.
///
/// See: RFC 4648 §4, §5
enum Base64 {
    /// As passwords in headers have it, with `=` at the end.
    static func encode(_ bytes: some Collection<UInt8>) -> String {
        let text = letters(bytes, Array("+/".utf8))
        return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    }

    /// As URLs have it: without `=`, and with signs that no URL escapes.
    static func encodeForURL(_ bytes: some Collection<UInt8>) -> String { letters(bytes, Array("-_".utf8)) }

    private static func letters(_ bytes: some Collection<UInt8>, _ last: [UInt8]) -> String {
        let alphabet = alphanumerics + last
        var text: [UInt8] = [], bits: UInt32 = 0, count: UInt32 = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> count & 63)])
            }
        }
        if count > 0 { text.append(alphabet[Int(bits << (6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    private static let alphanumerics = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
}
