/// The content words of a question in a person's words, for the index.
public struct Question: Hashable, Sendable {
    /// The content words in the question's order, each once. Words that every question has are left out.
    public let terms: [Term]
    /// All words of the question in its order, in lower case.
    let plainWords: [String]

    /// A content word, or a part of a text without blanks.
    public struct Term: Hashable, Sendable {
        /// The word, in lower case.
        public let text: String
        /// The number of the sequence without blanks of which it is a part; nil for a whole word. Only some parts of a
        /// sequence are words: the others are cut across two.
        public let sequence: Int?
    }

    /// Finds the content words of a question. Only its first 16 KiB and its first 24 words count.
    public init(_ text: String) {
        var seen: Set<String> = [], found: [Term] = []
        plainWords = Self.words(of: String(text.prefix(bytesMax: RecordLimits.questionBytesMax)))
        for (number, word) in plainWords.enumerated() {
            if found.count >= RecordLimits.questionWordsMax { break }
            if Self.stopWords.contains(word) { continue }
            for part in QuestionPart.parts(of: word) where seen.insert(part.text).inserted {
                found.append(Term(text: part.text, sequence: part.isWord ? nil : number))
            }
        }
        terms = Array(found.prefix(RecordLimits.questionWordsMax))
    }

    /// Words that are in most sentences and change what one says; each once.
    var minorWords: [String] {
        var seen: Set<String> = []
        return plainWords.filter { Self.meaningfulStopWords.contains($0) && seen.insert($0).inserted }
    }

    /// The content words as a query that finds any of them; nil when there are none.
    public var anyWordQuery: IndexQuery? { IndexQuery.any(terms.map { IndexQuery(phrase: $0.text) }) }

    /// Whether a word in lower case is one that every sentence has.
    static func isFunctionWord(_ word: String) -> Bool { stopWords.contains(word) }

    /// Sequences of letters, digits and symbols, as the index cuts them. The part after an apostrophe (`what's`) is
    /// dropped, and so are the symbols of ASCII: `$HOME` is about a home.
    static func words(of text: String) -> [String] {
        PlainForm.replaced(in: text).lowercased().split {
            $0 != "'" && $0 != "’" && ($0 == "$" || $0 == "+" || !IndexText.hasWords(String($0)))
        }.compactMap { word in
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

    /// Those of `stopWords` that tell one sentence from another.
    private static let meaningfulStopWords: Set<String> = Set(
        """
        after again all before between both during each every few more most must no not now off once one only other \
        over same under until within without yes
        """.split(whereSeparator: \.isWhitespace).map(String.init))
}

/// The share of a question that a passage answers.
///
/// A passage is relevant when it contains enough of the question's content words, each weighted by how rare it is in
/// the records. A word that no record contains weighs as much as the rarest one: a question about another topic gets no
/// answer even if it shares a common word with a record. A part of a text without blanks that no record contains weighs
/// nothing, since it is probably no word, unless no record contains any part of that text.
public struct Relevance: Sendable {
    /// The share of the question's weight that a passage must contain.
    public static let floor = 0.45
    /// The share from which on a passage is near: it does not answer, and may be about the same.
    public static let nearFloor = 0.25

    private let weights: [Double]
    private let total: Double

    /// The weights of a question's words.
    ///
    /// - Parameters:
    ///   - terms: The words.
    ///   - frequencies: For each word, the number of passages that contain it.
    ///   - passages: The number of passages.
    public init(terms: [Question.Term], frequencies: [Int], passages: Int) {
        var known: Set<Int> = []
        for (term, frequency) in zip(terms, frequencies) where frequency > 0 {
            if let sequence = term.sequence { known.insert(sequence) }
        }
        weights = zip(terms, frequencies).map { term, frequency in
            // The first part of an unknown sequence stands for the whole.
            if frequency == 0, let sequence = term.sequence, !known.insert(sequence).inserted { return 0 }
            return Self.weight(ofFrequency: frequency, among: passages)
        }
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

    /// The weight of a word that so many of the passages contain.
    static func weight(ofFrequency frequency: Int, among passages: Int) -> Double {
        logarithm(1 + Double(passages) / Double(max(1, frequency)))
    }

    /// The binary logarithm, piecewise linear between powers of two: exact enough for a weight, and without libm.
    private static func logarithm(_ value: Double) -> Double {
        Double(value.exponent) + value.significand - 1
    }
}
