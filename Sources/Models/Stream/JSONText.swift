/// Mends JSON that servers write by hand: control characters within strings, escapes that there are not, and numbers
/// that JSON has none for.
///
/// See: RFC 8259 §7
enum JSONText {
    /// The text with such characters as escapes, each backslash that begins no escape as one of the string, and `null`
    /// for such numbers; nil when there is nothing to mend.
    static func repaired(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.contains(where: { $0 < 0x20 || $0 == backslash || "NI".utf8.contains($0) }) else { return nil }
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
            } else if !isInString, let number = unknownNumber(text[place...]) {
                isMended = true
                mended += Array("null".utf8)
                place += number.utf8.count
                continue
            } else {
                if byte == UInt8(ascii: "\"") { isInString.toggle() }
                mended.append(byte)
            }
            place += 1
        }
        return isMended ? mended : nil
    }

    /// The objects of a text in which one follows the other, as the events of a server do that leaves out the empty
    /// lines between them, and the words between them that are no objects, such as `[DONE]`. The last one may not be
    /// whole.
    ///
    /// - Returns: Nil if the text does not begin with an object, or is one.
    static func objects(of text: [UInt8]) -> [ArraySlice<UInt8>]? {
        var objects: [ArraySlice<UInt8>] = [], rest = text[...].blankTrimmed
        guard rest.first == UInt8(ascii: "{") else { return nil }
        while let first = rest.first {
            let end =
                first == UInt8(ascii: "{") ? end(ofValueIn: rest) : rest.firstIndex(of: UInt8(ascii: "\n"))
            objects.append(rest[..<(end ?? rest.endIndex)].blankTrimmed)
            rest = rest[(end ?? rest.endIndex)...].blankTrimmed
        }
        return objects.count > 1 ? objects : nil
    }

    /// Whether a text ends within an object or a list.
    static func isCutOff(_ text: [UInt8]) -> Bool {
        var rest = text[...].blankTrimmed
        while let first = rest.first, "{[".utf8.contains(first) {
            guard let end = end(ofValueIn: rest) else { return true }
            rest = rest[end...].blankTrimmed
        }
        return false
    }

    /// Where the object or the list ends that a text begins with; nil if the text ends before it.
    private static func end(ofValueIn text: ArraySlice<UInt8>) -> Int? {
        var depth = 0, isInString = false, isEscaped = false
        for (place, byte) in zip(text.indices, text) {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString {
                isEscaped = byte == backslash
            } else if "{[".utf8.contains(byte) {
                depth += 1
            } else if "}]".utf8.contains(byte) {
                depth -= 1
                if depth == 0 { return place + 1 }
            }
        }
        return nil
    }

    private static let backslash = UInt8(ascii: "\\")

    /// A word for a number that JSON has none for, which some libraries write all the same.
    private static func unknownNumber(_ text: ArraySlice<UInt8>) -> String? {
        guard let first = text.first, "NI-".utf8.contains(first) else { return nil }
        return ["NaN", "Infinity", "-Infinity"].first { text.starts(with: $0.utf8) }
    }

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
