import Services

/// A query as a person typed it, and the ways to read it, the first that finds something being the one that is meant.
///
/// It is an expression when it contains a sign that has no other meaning in plain words: a text in quotes, `pre*`,
/// `title:word`, `NEAR(a b)`, or `AND`, `OR` or `NOT` in capitals between two words. A sentence is not an expression,
/// even if FTS5 would accept it: `NOT` after a function word, or in a query typed in capitals, is a word.
public struct SearchQuery: Hashable, Sendable {
    /// The ways to read it, in the order in which they are tried. Empty when there is no word in it.
    public let readings: [Reading]

    /// One way to read a query.
    public struct Reading: Hashable, Sendable {
        /// Which way it is.
        public let kind: SearchReading
        /// The query for FTS5.
        public let query: IndexQuery
    }

    /// Reads a query. Only its first 2,048 bytes and its first 24 words count.
    public init(_ text: String) {
        let text = String(text.prefix(bytesMax: RecordLimits.queryBytesMax))
        let expression = SearchExpression(text)
        let words = expression?.words ?? text.split(whereSeparator: \.isWhitespace).map(String.init)
        let counting = words.filter { IndexText.hasWords($0) }.prefix(RecordLimits.questionWordsMax)
        let queries = [
            (SearchReading.expression, expression?.query),
            (.allWords, IndexQuery.all(counting.map { IndexQuery(phrase: $0) })),
            (.anyWord, Question(words.joined(separator: " ")).anyWordQuery),
        ]
        readings = queries.compactMap { kind, query in query.map { Reading(kind: kind, query: $0) } }
    }
}
