import Services

/// Which agent an open message concerns most: TF-IDF over what the agents' records say of themselves.
///
/// A word that many agents share says little of any of them, so it weighs less the more there are; a word that one
/// agent repeats weighs more, but not as often as it is repeated. For both the square root takes the place of the
/// textbook's logarithm: the same order, without a mathematics library. Tags and titles are chosen words and count as
/// written four times. No model is asked: the same message always finds the same agent.
public struct Relevance: Sendable {
    private struct Profile {
        let agent: AgentID
        let weights: [String: Double]
    }

    private let profiles: [Profile]

    /// Reads the agents that may take open messages.
    public init(agents: [AgentDefinition]) {
        let counts = agents.map(Self.wordCounts)
        var spread: [String: Int] = [:]
        for words in counts { for word in words.keys { spread[word, default: 0] += 1 } }
        profiles = zip(agents, counts)
            .map { agent, words in
                var weights: [String: Double] = [:]
                for (word, count) in words {
                    let rarity = (Double(agents.count) / Double(spread[word] ?? 1)).squareRoot()
                    weights[word] = Double(count).squareRoot() * rarity
                }
                // A long disposition holds more words of every kind; without the norm it would win by its length.
                let norm = weights.values.sorted().reduce(0) { $0 + $1 * $1 }.squareRoot()
                return Profile(agent: agent.id, weights: weights.mapValues { $0 / max(norm, 1e-9) })
            }
    }

    /// The agents with any word of the message, most relevant first, equals in the order of their ids.
    public func rank(_ text: String) -> [(agent: AgentID, score: Double)] {
        var seen: Set<String> = []
        let words = Self.words(of: text).filter { seen.insert($0).inserted }
        return profiles.map { profile in (profile.agent, words.reduce(0) { $0 + (profile.weights[$1] ?? 0) }) }
            .filter { $0.1 > 0 }
            .enumerated()
            .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
            .map { (agent: $0.element.0, score: $0.element.1) }
    }

    private static func wordCounts(of agent: AgentDefinition) -> [String: Int] {
        var counts: [String: Int] = [:]
        for word in words(of: agent.disposition) { counts[word, default: 0] += 1 }
        for word in agent.tags.flatMap(words(of:)) + words(of: agent.title) { counts[word, default: 0] += 4 }
        return counts
    }

    /// The words that carry meaning, in lower case, without the plural's `s`.
    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            .filter { $0.count > 1 && !stopWords.contains($0) }
            .map { $0.count > 3 && $0.hasSuffix("s") && !$0.hasSuffix("ss") ? String($0.dropLast()) : $0 }
    }

    /// Words of any English sentence. With two or three agents rarity alone would take them for a speciality.
    private static let stopWords = Set(
        """
        about after all also am an and any are as at be been but by can could did do does for from get go had has have \
        he her him his how if in into is it its just know let like may me more most my no not now of off on one only \
        or our out over please say she should so some tell than that the their them then there these they this those \
        to up us use was we were what when where which who why will with would you your
        """.split(separator: " ").map(String.init))
}
