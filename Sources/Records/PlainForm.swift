/// The plain form of a character, by which it is searched for: nothing for one that is never seen, and letters, a digit
/// or a sign for one that differs from them in width, in place, or in what another keyboard does not have.
///
/// The index keeps texts as people wrote them. So the plain form stands there with five combining marks after it, which
/// name the character and which FTS5 leaves out of words. A text that itself has these five marks in a row is shown
/// with the character that they name.
///
/// See: Unicode Standard Annex 15, compatibility decomposition; SQLite FTS5 §4.3.1 (remove_diacritics)
struct PlainForm {
    /// Its place in the table.
    private let number: Int

    private static let places = Dictionary(
        table.enumerated().map { ($0.element.written, $0.offset) }, uniquingKeysWith: { first, _ in first })
    /// Most texts in scripts other than Latin have all their characters here.
    private static let others: ClosedRange<UInt32> = 0x2189...0xFAFF

    /// The two marks before those that name a character, and the marks that are digits of its number.
    private static let mark: (Unicode.Scalar, Unicode.Scalar) = ("\u{330}", "\u{331}")
    private static let digitMarks: [Unicode.Scalar] = [
        "\u{300}", "\u{301}", "\u{302}", "\u{303}", "\u{304}", "\u{306}", "\u{307}", "\u{308}", "\u{309}", "\u{30A}",
        "\u{30B}", "\u{30C}", "\u{30F}", "\u{311}", "\u{31B}", "\u{323}",
    ]
    /// How many marks follow a plain form.
    static let marksCount = 5
    /// The first byte of each of the marks.
    static let markByte: UInt8 = 0xCC

    /// The form of a character that has one.
    init?(_ scalar: Unicode.Scalar) {
        if scalar.value < 0xAA || Self.others.contains(scalar.value) { return nil }
        guard let number = Self.places[Written(scalar)] else { return nil }
        self.number = number
    }

    /// The form of a letter of half width and the sign of its sound after it, which are one letter in full width.
    init?(_ scalar: Unicode.Scalar, voicedBy sign: Unicode.Scalar) {
        guard Self.voicings.contains(sign.value), let number = Self.places[Written(scalar, sign)] else { return nil }
        self.number = number
    }

    /// The form that the first marks of a text name.
    init?(named text: Substring.UnicodeScalarView) {
        guard text.first == Self.mark.0 else { return nil }
        let marks = Array(text.prefix(Self.marksCount))
        guard marks.count == Self.marksCount, marks[1] == Self.mark.1 else { return nil }
        var number = 0
        for mark in marks.dropFirst(2) {
            guard let digit = Self.digitMarks.firstIndex(of: mark) else { return nil }
            number = number * Self.digitMarks.count + digit
        }
        guard Self.table.indices.contains(number) else { return nil }
        self.number = number
    }

    /// What people wrote: a character, or a letter of half width and the sign of its sound.
    var written: [Unicode.Scalar] { Self.table[number].written.scalars }

    /// The plain form.
    var plain: String { Self.table[number].plain }

    /// The plain form, and the marks that name the character.
    var stored: String.UnicodeScalarView {
        let digits = [number / 256, number / 16 % 16, number % 16].map { Self.digitMarks[$0] }
        return plain.unicodeScalars + [Self.mark.0, Self.mark.1] + digits
    }

    /// Replaces every character that has a plain form, and the punctuation in full width.
    static func replaced(in text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var plain = String.UnicodeScalarView()
        each(of: text) { scalar, form in
            if let form {
                plain.append(contentsOf: form.plain.unicodeScalars)
            } else {
                plain.append(fullWidth.contains(scalar.value) ? narrow(scalar) : scalar)
            }
        }
        return String(plain)
    }

    /// Calls back for each character of a text with its form; for a letter and the sign of its sound once.
    static func each(of text: String, _ body: (Unicode.Scalar, PlainForm?) -> Void) {
        var scalars = text.unicodeScalars.makeIterator(), next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            if let sign = next, let voiced = PlainForm(scalar, voicedBy: sign) {
                body(scalar, voiced)
                next = scalars.next()
            } else {
                body(scalar, PlainForm(scalar))
            }
        }
    }
}
