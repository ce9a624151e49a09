/// The content words of a question in a person's words, for the index.
public struct Question: Hashable, Sendable {
    /// The content words in lower case, each once, in the question's order. Words that every question has are left out.
    public let contentWords: [String]

    /// Finds the content words of a question.
    public init(_ text: String) {
        var seen: Set<String> = []
        contentWords = Self.words(of: text)
            .filter { !Self.stopWords.contains($0) && seen.insert($0).inserted }
            .prefix(RecordLimits.questionWordsMax).map(\.self)
    }

    /// The content words as an FTS5 query that finds any of them; nil when there are none.
    public var anyWordQuery: String? {
        contentWords.isEmpty ? nil : contentWords.map(Self.quoted).joined(separator: " OR ")
    }

    /// A text as an FTS5 query for all its words, whatever characters it contains; nil if it contains no words.
    public static func plainWordsQuery(_ text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace).filter { $0.contains { $0.isLetter || $0.isNumber } }
        return words.isEmpty ? nil : words.prefix(RecordLimits.questionWordsMax).map(quoted).joined(separator: " ")
    }

    /// A word as an FTS5 string, in which no character has a meaning.
    ///
    /// See: SQLite FTS5 §3.1
    public static func quoted(_ word: some StringProtocol) -> String {
        var text = "\""
        for character in word where character != "\0" { text += character == "\"" ? "\"\"" : String(character) }
        return text + "\""
    }

    /// Sequences of letters and digits, as FTS5's unicode61 tokenizer cuts them. The part after an apostrophe
    /// (`what's`) is dropped.
    private static func words(of text: String) -> [String] {
        text.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "'" || $0 == "’") }.compactMap { word in
            let stem = word.drop { $0 == "'" || $0 == "’" }.prefix { $0 != "'" && $0 != "’" }
            return stem.isEmpty ? nil : String(stem)
        }
    }

    /// Function words, words of asking, and words for records themselves.
    private static let stopWords = Set(
        """
        a about after again all also am an and any anybody anyone anything are aren as ask at be because been before \
        being between both but by can cannot could couldn d describe did didn do does doesn doing don done during each \
        else ever every explain few find for from further get give go got had has hasn have haven having he hello help \
        her here hers hey hi him his how i if in into is isn it its itself just kind know known let like list ll look \
        m made make many may me mean means might more most much must my need no nor not note notes now of off on once \
        one only or other our ours out over own please re record records regarding s said same say says see she should \
        shouldn show so some somebody someone something such summarise summarize summary sure t tell than thank thanks \
        that the their theirs them then there these they thing things think this those through to too under until up \
        us use used ve very want was wasn way we were weren what whatever when where whether which while who whom \
        whose why will with within without won would wouldn write written yes you your yours ago came come comes going \
        gone happen happened happens long look looks often take taken takes took
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}

/// The share of a question that a passage answers.
///
/// A passage is relevant when it contains enough of the question's content words, each weighted by how rare it is in
/// the records. A word that no record contains weighs as much as the rarest one: a question about another topic gets no
/// answer even if it shares a common word with a record.
public struct Relevance: Sendable {
    /// The share of the question's weight that a passage must contain.
    public static let floor = 0.45

    private let weights: [Double]
    private let total: Double

    /// The weights of a question's words.
    ///
    /// - Parameters:
    ///   - frequencies: For each word, the number of passages that contain it.
    ///   - passages: The number of passages.
    public init(frequencies: [Int], passages: Int) {
        weights = frequencies.map { Self.logarithm(1 + Double(passages) / Double(max(1, $0))) }
        total = weights.reduce(0, +)
    }

    /// The share, 0 to 1, of the question that a passage contains.
    ///
    /// - Parameters:
    ///   - holds: For each word, whether the passage, its title or its headings contain it.
    public func share(_ holds: [Bool]) -> Double {
        if total <= 0 { return 0 }
        return zip(weights, holds).reduce(0) { $1.1 ? $0 + $1.0 : $0 } / total
    }

    /// The binary logarithm, piecewise linear between powers of two: exact enough for a weight, and without libm.
    private static func logarithm(_ value: Double) -> Double {
        Double(value.exponent) + value.significand - 1
    }
}
