/// The plain form of a character, by which it is searched for: nothing for one that is never seen, and a letter, a
/// digit or a sign for one that differs from it only in width or place.
///
/// The index keeps texts as people wrote them. So the plain form stands there with four combining marks after it, which
/// name the character and which FTS5 leaves out of words. A text that itself has these four marks in a row is shown
/// with the character that they name.
///
/// See: Unicode Standard Annex 15, compatibility decomposition; SQLite FTS5 §4.3.1 (remove_diacritics)
struct PlainForm {
    /// The character.
    let scalar: Unicode.Scalar
    /// Its place in the tables.
    private let number: Int

    /// The characters that have a plain form, as ranges. A change of their order is a new version of the index.
    private static let ranges: [ClosedRange<UInt32>] = [
        // Soft hyphen, marks of direction, blanks and joiners of no width, byte order mark.
        0xAD...0xAD, 0x61C...0x61C, 0x180E...0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064,
        0x2066...0x2069, 0xFEFF...0xFEFF,
        // Ligatures.
        0xFB00...0xFB06,
        // Digits above and below the line.
        0xB2...0xB3, 0xB9...0xB9, 0x2070...0x2070, 0x2074...0x2079, 0x2080...0x2089,
        // Digits and letters in full width, and the two signs of ASCII that are words.
        0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0xFF04...0xFF04, 0xFF0B...0xFF0B,
    ]
    private static let scalars = ranges.joined().compactMap(Unicode.Scalar.init)
    private static let ligatures = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"]
    private static let digits = "23104567890123456789"
    private static let fullWidth: ClosedRange<UInt32> = 0xFF01...0xFF5E
    private static let plainForms: [String] = {
        let wide = scalars.filter { fullWidth.contains($0.value) }.map { String(Character(narrow($0))) }
        let invisible = scalars.count - ligatures.count - digits.count - wide.count
        return Array(repeating: "", count: invisible) + ligatures + digits.map(String.init) + wide
    }()
    /// Most texts in scripts other than Latin have all their characters here.
    private static let others: ClosedRange<UInt32> = 0x208A...0xFAFF

    /// The two marks before those that name a character, and the marks that are digits of its number.
    private static let mark: (Unicode.Scalar, Unicode.Scalar) = ("\u{330}", "\u{331}")
    private static let digitMarks: [Unicode.Scalar] = [
        "\u{300}", "\u{301}", "\u{302}", "\u{303}", "\u{304}", "\u{306}", "\u{307}", "\u{308}", "\u{309}", "\u{30A}",
        "\u{30B}", "\u{30C}", "\u{30F}", "\u{311}", "\u{31B}", "\u{323}",
    ]
    /// How many marks follow a plain form.
    static let marksCount = 4
    /// The first byte of each of the marks.
    static let markByte: UInt8 = 0xCC

    /// The form of a character that has one.
    init?(_ scalar: Unicode.Scalar) {
        if scalar.value < 0xAD || Self.others.contains(scalar.value) { return nil }
        var number = 0
        for range in Self.ranges {
            if range.contains(scalar.value) {
                self.scalar = scalar
                self.number = number + Int(scalar.value - range.lowerBound)
                return
            }
            number += range.count
        }
        return nil
    }

    /// The form that the first marks of a text name.
    init?(named text: Substring.UnicodeScalarView) {
        guard text.first == Self.mark.0 else { return nil }
        let marks = Array(text.prefix(Self.marksCount))
        guard marks.count == Self.marksCount, marks[1] == Self.mark.1,
            let high = Self.digitMarks.firstIndex(of: marks[2]), let low = Self.digitMarks.firstIndex(of: marks[3]),
            Self.scalars.indices.contains(high * 16 + low)
        else { return nil }
        number = high * 16 + low
        scalar = Self.scalars[number]
    }

    /// The plain form.
    var plain: String { Self.plainForms[number] }

    /// The plain form, and the marks that name the character.
    var stored: String.UnicodeScalarView {
        let marks = [Self.mark.0, Self.mark.1, Self.digitMarks[number / 16], Self.digitMarks[number % 16]]
        return plain.unicodeScalars + marks
    }

    /// Replaces every character that has a plain form, and the punctuation in full width.
    static func replaced(in text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let form = PlainForm(scalar) {
                plain.append(contentsOf: form.plain.unicodeScalars)
            } else {
                plain.append(fullWidth.contains(scalar.value) ? narrow(scalar) : scalar)
            }
        }
        return String(plain)
    }

    /// The character of ASCII that a character in full width shows.
    private static func narrow(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    }
}
