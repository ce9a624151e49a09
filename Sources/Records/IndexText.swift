/// The form of a text for the index.
///
/// FTS5's tokenizer ends a word at a blank or at punctuation. A script without blanks would be one long word, and a
/// word beside it would belong to it, so a separator is put round each character of such a script and round each
/// symbol: each is a word of its own. A sequence of them is searched for as a phrase, and so is found wherever it
/// stands. Texts in other scripts remain unchanged, but for characters that have a `PlainForm`. Words of several
/// characters (n-grams) were rejected: they would have to be stored beside the text, and find nothing that a phrase
/// does not find. Of the symbols of ASCII only `$` and `+` are words; the others are punctuation in notes, and words
/// would be further apart by them.
///
/// See: SQLite FTS5 §4.3.1
public enum IndexText {
    /// The separator: a control character that people do not write, one byte long.
    private static let separator: Unicode.Scalar = "\u{1F}"

    /// The characters that continue the one before them and are not letters for Unicode, such as the vowels and tones
    /// of Thai. The tokenizer must be told that they belong to words.
    public static let marks: [ClosedRange<UInt32>] = [
        0x0E31...0x0E31, 0x0E34...0x0E3A, 0x0E47...0x0E4E, 0x0EB1...0x0EB1, 0x0EB4...0x0EBC, 0x0EC8...0x0ECD,
        0x102B...0x103E, 0x1056...0x1059, 0x17B4...0x17D3, 0x17DD...0x17DD,
    ]

    /// The text with separators.
    public static func cut(_ text: String) -> String {
        if isUnchanged(text) { return text }
        var cut = String.UnicodeScalarView(), previous = Part.blank
        PlainForm.each(of: text) { scalar, form in
            let part = Part(scalar)
            if part == .single && previous != .blank || part == .letter && previous == .single {
                cut.append(separator)
            }
            // A character that is never seen ends no word; elsewhere it is no part of one.
            if part != .mark || previous == .letter, let form {
                cut.append(contentsOf: form.stored)
            } else {
                cut.append(scalar)
            }
            if part != .mark { previous = part }
        }
        return String(cut)
    }

    /// Whether a text has only characters of ASCII that are letters or punctuation. Most have, and the loop without a
    /// branch in it reads some sixteen bytes at once.
    private static func isUnchanged(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var others: UInt8 = 0
            for byte in bytes {
                others |= byte & 0x80
                others |= byte == UInt8(ascii: "$") || byte == UInt8(ascii: "+") ? 0x80 : 0
            }
            return others == 0
        }
    }

    /// The text as it was before it was cut. A text that had separators of its own loses them.
    public static func restored(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: separator) || $0 == PlainForm.markByte }) else {
            return text
        }
        var restored = String.UnicodeScalarView(), rest = text[...].unicodeScalars
        while let scalar = rest.first {
            if let form = PlainForm(named: rest) {
                restored.removeLast(min(form.plain.unicodeScalars.count, restored.count))
                restored.append(contentsOf: form.written)
                rest = rest.dropFirst(PlainForm.marksCount)
            } else {
                if scalar != separator { restored.append(scalar) }
                rest.removeFirst()
            }
        }
        return String(restored)
    }

    /// Whether the index finds words in a text.
    public static func hasWords(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch Part(scalar) {
            case .letter, .single: true
            case .blank, .mark: false
            }
        }
    }

    /// The role of a character in a word.
    enum Part {
        /// It ends a word: a blank, or punctuation.
        case blank
        /// It stands in a word with its neighbours.
        case letter
        /// It continues the character before it.
        case mark
        /// It is a word of its own.
        case single

        /// Vowels and last consonants of decomposed Korean syllables.
        private static let jamo: ClosedRange<UInt32> = 0x1160...0x11FF

        /// The role of a character, by its script and category.
        init(_ scalar: Unicode.Scalar) {
            if scalar.value < 0x80 {
                switch UInt8(ascii: scalar) {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: self = .letter
                case UInt8(ascii: "$"), UInt8(ascii: "+"): self = .single
                case _: self = .blank
                }
                return
            }
            if Script(scalar) != nil {
                let isMark = IndexText.marks.contains { $0.contains(scalar.value) } || Self.jamo ~= scalar.value
                self = isMark ? .mark : .single
                return
            }
            switch scalar.properties.generalCategory {
            case .otherSymbol, .currencySymbol, .mathSymbol: self = .single
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .letterNumber, .otherNumber, .privateUse:
                self = .letter
            case .nonspacingMark, .spacingMark, .enclosingMark, .format: self = .mark
            case .modifierSymbol, .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
                .initialPunctuation, .finalPunctuation, .otherPunctuation, .spaceSeparator, .lineSeparator,
                .paragraphSeparator, .control, .surrogate, .unassigned:
                self = scalar == "§" ? .single : .blank
            @unknown default: self = .letter
            }
        }
    }

    /// A script that is written without blanks between words, or in which words are compounds.
    public enum Script: Sendable {
        case han, hiragana, katakana, hangul
        /// Thai, Lao, Khmer, Burmese.
        case southEastAsian

        /// The script of a character; nil for any other script.
        public init?(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFD, 0x3005...0x3007: self = .han
            case 0x3041...0x3096, 0x309D...0x309F: self = .hiragana
            case 0x30A1...0x30FA, 0x30FC...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F: self = .katakana
            case 0xAC00...0xD7A3, 0x1100...0x11FF, 0x3131...0x318E: self = .hangul
            case 0x0E01...0x0E3A, 0x0E40...0x0E4E, 0x0E81...0x0ECD, 0x1000...0x103F, 0x1050...0x1089, 0x1780...0x17D3,
                0x17DC...0x17DD:
                self = .southEastAsian
            case _: return nil
            }
        }
    }
}
