import Services

/// A query that a person means as an expression.
///
///     any       = all { "OR" all }
///     all       = without { "AND" without }
///     without   = sequence { ("NOT" | "AND NOT") sequence }
///     sequence  = primary { primary }                       all of them
///     primary   = [column ":"] ("(" any ")" | "NEAR(" phrases [, number] ")" | phrase)
///     phrase    = (word | "\"" words "\"") ["*"]
///
/// See: SQLite FTS5 §3
struct SearchExpression {
    /// The expression for FTS5; nil when it is not read as one.
    let query: IndexQuery?
    /// The words in it, without operators, columns and signs.
    let words: [String]

    /// The objection to a text that is meant as an expression and is not read as one; nil if it is read.
    let objection: SearchObjection?

    /// Reads a text; nil when it is not meant as an expression.
    ///
    /// - Parameters:
    ///   - isCut: Whether the text is only the beginning of what was typed: what it leaves out may change the meaning.
    ///   - columns: The columns that it may name; see `SearchToken`.
    init?(_ text: String, isCut: Bool, columns: [String: String]) {
        guard var tokens = SearchToken.tokens(of: text, columns: columns) else { return nil }
        tokens = Self.withOperators(tokens)
        guard tokens.contains(where: \.isSign) else { return nil }
        let phrases = tokens.flatMap(\.phrases)
        words = phrases.flatMap { $0.text.split(whereSeparator: \.isWhitespace).map(String.init) }
        if isCut || phrases.count > RecordLimits.questionWordsMax {
            (query, objection) = (nil, .longExpression)
            return
        }
        var parser = Parser(rest: tokens[...])
        let parsed = parser.any(depth: 0)
        query = parser.rest.isEmpty ? parsed : nil
        objection = query == nil ? .brokenExpression : nil
    }

    /// Marks the words that are operators. `AND NOT` is `NOT`.
    private static func withOperators(_ tokens: [SearchToken]) -> [SearchToken] {
        let isShouted = isShouted(tokens), alternates = alternates(tokens)
        let pairs = zip(tokens, tokens.dropFirst().map(Optional.some) + [nil])
        let tokens = pairs.filter { !($0.operatorWord == .and && $1?.operatorWord == .not) }.map(\.0)
        return tokens.indices.map { index in
            guard let word = tokens[index].operatorWord, index > 0, index + 1 < tokens.count else {
                return tokens[index]
            }
            let left = tokens[index - 1], right = tokens[index + 1]
            let isBetween = left.endsOperand && right.beginsOperand
            let isBesideOther = left.operatorWord != nil || right.operatorWord != nil
            guard isBetween, !isBesideOther else { return tokens[index] }
            let isMeant =
                switch word {
                case .and, .or: !isShouted || alternates
                case .not: !isShouted && !left.isFunctionWord && !right.isFunctionWord
                }
            return isMeant ? .word(word) : tokens[index]
        }
    }

    /// Whether the query is typed in capitals, and contains nothing that only an expression contains.
    private static func isShouted(_ tokens: [SearchToken]) -> Bool {
        let words = tokens.filter { $0.operatorWord == nil }
        let letters = words.flatMap(\.phrases).flatMap { Array($0.text) }
        return !words.contains(where: \.isSign) && letters.contains(where: \.isUppercase)
            && !letters.contains(where: \.isLowercase)
    }

    /// Whether words and operators follow each other in turn, as in `TCP OR UDP`.
    private static func alternates(_ tokens: [SearchToken]) -> Bool {
        tokens.count % 2 == 1
            && tokens.enumerated().allSatisfy { ($0.element.operatorWord != nil) == ($0.offset % 2 == 1) }
    }

    private struct Parser {
        var rest: ArraySlice<SearchToken>
        private static let depthMax = 16

        init(rest: ArraySlice<SearchToken>) { self.rest = rest }

        mutating func any(depth: Int) -> IndexQuery? {
            if depth > Self.depthMax { return nil }
            return list(separator: .or) { $0.all(depth: depth) }.flatMap(IndexQuery.any)
        }

        private mutating func all(depth: Int) -> IndexQuery? {
            list(separator: .and) { $0.without(depth: depth) }.flatMap(IndexQuery.all)
        }

        private mutating func without(depth: Int) -> IndexQuery? {
            guard let parts = list(separator: .not, { $0.sequence(depth: depth) }), let first = parts.first else {
                return nil
            }
            return parts.dropFirst().reduce(first) { $0.without($1) }
        }

        private mutating func sequence(depth: Int) -> IndexQuery? {
            var parts: [IndexQuery] = []
            while let token = rest.first, token.beginsOperand {
                guard let part = primary(token, depth: depth) else { return nil }
                parts.append(part)
            }
            return IndexQuery.all(parts)
        }

        private mutating func primary(_ token: SearchToken, depth: Int) -> IndexQuery? {
            rest.removeFirst()
            switch token {
            case .phrase(let phrase): return phrase.query
            case .near(let phrases, let distance, let column):
                return IndexQuery.near(phrases.map(\.query), distance: distance, column: column)
            case .open, .columnOpen:
                guard let inner = any(depth: depth + 1), rest.first == .close else { return nil }
                rest.removeFirst()
                return inner
            case .close, .word: return nil
            }
        }

        /// Parts with an operator between them; nil when one of them is missing.
        private mutating func list(
            separator: SearchToken.Operator, _ part: (inout Parser) -> IndexQuery?
        ) -> [IndexQuery]? {
            var parts: [IndexQuery] = []
            repeat {
                if !parts.isEmpty { rest.removeFirst() }
                guard let next = part(&self) else { return nil }
                parts.append(next)
            } while rest.first == .word(separator)
            return parts
        }
    }
}
