/// Chooses the sentence that answers a question best, out of the sentences of some passages.
///
/// A sentence is the better, the more of the question's words it contains, each weighted by how rare it is in the
/// records. A word counts for less where only the heading above it has it, or the sentence before; and a sentence whose
/// form is that of what is asked for (a duration, a person, a command) comes before one whose form is not. The weights
/// are those that chose rightly most often, of some eighty questions over the sample notes; near them, each can change
/// by a fifth without changing more than two choices.
public struct SentenceRanking {
    /// A sentence of a passage.
    public struct Candidate: Hashable, Sendable {
        /// The number of its passage.
        public let passage: Int
        /// Its number within the passage.
        public let position: Int
        /// The sentence.
        public let text: String
    }

    /// Which candidates contain a word, and where.
    public struct Places: Hashable, Sendable {
        /// The sentence has the word itself.
        public var text: Set<Int>
        /// The sentence has the word, or another that begins with it.
        public var beginning: Set<Int>
        /// The heading above it has the word.
        public var heading: Set<Int>
        /// Its record's title or id has the word, or a heading further up.
        public var record: Set<Int>

        /// Numbers of candidates.
        public init(text: Set<Int>, beginning: Set<Int>, heading: Set<Int>, record: Set<Int>) {
            self.text = text
            self.beginning = beginning
            self.heading = heading
            self.record = record
        }
    }

    /// A word of the question.
    public struct Word: Hashable, Sendable {
        /// The word in lower case.
        public let text: String
        /// Its weight.
        let weight: Double
        /// The other ways in which it is written: `roll back` for `rollback`, and the reverse.
        public let spellings: [String]
    }

    /// The sentences, passage by passage.
    public let candidates: [Candidate]
    /// The words that are looked for in them.
    public let words: [Word]
    private let asked: AskedFor?
    /// For each passage, its score among the passages, 0 to 1, and whether the heading above it announces what is asked
    /// for: `Why`, `The cause`, `When a release is bad`.
    private let passages: [(share: Double, isAnnounced: Bool)]

    /// The most sentences that are looked at.
    private static let candidatesMax = 400

    /// A choice that is to be made.
    ///
    /// - Parameters:
    ///   - passages: Best first: the lowest heading, the text and the score of each.
    ///   - frequencies: For each of the question's terms, the number of passages of all records that contain it.
    ///   - total: The number of passages of all records.
    public init(
        _ question: Question, passages: [(heading: String?, text: String, score: Double)], frequencies: [Int],
        total: Int
    ) {
        let terms = zip(question.terms, frequencies).map { term, frequency in
            (term.text, Relevance.weight(ofFrequency: frequency, among: total))
        }
        let minor = question.minorWords.map { ($0, Self.minorWeight) }
        words = (terms + minor).map { text, weight in
            Word(text: text, weight: weight, spellings: Self.spellings(of: text, in: question))
        }
        candidates = Array(
            passages.enumerated().flatMap { number, passage in
                Sentences.split(passage.text).enumerated().map {
                    Candidate(passage: number, position: $0.offset, text: $0.element)
                }
            }.prefix(Self.candidatesMax))
        let asked = AskedFor(words: question.plainWords)
        self.asked = asked
        let best = passages.first.map { max($0.score, .leastNormalMagnitude) } ?? 1
        self.passages = passages.map {
            ($0.score / best, asked?.isAnnounced(by: Question.words(of: $0.heading ?? "")) ?? false)
        }
    }

    /// The weight of a word such as `not` or `before`, which many sentences have.
    private static let minorWeight = 1.25

    /// The best sentence of each passage, best first; of equal ones the first.
    ///
    /// - Parameter places: For each of the words, where it is.
    public func best(_ places: [Places]) -> [Candidate] {
        var best: [Int: (number: Int, score: Double)] = [:]
        for (number, candidate) in candidates.enumerated() {
            let score = score(number, candidate, places)
            if best[candidate.passage].map({ score > $0.score }) ?? true { best[candidate.passage] = (number, score) }
        }
        return best.values.sorted { ($1.score, $0.number) < ($0.score, $1.number) }.map { candidates[$0.number] }
    }

    private func score(_ number: Int, _ candidate: Candidate, _ places: [Places]) -> Double {
        let sentence = AskedSentence(candidate.text)
        let before = candidate.position > 0 ? (sentence.goesOn ? 0.8 : 0.3) : 0
        var found = 0.0, total = 0.0
        for (word, places) in zip(words, places) {
            total += word.weight
            let share =
                if places.text.contains(number) {
                    1.0
                } else {
                    max(
                        places.beginning.contains(number) ? 0.8 : 0,
                        places.heading.contains(number) ? 0.6 : 0, places.record.contains(number) ? 0.4 : 0,
                        places.beginning.contains(number - 1) ? before : 0)
                }
            found += word.weight * share
        }
        let passage = passages[candidate.passage]
        var score = total > 0 ? found / total : 0
        score += 0.4 * passage.share
        if let asked, asked.isTold(by: sentence) { score += asked.isDefinition ? 0.6 : 0.4 }
        if passage.isAnnounced { score += 0.3 }
        if candidate.text.hasSuffix("?") { score -= 1 }
        let isLabel = sentence.words.count < 3 || candidate.text.hasSuffix(":")
        if sentence.isPointer || isLabel || candidate.text.utf8.count > 300 { score -= 0.3 }
        return score - 0.01 * Double(candidate.position)
    }

    /// A word in its parts, and with its neighbours in the question: notes write `rollback` and `roll back`.
    private static func spellings(of word: String, in question: Question) -> [String] {
        guard word.utf8.count > 2, word.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) else {
            return []
        }
        var spellings: [String] = []
        let length = word.utf8.count
        if (6...24).contains(length) {
            spellings += (3...(length - 3)).map { "\(word.prefix($0)) \(word.dropFirst($0))" }
        }
        let words = question.plainWords
        guard let place = words.firstIndex(of: word) else { return spellings }
        if place > 0, words[place - 1].utf8.count > 2 { spellings.append(words[place - 1] + word) }
        if place + 1 < words.count, words[place + 1].utf8.count > 2 { spellings.append(word + words[place + 1]) }
        return spellings
    }
}
