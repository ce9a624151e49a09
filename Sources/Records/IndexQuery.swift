/// A query in the syntax of FTS5, made of parts in which no character has a meaning, so that FTS5 never refuses it.
///
/// See: SQLite FTS5 §3
public struct IndexQuery: Hashable, Sendable {
    /// The whole query, for `MATCH`.
    public let match: String
    /// Whether a word in it is the beginning of others.
    public let hasPrefix: Bool
    /// Each of its phrases as a query, in the order in which FTS5 numbers them.
    public let phrases: [String]

    private init(match: String, of parts: [IndexQuery]) {
        self.match = match
        hasPrefix = parts.contains(where: \.hasPrefix)
        phrases = parts.flatMap(\.phrases)
    }

    /// A query for the words of a text, one behind the other.
    ///
    /// - Parameters:
    ///   - column: The column to look in; all of them unless told. It must exist.
    ///   - isPrefix: Whether the last word may go on.
    public init(phrase: some StringProtocol, column: String? = nil, isPrefix: Bool = false) {
        let text = Self.quoted(IndexText.cut(String(phrase))) + (isPrefix ? " *" : "")
        match = column.map { "\($0) : \(text)" } ?? text
        phrases = [match]
        hasPrefix = isPrefix
    }

    /// A query that all of the parts match; nil without parts.
    public static func all(_ parts: [IndexQuery]) -> IndexQuery? { joined(parts, by: " AND ") }

    /// A query that any of the parts matches; nil without parts.
    public static func any(_ parts: [IndexQuery]) -> IndexQuery? { joined(parts, by: " OR ") }

    /// What one part matches and another does not.
    public func without(_ other: IndexQuery) -> IndexQuery {
        IndexQuery(match: "(\(match) NOT \(other.match))", of: [self, other])
    }

    /// Phrases with at most so many words between them; nil without phrases.
    ///
    /// - Parameters:
    ///   - phrases: Queries for phrases in no certain column.
    ///   - column: The column to look in; all of them unless told. It must exist.
    public static func near(_ phrases: [IndexQuery], distance: Int, column: String? = nil) -> IndexQuery? {
        if phrases.isEmpty { return nil }
        let match = "NEAR(\(phrases.map(\.match).joined(separator: " ")), \(distance))"
        return IndexQuery(match: column.map { "\($0) : \(match)" } ?? match, of: phrases)
    }

    private static func joined(_ parts: [IndexQuery], by word: String) -> IndexQuery? {
        if parts.count < 2 { return parts.first }
        let match = "(\(parts.map(\.match).joined(separator: word)))"
        return IndexQuery(match: match, of: parts)
    }

    /// A text as an FTS5 string.
    ///
    /// See: SQLite FTS5 §3.1
    private static func quoted(_ word: String) -> String {
        // Scalar by scalar: a quote with an accent on it is a quote for SQLite.
        var text = "\""
        for scalar in word.unicodeScalars where scalar != "\0" {
            text.unicodeScalars.append(scalar)
            if scalar == "\"" { text.unicodeScalars.append(scalar) }
        }
        return text + "\""
    }
}
