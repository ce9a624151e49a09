/// Escapes control characters in text from other sources before it is written to a terminal. A message, a record or the
/// status of a process must not be able to move the cursor, change the title or overwrite the screen.
///
/// See: ECMA-48 §5.2 and §5.3, the control sets C0 and C1
public enum SafeText {
    /// The text in one line. Every control character, including line breaks, is written as `\u{1b}`.
    public static func line(_ text: String) -> String { escaped(text) { !isControl($0) } }

    /// The text with its line breaks and tabs. Every other control character is written as `\u{1b}`.
    public static func block(_ text: String) -> String {
        escaped(text) { $0 == "\n" || $0 == "\t" || !isControl($0) }
    }

    /// A JSON text in which the control characters that JSON permits in strings, such as those of C1, are written as
    /// `\u009b`. They can occur only in strings, so the meaning of the text does not change.
    public static func json(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                let digits = String(scalar.value, radix: 16)
                safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }

    private static func escaped(_ text: String, isPlain: (Unicode.Scalar) -> Bool) -> String {
        guard !text.unicodeScalars.allSatisfy(isPlain) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars {
            if isPlain(scalar) {
                safe.unicodeScalars.append(scalar)
            } else {
                safe += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return safe
    }

    /// Whether a scalar is in one of the two control sets, or changes the direction of writing.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        case _: false
        }
    }
}
