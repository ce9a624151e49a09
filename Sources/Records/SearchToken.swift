/// A part of a query as a person typed it.
enum SearchToken: Hashable {
    /// A word or a text in quotes.
    case phrase(Phrase)
    /// Phrases close to each other.
    case near([Phrase], distance: Int)
    case open, close
    /// An operator that is meant as one.
    case word(Operator)

    /// A word between two others.
    enum Operator: String { case and = "AND", or = "OR", not = "NOT" }

    /// A word, or words one behind the other.
    struct Phrase: Hashable {
        /// The words.
        var text: String
        /// The column in which they are.
        var column: String?
        /// Whether the last word may go on.
        var isPrefix = false
        /// Whether it is in quotes.
        var isQuoted = false

        /// The query for it.
        var query: IndexQuery { IndexQuery(phrase: text, column: column, isPrefix: isPrefix) }
    }

    /// The columns that a query may name.
    private static let columns = ["title", "body", "tags"]
    /// The distance of `NEAR` without a number, as in FTS5.
    private static let usualDistance = 10
    private static let quotes: Set<Character> = ["\"", "“", "”", "„"]

    /// Whether it means something only in an expression. Parentheses alone do not: they are punctuation.
    var isSign: Bool {
        switch self {
        case .phrase(let phrase): phrase.isQuoted || phrase.isPrefix || phrase.column != nil
        case .near, .word: true
        case .open, .close: false
        }
    }

    /// The operator that a word in capitals may be.
    var operatorWord: Operator? {
        guard case .phrase(let phrase) = self, !isSign else { return nil }
        return Operator(rawValue: phrase.text)
    }

    /// Whether it is a word that every sentence has.
    var isFunctionWord: Bool {
        guard case .phrase(let phrase) = self, !isSign else { return false }
        return Question.isFunctionWord(phrase.text.lowercased())
    }

    /// Whether an operand can begin with it.
    var beginsOperand: Bool {
        switch self {
        case .phrase, .near, .open: true
        case .close, .word: false
        }
    }

    /// Whether an operand can end with it.
    var endsOperand: Bool {
        switch self {
        case .phrase, .near, .close: true
        case .open, .word: false
        }
    }

    /// The phrases in it.
    var phrases: [Phrase] {
        switch self {
        case .phrase(let phrase): [phrase]
        case .near(let phrases, _): phrases
        case .open, .close, .word: []
        }
    }

    /// The parts of a text. Signs without a letter, a digit or a symbol are left out.
    ///
    /// - Returns: Nil when a quote is not closed, or stands within a word.
    static func tokens(of text: String) -> [SearchToken]? {
        var tokens: [SearchToken] = [], rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return tokens }
            switch first {
            case "(": tokens.append(.open)
            case ")": tokens.append(.close)
            case _:
                guard let token = next(in: &rest) else { return nil }
                if token.phrases.contains(where: { IndexText.hasWords($0.text) }) { tokens.append(token) }
                continue
            }
            rest.removeFirst()
        }
    }

    private static func next(in rest: inout Substring) -> SearchToken? {
        if rest.hasPrefix("NEAR("), let end = rest.firstIndex(of: ")"),
            let near = near(rest[..<end].dropFirst(5))
        {
            rest = rest[end...].dropFirst()
            return near
        }
        let column = columns.first { name in
            rest.hasPrefix(name + ":") && rest.dropFirst(name.count + 1).first.map { !$0.isWhitespace } ?? false
        }
        if let column { rest = rest.dropFirst(column.count + 1) }
        var phrase: Phrase
        if let first = rest.first, quotes.contains(first) {
            let inner = rest.dropFirst()
            guard let end = inner.firstIndex(where: quotes.contains) else { return nil }
            phrase = Phrase(text: String(inner[..<end]), column: column, isQuoted: true)
            rest = inner[end...].dropFirst()
            if rest.first == "*" {
                phrase.isPrefix = true
                rest.removeFirst()
            }
        } else {
            guard let word = word(in: &rest) else { return nil }
            phrase = Phrase(text: word, column: column)
            let stem = word.dropLast()
            if word.last == "*", !stem.contains("*"), stem.last.map({ IndexText.hasWords(String($0)) }) == true {
                phrase.text = String(stem)
                phrase.isPrefix = true
            }
        }
        return .phrase(phrase)
    }

    /// A word up to a blank, or up to a parenthesis that does not belong to it.
    private static func word(in rest: inout Substring) -> String? {
        var depth = 0
        let end = rest.firstIndex { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return depth < 0 || character.isWhitespace
        }
        let word = rest[..<(end ?? rest.endIndex)]
        rest = rest[word.endIndex...]
        return word.contains(where: quotes.contains) ? nil : String(word)
    }

    /// What is between the parentheses of `NEAR`: phrases, and perhaps a comma and a number.
    private static func near(_ text: Substring) -> SearchToken? {
        let parts = text.split(separator: ",", maxSplits: 1), distance = parts.count < 2 ? nil : parts[1]
        guard let inner = parts.first, let tokens = tokens(of: String(inner)) else { return nil }
        let phrases = tokens.flatMap(\.phrases)
        guard phrases.count > 1, phrases.count == tokens.count, !phrases.contains(where: { $0.column != nil }) else {
            return nil
        }
        guard let distance else { return .near(phrases, distance: usualDistance) }
        return Int(distance.filter { !$0.isWhitespace }).flatMap { number in
            (0...1_000).contains(number) ? .near(phrases, distance: number) : nil
        }
    }
}
