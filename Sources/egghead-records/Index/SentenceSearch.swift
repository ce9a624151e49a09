import GRDB
import Records
import Services

/// Looks for the words of a question in the sentences of passages, in a table of their own in memory.
///
/// FTS5 itself decides whether a sentence contains a word, so that the stems are those of the index.
struct SentenceSearch {
    private let passages: [Passage], ranking: SentenceRanking
    /// Nil until the sentences are in it.
    private var table: DatabaseQueue?
    private var places: [SentenceRanking.Places] = []

    private enum Column: String { case text, heading, record }

    /// A search that has not begun.
    ///
    /// - Parameters:
    ///   - passages: Best first.
    ///   - frequencies: For each of the question's terms, the number of passages of all records that contain it.
    ///   - total: The number of passages of all records.
    init(_ question: Question, in passages: [Passage], frequencies: [Int], total: Int) {
        self.passages = passages
        ranking = SentenceRanking(
            question, passages: passages.map { ($0.headings.last, $0.text, $0.score) }, frequencies: frequencies,
            total: total)
    }

    /// Looks for more of the words: at least one, and no more after the slice is over.
    ///
    /// - Returns: Whether all are looked for.
    /// - Throws: SQLite's error.
    mutating func step(_ slice: Slice) throws -> Bool {
        let table = try table ?? fill()
        self.table = table
        while places.count < ranking.words.count {
            let word = ranking.words[places.count]
            places.append(
                try table.inDatabase { db in
                    SentenceRanking.Places(
                        text: try Self.rows(with: word, .text, isWhole: true, in: db),
                        beginning: try Self.rows(with: word, .text, in: db),
                        heading: try Self.rows(with: word, .heading, in: db),
                        record: try Self.rows(with: word, .record, in: db))
                })
            if slice.isOver { return false }
        }
        return true
    }

    /// The sentence of each passage that answers best, when all words are looked for; best first.
    var best: [Index.Passages.Sentence] {
        ranking.best(places).map { Index.Passages.Sentence(text: $0.text, passage: passages[$0.passage]) }
    }

    private func fill() throws -> DatabaseQueue {
        let table = try DatabaseQueue()
        try table.write { db in
            try db.execute(
                sql: """
                    CREATE VIRTUAL TABLE sentences USING fts5(
                        text, heading, record, tokenize = "\(IndexSchema.tokenizer)"
                    )
                    """)
            let sql = "INSERT INTO sentences (rowid, text, heading, record) VALUES (?, ?, ?, ?)"
            let insert = try db.cachedStatement(sql: sql)
            for (number, candidate) in ranking.candidates.enumerated() {
                let passage = passages[candidate.passage]
                let record = [passage.title, passage.id.rawValue] + passage.headings
                try insert.execute(
                    arguments: [
                        number, IndexText.cut(candidate.text), IndexText.cut(passage.headings.last ?? ""),
                        IndexText.cut(record.joined(separator: "\n")),
                    ])
            }
        }
        return table
    }

    /// The sentences with a word, or with one that begins with it.
    private static func rows(
        with word: SentenceRanking.Word, _ column: Column, isWhole: Bool = false, in db: Database
    ) throws -> Set<Int> {
        var ways = ([word.text] + word.spellings).map { IndexQuery(phrase: $0, column: column.rawValue) }
        if !isWhole, word.text.utf8.count > 2 {
            ways.append(IndexQuery(phrase: word.text, column: column.rawValue, isPrefix: true))
        }
        guard let query = IndexQuery.any(ways) else { return [] }
        let find = try db.cachedStatement(sql: "SELECT rowid FROM sentences WHERE sentences MATCH ?")
        return try Int.fetchSet(find, arguments: [query.match])
    }
}
