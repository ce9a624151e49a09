/// What a model answers that has nothing to say: `/pass`, also with marks around it and in capitals, as models write
/// it: `/pass.`, `` `/pass` ``, `**/Pass**`.
public enum PassWord {
    /// The word, for prompts.
    public static let word = "/pass"

    /// Whether a text is nothing but the word.
    public static func isPass(_ text: String) -> Bool {
        let core = text.unicodeScalars.drop(while: isAround)
        let word = core.prefix { !isAround($0) }
        return isWord(word) && core[word.endIndex...].allSatisfy(isAround)
    }

    /// Whether a text may become nothing but the word when more follows.
    public static func mayBecomePass(_ text: Substring.UnicodeScalarView) -> Bool {
        let core = text.drop(while: isAround)
        let word = core.prefix { !isAround($0) }
        return String(word).count <= Self.word.count && Self.word.hasPrefix(String(word).lowercased())
            && core[word.endIndex...].allSatisfy(isAround)
            && (core[word.endIndex...].isEmpty || isWord(word))
    }

    private static func isWord(_ word: Substring.UnicodeScalarView) -> Bool {
        word.count == Self.word.unicodeScalars.count && String(word).lowercased() == Self.word
    }

    private static func isAround(_ scalar: Unicode.Scalar) -> Bool { scalar.isUnseen || marks.contains(scalar) }

    private static let marks: Set<Unicode.Scalar> = [".", "!", "`", "*", "_", "\"", "'", "“", "”", "(", ")", "…"]
}
