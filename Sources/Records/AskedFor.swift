/// What a question asks for, by its words of asking, and by which words a sentence that tells it can be known.
///
/// The rules are for English; a question in another language asks for nothing in particular.
enum AskedFor: Hashable {
    case duration, frequency, count, time, timeOfDay, person, place, reason, command
    /// What something is: its name in lower case.
    case definition(String)

    /// What a question asks for; nil when it is nothing in particular. Its first words of asking decide: who is asked
    /// for in "who do I call when it is down".
    ///
    /// - Parameter words: The words of the question in lower case.
    init?(words: [String]) {
        if let name = Self.name(asked: words) {
            self = .definition(name)
            return
        }
        let text = " " + words.joined(separator: " ") + " "
        let found = Self.phrases.flatMap { asked, phrases in
            phrases.compactMap { phrase in text.firstRange(of: " \(phrase) ").map { ($0.lowerBound, asked) } }
        }
        if let first = found.min(by: { $0.0 < $1.0 }) {
            self = first.1
        } else if ["error rate", "limit"].contains(where: { text.contains(" \($0) ") }) {
            self = .count
        } else {
            return nil
        }
    }

    /// The words of asking; of those that begin at the same word the first counts.
    private static let phrases: [(AskedFor, [String])] = [
        (.duration, ["how long", "how soon", "how fast", "how quickly"]), (.frequency, ["how often"]),
        (
            .count,
            [
                "how many", "how much", "how big", "how large", "how far", "how old", "how high", "what rate",
                "what error rate", "what percentage", "what size", "what number",
            ]
        ),
        (.timeOfDay, ["what time"]), (.time, ["when", "what day", "which day"]), (.person, ["who", "whose", "whom"]),
        (.place, ["where"]), (.reason, ["why"]),
        (.command, ["command", "how do", "how to", "how can", "how does", "how should"]),
    ]

    /// The name in "what is the broker"; nil for other questions.
    private static func name(asked words: [String]) -> String? {
        guard words.count > 2, words[0] == "what", ["is", "are"].contains(words[1]) else { return nil }
        let name = words[2...].drop { ["a", "an", "the", "our"].contains($0) }
        return name.isEmpty || name.count > 3 ? nil : name.joined(separator: " ")
    }

    /// Whether a sentence tells what is asked for, as far as its form shows it.
    func isTold(by sentence: AskedSentence) -> Bool {
        switch self {
        case .duration:
            sentence.words.indices.contains {
                Self.units.contains(sentence.words[$0])
                    && sentence.words[max(0, $0 - 2)..<$0].contains { Self.isNumber($0) || Self.some.contains($0) }
            }
        case .frequency: sentence.words.contains(where: Self.frequencies.contains)
        case .count: sentence.words.contains { Self.isNumber($0) || Self.totals.contains($0) }
        case .time: sentence.hasTimeOfDay || sentence.words.contains(where: Self.times.contains)
        case .timeOfDay: sentence.hasTimeOfDay
        case .person: sentence.hasName || sentence.words.contains(where: Self.people.contains)
        case .place: sentence.text.contains("`") || sentence.text.contains("[[") || sentence.says(Self.places)
        case .reason: sentence.says(Self.reasons)
        case .command: sentence.hasCommand
        case .definition(let name): sentence.says(Self.copulas.map { name + $0 })
        }
    }

    /// Whether a heading announces what is asked for.
    ///
    /// - Parameter words: The words of the heading in lower case.
    func isAnnounced(by words: [String]) -> Bool {
        switch self {
        case .time, .timeOfDay: words.first == "when"
        case .person: words.first == "who"
        case .place: words.first == "where"
        case .command: words.first == "how"
        case .reason: words.contains { ["why", "cause", "causes", "reason", "reasons"].contains($0) }
        case .duration, .frequency, .count, .definition: false
        }
    }

    /// Whether it asks what something is.
    var isDefinition: Bool {
        switch self {
        case .definition: true
        case .duration, .frequency, .count, .time, .timeOfDay, .person, .place, .reason, .command: false
        }
    }

    private static func isNumber(_ word: String) -> Bool {
        word.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } == true || numerals.contains(word)
    }

    private static func set(_ words: String) -> Set<String> { Set(words.split(separator: " ").map(String.init)) }

    private static let units = set(
        "second seconds minute minutes hour hours day days week weeks month months quarter quarters year years")
    private static let numerals = set(
        "one two three four five six seven eight nine ten eleven twelve dozen hundred thousand twice")
    private static let some = set("a an half some few several couple")
    private static let totals = set("no none both all")
    private static let frequencies = set(
        "every each once twice daily nightly weekly monthly hourly yearly always never per times")
    static let times = set(
        "when until after before if during since every each night morning noon midnight evening today "
            + "tomorrow once day days hour hours minute minutes monday mondays tuesday tuesdays wednesday "
            + "wednesdays thursday thursdays friday fridays saturday saturdays sunday sundays january february "
            + "march april may june july august september october november december")
    private static let people = set("somebody nobody person people team")
    private static let places = ["goes to", "stored", "kept in", "lives in", "lies in"]
    private static let reasons = [
        "because", "since", "so that", "so", "cause", "caused", "causes", "reason", "reasons", "due to", "had been",
    ]
    private static let copulas = [" is", " are", " a", " an", " the", " our"]
}

/// A sentence as its form is looked at.
struct AskedSentence {
    /// The sentence.
    let text: String
    /// Its words in lower case.
    let words: [String]

    /// A sentence.
    init(_ text: String) {
        self.text = text
        words = Question.words(of: text)
    }

    /// Whether the words of one of the phrases stand in it one behind the other.
    func says(_ phrases: [String]) -> Bool {
        let joined = " " + words.joined(separator: " ") + " "
        return phrases.contains { joined.contains(" \($0) ") }
    }

    /// `10:00`
    var hasTimeOfDay: Bool {
        text.split { !$0.isNumber && $0 != ":" }.contains { $0.count >= 4 && $0.dropFirst().dropLast(2).contains(":") }
    }

    /// Whether a word within it begins with a capital letter.
    var hasName: Bool {
        var isFirst = true
        for word in text.split(separator: " ") {
            if !isFirst, word.first?.isUppercase == true, word.dropFirst().first?.isLowercase == true,
                !AskedFor.times.contains(word.filter(\.isLetter).lowercased())
            {
                return true
            }
            isFirst = word.last.map { ".!?".contains($0) } ?? false
        }
        return false
    }

    /// Whether it has code of more than one word, as a command with its arguments is.
    var hasCommand: Bool {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        return parts.indices.contains { $0 % 2 == 1 && $0 + 1 < parts.count && parts[$0].contains(" ") }
    }

    /// Whether it goes on with what the sentence before it is about.
    var goesOn: Bool { words.first.map(Self.pronouns.contains) ?? false }

    /// Whether it says only where to read.
    var isPointer: Bool { text.contains(" is in [[") && (text.hasSuffix("]].") || text.hasSuffix("]]")) }

    private static let pronouns: Set<String> = [
        "it", "they", "that", "this", "these", "those", "their", "its", "he", "she", "his", "her", "there", "then",
        "otherwise", "both", "such",
    ]
}
