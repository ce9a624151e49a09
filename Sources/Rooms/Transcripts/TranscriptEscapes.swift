/// What of a line cannot stand in a transcript as it is, and how it is written; see `TranscriptText`.
enum TranscriptEscapes {
    private static let open = UInt8(ascii: "["), backslash = UInt8(ascii: "\\")
    /// `␛{`, before the hexadecimal number of a character, which `}` ends.
    private static let mark = Array("\u{241b}{".utf8), close = UInt8(ascii: "}")

    /// Writes a line of words.
    ///
    /// - Parameter isHeading: Whether the line is a field of a heading.
    static func escape(_ line: Substring, isHeading: Bool, to text: inout [UInt8]) {
        let isPlain = line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != open || $0 == 0x09 }
        if isPlain { return text.append(contentsOf: line.utf8) }
        // Whether nothing but backslashes has come since the last `[`.
        var followsBracket = false
        for scalar in line.unicodeScalars {
            if scalar == "[" {
                if followsBracket { text.append(backslash) }
                followsBracket = true
            } else if scalar != "\\" {
                followsBracket = false
            }
            if mustBeEscaped(scalar) || isHeading && scalar == "·" {
                text += mark + String(scalar.value, radix: 16).utf8 + [close]
            } else {
                append(scalar, to: &text)
            }
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout [UInt8]) {
        if scalar.isASCII { return text.append(UInt8(scalar.value)) }
        if let bytes = UTF8.encode(scalar) { text.append(contentsOf: bytes) }
    }

    /// The words of a line; nil when an escape is none.
    static func unescape(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.contains(where: { $0 == open || $0 == mark[0] }) else { return line }
        var words: [UInt8] = [], place = line.startIndex
        words.reserveCapacity(line.count)
        var backslashes: Int?  // since the last `[`, with nothing else between
        while place < line.endIndex {
            let byte = line[place]
            if byte == mark[0], line[place...].starts(with: mark) {
                let digits = line[(place + mark.count)...].prefix { $0 != close }
                guard digits.endIndex < line.endIndex, let scalar = scalar(digits) else { return nil }
                append(scalar, to: &words)
                place = digits.endIndex + 1
                backslashes = nil
                continue
            }
            if byte == open, let count = backslashes, count > 0 { words.removeLast() }
            backslashes = byte == open ? 0 : byte == backslash ? backslashes.map { $0 + 1 } : nil
            words.append(byte)
            place += 1
        }
        return words[...]
    }

    private static func scalar(_ digits: ArraySlice<UInt8>) -> Unicode.Scalar? {
        UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(Unicode.Scalar.init)
    }

    /// The control sets, what Unicode takes for the end of a line, the marks that turn the direction of writing round,
    /// the byte order mark, and the sign of an escape.
    private static func mustBeEscaped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09: false
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0x241B, 0xFEFF: true
        case _: false
        }
    }
}
