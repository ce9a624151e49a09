/// Mends JSON that servers write by hand: control characters within strings, and escapes that there are not.
///
/// See: RFC 8259 §7
enum JSONText {
    /// The text with such characters as escapes, and each backslash that begins no escape as one of the string; nil
    /// when there is nothing to mend.
    static func repaired(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(where: { $0 < 0x20 || $0 == backslash }) else { return nil }
        var mended: [UInt8] = [], isMended = false, isInString = false, place = text.startIndex
        mended.reserveCapacity(text.count + 16)
        while place < text.endIndex {
            let byte = text[place]
            if isInString, byte == backslash {
                let length = escapeLength(text, at: place)
                if length > 0 {
                    mended += text[place..<(place + length)]
                    place += length
                    continue
                }
                isMended = true
                // An apostrophe needs no escape, and means itself.
                if place + 1 >= text.endIndex || text[place + 1] != UInt8(ascii: "'") {
                    mended += [backslash, backslash]
                }
            } else if isInString, byte < 0x20 {
                isMended = true
                mended += Array("\\u00\(byte < 16 ? "0" : "1")\(String(byte & 15, radix: 16))".utf8)
            } else {
                if byte == UInt8(ascii: "\"") { isInString.toggle() }
                mended.append(byte)
            }
            place += 1
        }
        return isMended ? mended : nil
    }

    private static let backslash = UInt8(ascii: "\\")

    /// How many bytes an escape has; 0 when there is none.
    private static func escapeLength(_ text: ArraySlice<UInt8>, at place: Int) -> Int {
        let rest = text[place...].dropFirst()
        guard let sign = rest.first else { return 0 }
        if sign == UInt8(ascii: "u") {
            let digits = rest.dropFirst().prefix(4)
            return digits.count == 4 && digits.allSatisfy(isHexDigit) ? 6 : 0
        }
        return "\"\\/bfnrt".utf8.contains(sign) ? 2 : 0
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }
}
