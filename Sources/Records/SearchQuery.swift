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

    /// The objection to the query as it is typed; nil if all of it is read, as it is meant.
    public let objection: SearchObjection?

    /// Reads a query for records, which may name columns. Only its first 2,048 bytes and its first 24 words count.
    public init(_ typed: String) { self.init(typed, columns: SearchToken.recordColumns) }

    /// Reads a query for texts without columns: there a colon is punctuation, as in any sentence.
    public init(withoutColumns typed: String) { self.init(typed, columns: [:]) }

    private init(_ typed: String, columns: [String: String]) {
        let text = PlainForm.replaced(in: String(typed.prefix(bytesMax: RecordLimits.queryBytesMax)))
        let isCut = typed.utf8.count > RecordLimits.queryBytesMax
        let expression = SearchExpression(text, isCut: isCut, columns: columns)
        let words = expression?.words ?? text.split(whereSeparator: \.isWhitespace).map(String.init)
        let all = words.filter { IndexText.hasWords($0) }, counting = all.prefix(RecordLimits.questionWordsMax)
        objection = expression?.objection ?? (isCut || counting.count < all.count ? .longQuery : nil)
        let queries = [
            (SearchReading.expression, expression?.query),
            (.allWords, IndexQuery.all(counting.map { IndexQuery(phrase: $0) })),
            (.anyWord, Question(words.joined(separator: " ")).anyWordQuery),
        ]
        readings = queries.compactMap { kind, query in query.map { Reading(kind: kind, query: $0) } }
    }
}
