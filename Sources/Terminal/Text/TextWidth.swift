/// Measures how many columns text occupies. The width of a scalar is a parameter, because it is the library of the
/// terminal that decides.
///
/// See: wcwidth(3)
public struct TextWidth: Sendable {
    private let ofScalar: @Sendable (Unicode.Scalar) -> Int

    /// A measure with a given width for each scalar.
    ///
    /// - Parameters:
    ///   - ofScalar: The columns of one scalar beyond ASCII: 0 for combining marks, 2 for wide characters; less than 0
    ///     for a scalar that the terminal does not know, which counts as 1.
    public init(ofScalar: @escaping @Sendable (Unicode.Scalar) -> Int) { self.ofScalar = ofScalar }

    /// A measure for tables, by the large blocks of wide characters. It does not need to agree with a terminal exactly.
    ///
    /// See: Unicode Standard Annex 11, East Asian Width
    public static let byBlock = TextWidth { scalar in
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        case _: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        case _: return 1
        }
    }

    /// The columns of one character: those of its first scalar, because the other scalars combine with it.
    public func of(_ character: Character) -> Int {
        if character.isASCII { return 1 }
        guard let first = character.unicodeScalars.first else { return 0 }
        let columns = ofScalar(first)
        return columns < 0 ? 1 : columns
    }

    /// The columns of a text without line breaks.
    public func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + of($1) } }

    /// The text if it fits into a number of columns, otherwise its beginning and `…`.
    public func cut(_ text: String, to columns: Int) -> String {
        if of(text) <= columns { return text }
        var kept = "", used = 1
        for character in text {
            used += of(character)
            if used > columns { break }
            kept.append(character)
        }
        return columns > 0 ? kept + "…" : ""
    }

    /// The text followed by blanks up to a number of columns; cut if it is longer.
    public func padded(_ text: String, to columns: Int) -> String {
        let fitting = cut(text, to: columns)
        return fitting + String(repeating: " ", count: max(0, columns - of(fitting)))
    }
}
