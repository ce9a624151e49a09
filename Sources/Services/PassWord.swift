/// What a model answers that has nothing to say: `/pass`, also with marks or tags around it, in capitals, more than
/// once, or with pictures or a short remark in brackets behind it, as models write it: `/pass.`, `` `/pass` ``,
/// `**/Pass**`, `<answer>/pass</answer>`, `/pass 🙂`, `/pass (nothing to add)`.
public enum PassWord {
    /// The word, for prompts.
    public static let word = "/pass"

    /// Whether a text is nothing but the word.
    public static func isPass(_ text: String) -> Bool { reading(text[...].unicodeScalars) == .pass }

    /// Whether a text may become nothing but the word when more follows.
    public static func mayBecomePass(_ text: Substring.UnicodeScalarView) -> Bool { reading(text) != .words }

    private typealias Scalars = Substring.UnicodeScalarView

    private enum Reading {
        /// It is the word.
        case pass
        /// It is not the word yet.
        case beginning
        /// It is something else, whatever follows.
        case words
    }

    private static func reading(_ text: Scalars) -> Reading {
        var rest = text, hasWord = false
        while let first = rest.first {
            let length: Length
            switch first {
            case "/": length = wordLength(rest)
            case "<": length = tagLength(rest)
            case "(" where hasWord: length = remarkLength(rest)
            case _: length = isAround(first) || hasWord && isPicture(first) ? .whole(1) : .none
            }
            switch length {
            case .whole(let count): rest = rest.dropFirst(count)
            case .open: return .beginning
            case .none: return .words
            }
            if first == "/" { hasWord = true }
        }
        return hasWord ? .pass : .beginning
    }

    /// How many scalars a part of a pass has.
    private enum Length {
        case whole(Int)
        /// The text ends before the part does.
        case open
        /// It is no part of a pass.
        case none
    }

    /// Nothing else may touch the word.
    private static func wordLength(_ text: Scalars) -> Length {
        let small = text.prefix(word.unicodeScalars.count).map { String($0).lowercased() }.joined()
        guard small == word else { return word.hasPrefix(small) && small.count == text.count ? .open : .none }
        let next = text.dropFirst(word.unicodeScalars.count).first
        let isAlone = next.map { $0 == "<" || isAround($0) || isPicture($0) } ?? true
        return isAlone ? .whole(word.unicodeScalars.count) : .none
    }

    /// `<answer>`, `</answer>`
    private static func tagLength(_ text: Scalars) -> Length {
        let name = text.dropFirst().prefix(tagMax).prefix { $0.isASCII && ($0.properties.isAlphabetic || $0 == "/") }
        let count = name.count + 1
        guard let next = text.dropFirst(count).first else { return .open }
        return next == ">" && count > 1 ? .whole(count + 1) : .none
    }

    /// `(nothing to add)`: on one line, and short, so that nothing is lost that somebody wants to read.
    private static func remarkLength(_ text: Scalars) -> Length {
        let remark = text.prefix(remarkMax).prefix { $0 != ")" && !Character($0).isNewline }
        guard let next = text.dropFirst(remark.count).first else { return .open }
        return next == ")" ? .whole(remark.count + 1) : .none
    }

    private static let tagMax = 20, remarkMax = 60

    private static func isAround(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isUnseen || marks.contains(scalar)
    }

    /// Behind the word alone: an answer that begins with pictures is shown while it comes. Digits and marks such as
    /// `#` count as emoji, too.
    private static func isPicture(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 0xFF && scalar.properties.isEmoji
    }

    private static let marks: Set<Unicode.Scalar> = [
        ".", "!", "`", "*", "_", "\"", "'", "“", "”", "(", ")", "…", "\\",
    ]
}
