/// A part of a query as a person typed it.
enum SearchToken: Hashable {
    /// A word or a text in quotes.
    case phrase(Phrase)
    /// Phrases close to each other, in a column or in any.
    case near([Phrase], distance: Int, column: String?)
    case open, close
    /// A parenthesis with a column before it, in which everything up to its end is looked for.
    case columnOpen
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
        /// Whether the column is named right before them, and not before a parenthesis round them.
        var namesColumn = false
        /// Whether the last word may go on.
        var isPrefix = false
        /// Whether it is in quotes.
        var isQuoted = false

        /// The query for it.
        var query: IndexQuery { IndexQuery(phrase: text, column: column, isPrefix: isPrefix) }
    }

    /// The columns that a query for records may name, in any case, and their names in the index.
    static let recordColumns = [
        "title": "title", "body": "body", "tags": "tags", "tag": "tags", "id": "{name folder}",
        "path": "{name folder}",
    ]
    /// The distance of `NEAR` without a number, as in FTS5.
    private static let usualDistance = 10
    private static let quotes: Set<Character> = ["\"", "“", "”", "„"]

    /// Whether it means something only in an expression. Parentheses alone do not: they are punctuation.
    var isSign: Bool {
        switch self {
        case .phrase(let phrase): phrase.isQuoted || phrase.isPrefix || phrase.namesColumn
        case .near, .word, .columnOpen: true
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
        case .phrase, .near, .open, .columnOpen: true
        case .close, .word: false
        }
    }

    /// Whether an operand can end with it.
    var endsOperand: Bool {
        switch self {
        case .phrase, .near, .close: true
        case .open, .columnOpen, .word: false
        }
    }

    /// The phrases in it.
    var phrases: [Phrase] {
        switch self {
        case .phrase(let phrase): [phrase]
        case .near(let phrases, _, _): phrases
        case .open, .columnOpen, .close, .word: []
        }
    }

    /// The parts of a text. Signs without a letter, a digit or a symbol are left out.
    ///
    /// - Parameter columns: The columns that it may name.
    /// - Returns: Nil when a quote is not closed, or stands within a word.
    static func tokens(of text: String, columns: [String: String]) -> [SearchToken]? {
        var tokens: [SearchToken] = [], rest = text[...]
        // The columns of the open parentheses; one within another has its column unless it names one itself.
        var groups: [String?] = []
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return tokens }
            let outer = groups.last ?? nil, named = takeColumn(from: &rest, columns)
            switch rest.first ?? first {
            case "(":
                tokens.append(named == nil ? .open : .columnOpen)
                groups.append(named ?? outer)
                rest.removeFirst()
            case ")":
                tokens.append(.close)
                _ = groups.popLast()
                rest.removeFirst()
            case _:
                guard var token = next(in: &rest, column: named ?? outer, columns) else { return nil }
                if case .phrase(var phrase) = token {
                    phrase.namesColumn = named != nil
                    token = .phrase(phrase)
                }
                if token.phrases.contains(where: { IndexText.hasWords($0.text) }) { tokens.append(token) }
            }
        }
    }

    /// Reads the name of a column and the colon after it, if a word, a quote or a parenthesis follows.
    private static func takeColumn(from rest: inout Substring, _ columns: [String: String]) -> String? {
        let name = rest.prefix { $0.isASCII && $0.isLetter }, behind = rest.dropFirst(name.count)
        guard let column = columns[name.lowercased()], behind.first == ":",
            let next = behind.dropFirst().first, !next.isWhitespace, next != ")"
        else { return nil }
        rest = behind.dropFirst()
        return column
    }

    private static func next(
        in rest: inout Substring, column: String?, _ columns: [String: String]
    ) -> SearchToken? {
        if rest.hasPrefix("NEAR("), let end = rest.firstIndex(of: ")"),
            let near = near(rest[..<end].dropFirst(5), column: column, columns)
        {
            rest = rest[end...].dropFirst()
            return near
        }
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
    private static func near(_ text: Substring, column: String?, _ columns: [String: String]) -> SearchToken? {
        let parts = text.split(separator: ",", maxSplits: 1), distance = parts.count < 2 ? nil : parts[1]
        guard let inner = parts.first, let tokens = tokens(of: String(inner), columns: columns) else { return nil }
        let phrases = tokens.flatMap(\.phrases)
        guard phrases.count > 1, phrases.count == tokens.count, !phrases.contains(where: { $0.column != nil }) else {
            return nil
        }
        guard let distance else { return .near(phrases, distance: usualDistance, column: column) }
        return Int(distance.filter { !$0.isWhitespace }).flatMap { number in
            (0...1_000).contains(number) ? .near(phrases, distance: number, column: column) : nil
        }
    }
}
