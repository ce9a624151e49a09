/// Makes words of others fit for a terminal: a message, a record or a process's status must not be able to move the
/// cursor, change the title or paint over what a person reads.
///
/// See: ECMA-48 §5.2 and §5.3, the control sets C0 and C1
public enum SafeText {
    /// The text in one line: every control character, line breaks included, as `\u{1b}`.
    public static func line(_ text: String) -> String { escaped(text) { !isControl($0) } }

    /// The text with its line breaks and tabs; every other control character as `\u{1b}`.
    public static func block(_ text: String) -> String {
        escaped(text) { $0 == "\n" || $0 == "\t" || !isControl($0) }
    }

    /// A JSON text whose characters of C1, which JSON leaves as they are, are written as `\u009b`. They can only stand
    /// in its strings, so it means the same as before.
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

    /// The two control sets, and the marks that turn the direction of writing round.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        case _: false
        }
    }
}
