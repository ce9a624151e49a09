/// A line that is whole or known not to be: the CRC-32C of its text as eight lower-case hexadecimal digits, a space,
/// the text, which holds no line feed, and a line feed.
public enum CheckedLine {
    /// How many bytes stand before the text.
    public static let prefixBytes = checksumBytes + 1

    private static let checksumBytes = 8
    private static let space = UInt8(ascii: " ")
    static let lineFeed = UInt8(ascii: "\n")

    /// The line of a text.
    public static func line(of text: [UInt8]) -> [UInt8] {
        CRC32C.hexadecimal(CRC32C.checksum(text)) + [space] + text + [lineFeed]
    }

    /// The text of a line without its line feed; nil when the checksum is wrong.
    public static func text(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count > checksumBytes, line[line.startIndex + checksumBytes] == space else { return nil }
        let text = line.dropFirst(prefixBytes)
        return Array(line.prefix(checksumBytes)) == CRC32C.hexadecimal(CRC32C.checksum(text)) ? text : nil
    }

    /// Whether a line that begins with these bytes can have the form.
    static func canBegin(_ bytes: [UInt8]) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9"), letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        return bytes.prefix(checksumBytes).allSatisfy { digits.contains($0) || letters.contains($0) }
            && (bytes.count <= checksumBytes || bytes[checksumBytes] == space)
    }
}
