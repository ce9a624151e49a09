extension PlainForm {
    /// What is written for a plain form: one character, or two.
    struct Written: Hashable {
        private let first: Unicode.Scalar
        private let second: Unicode.Scalar?

        /// A character, and one that changes its sound.
        init(_ first: Unicode.Scalar, _ second: Unicode.Scalar? = nil) { (self.first, self.second) = (first, second) }

        /// The characters in their order.
        var scalars: [Unicode.Scalar] { second.map { [first, $0] } ?? [first] }
    }

    /// Every character that has a plain form, at most 4096. A change of their order is a new version of the index.
    static let table: [(written: Written, plain: String)] =
        invisible.flatMap { forms($0, repeatElement("", count: $0.count)) }
        + small.flatMap { forms($0.key, $0.value.map(String.init)) }
        + ligatures.flatMap { forms($0.key, $0.value) }
        + wide.flatMap { forms($0, scalars($0).map { String(Character(narrow($0))) }) }
        + letters.map { (Written($0.key), $0.value) }
        + greek.flatMap { forms($0.key, repeatElement($0.value, count: $0.key.count)) }
        + mathematical + katakana

    /// The signs of sound of half width, for `ﾊﾞ` and `ﾊﾟ`.
    static let voicings: ClosedRange<UInt32> = 0xFF9E...0xFF9F
    /// The characters in full width that have the order of ASCII.
    static let fullWidth: ClosedRange<UInt32> = 0xFF01...0xFF5E

    /// The character of ASCII that a character in full width shows.
    static func narrow(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
    }

    /// Characters that are never seen, or that only say how others sound or look: soft hyphens, marks of direction,
    /// blanks and joiners of no width, byte order marks; the points of Hebrew, the vowels of Arabic and its lengthening
    /// stroke; the tones of skin.
    private static let invisible: [ClosedRange<UInt32>] = [
        0xAD...0xAD, 0x61C...0x61C, 0x180E...0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2064,
        0x2066...0x2069, 0xFEFF...0xFEFF, 0x591...0x5BD, 0x5BF...0x5BF, 0x5C1...0x5C2, 0x5C4...0x5C5, 0x5C7...0x5C7,
        0x640...0x640, 0x64B...0x652, 0x670...0x670, 0x1F3FB...0x1F3FF,
    ]
    /// Digits and letters above and below the line, and letters that formulas have in a style of their own.
    private static let small: KeyValuePairs<ClosedRange<UInt32>, String> = [
        0xAA...0xAA: "a", 0xB2...0xB3: "23", 0xB9...0xBA: "1o", 0x2070...0x2071: "0i", 0x2074...0x2079: "456789",
        0x207F...0x207F: "n", 0x2080...0x2089: "0123456789", 0x2090...0x209C: "aeoxəhklmnpst", 0x2102...0x2102: "C",
        0x210A...0x2113: "gHHHhħIILl", 0x2115...0x2115: "N", 0x2119...0x211D: "PQRRR", 0x2124...0x2124: "Z",
        0x2128...0x2128: "Z", 0x212C...0x212D: "BC", 0x212F...0x2131: "eEF", 0x2133...0x2134: "Mo",
    ]
    /// Several letters in one character.
    private static let ligatures: KeyValuePairs<ClosedRange<UInt32>, [String]> = [
        0xFB00...0xFB06: ["ff", "fi", "fl", "ffi", "ffl", "st", "st"],
        0x2160...0x216F: roman, 0x2170...0x217F: roman.map { $0.lowercased() },
    ]
    private static let roman = [
        "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "L", "C", "D", "M",
    ]
    /// Digits and letters in full width, and the two signs of ASCII that are words.
    private static let wide: [ClosedRange<UInt32>] = [
        0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0xFF04...0xFF04, 0xFF0B...0xFF0B,
    ]
    /// Letters, with those that people type for them on another keyboard or in capitals. What FTS5 itself does without
    /// is not here: the accents of Latin letters.
    private static let letters: KeyValuePairs<Unicode.Scalar, String> = [
        "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D",
        "ł": "l", "Ł": "L", "ı": "i", "ё": "е", "Ё": "Е", "ς": "σ", "ά": "α", "έ": "ε", "ή": "η", "ί": "ι", "ό": "ο",
        "ύ": "υ", "ώ": "ω", "Ά": "Α", "Έ": "Ε", "Ή": "Η", "Ί": "Ι", "Ό": "Ο", "Ύ": "Υ", "Ώ": "Ω", "ϊ": "ι", "ϋ": "υ",
        "ΐ": "ι", "ΰ": "υ", "Ϊ": "Ι", "Ϋ": "Υ", "ϐ": "β", "ϑ": "θ", "ϕ": "φ", "ϖ": "π", "ϰ": "κ", "ϱ": "ρ", "ϵ": "ε",
    ]
    /// The letters of Greek with the breathings and accents of older texts.
    private static let greek: KeyValuePairs<ClosedRange<UInt32>, String> = [
        0x1F00...0x1F07: "α", 0x1F08...0x1F0F: "Α", 0x1F10...0x1F15: "ε", 0x1F18...0x1F1D: "Ε", 0x1F20...0x1F27: "η",
        0x1F28...0x1F2F: "Η", 0x1F30...0x1F37: "ι", 0x1F38...0x1F3F: "Ι", 0x1F40...0x1F45: "ο", 0x1F48...0x1F4D: "Ο",
        0x1F50...0x1F57: "υ", 0x1F59...0x1F5F: "Υ", 0x1F60...0x1F67: "ω", 0x1F68...0x1F6F: "Ω", 0x1F70...0x1F71: "α",
        0x1F72...0x1F73: "ε", 0x1F74...0x1F75: "η", 0x1F76...0x1F77: "ι", 0x1F78...0x1F79: "ο", 0x1F7A...0x1F7B: "υ",
        0x1F7C...0x1F7D: "ω", 0x1F80...0x1F87: "α", 0x1F88...0x1F8F: "Α", 0x1F90...0x1F97: "η", 0x1F98...0x1F9F: "Η",
        0x1FA0...0x1FA7: "ω", 0x1FA8...0x1FAF: "Ω", 0x1FB0...0x1FB7: "α", 0x1FB8...0x1FBC: "Α", 0x1FC2...0x1FC7: "η",
        0x1FC8...0x1FC9: "Ε", 0x1FCA...0x1FCC: "Η", 0x1FD0...0x1FD7: "ι", 0x1FD8...0x1FDB: "Ι", 0x1FE0...0x1FE3: "υ",
        0x1FE4...0x1FE5: "ρ", 0x1FE6...0x1FE7: "υ", 0x1FE8...0x1FEB: "Υ", 0x1FEC...0x1FEC: "Ρ", 0x1FF2...0x1FF7: "ω",
        0x1FF8...0x1FF9: "Ο", 0x1FFA...0x1FFC: "Ω",
    ]

    /// The letters and digits of formulas: 13 Latin alphabets, two letters without dots, five of Greek, five times the
    /// digits.
    ///
    /// See: The Unicode Standard, chart U+1D400, Mathematical Alphanumeric Symbols
    private static let mathematical: [(written: Written, plain: String)] =
        forms(0x1D400...0x1D6A3, repeated("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 13))
        + forms(0x1D6A4...0x1D6A5, ["i", "j"])
        + forms(
            0x1D6A8...0x1D7C9, repeated("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΘΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρσστυφχψω∂εθκφρπ", 5))
        + forms(0x1D7CE...0x1D7FF, repeated("0123456789", 5))

    /// Katakana of half width, alone and with the signs of sound.
    private static let katakana: [(written: Written, plain: String)] =
        forms(
            0xFF66...0xFF9D,
            "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
                .map(String.init))
        + voiced("ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎﾜｦ", "ﾞ", "ヴガギグゲゴザジズゼゾダヂヅデドバビブベボヷヺ")
        + voiced("ﾊﾋﾌﾍﾎ", "ﾟ", "パピプペポ")

    private static func voiced(
        _ letters: String, _ sign: Unicode.Scalar, _ plain: String
    ) -> [(written: Written, plain: String)] {
        zip(letters.unicodeScalars, plain.unicodeScalars).map { (Written($0, sign), String(Character($1))) }
    }

    private static func repeated(_ letters: String, _ count: Int) -> [String] {
        repeatElement(letters.map(String.init), count: count).flatMap(\.self)
    }

    private static func forms(
        _ range: ClosedRange<UInt32>, _ plain: some Sequence<String>
    ) -> [(written: Written, plain: String)] {
        zip(scalars(range), plain).map { (Written($0), $1) }
    }

    private static func scalars(_ range: ClosedRange<UInt32>) -> [Unicode.Scalar] {
        range.compactMap(Unicode.Scalar.init)
    }
}
