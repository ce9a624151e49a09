import GRDB
import Records

/// Shows why a text matches a query: the text and the query meet in a table of their own, in memory.
///
/// The database of rooms has no texts, so FTS5 can show none of it. A text that does not match is not what the index
/// has read.
final class Quotation {
    private let queue: DatabaseQueue

    /// The most bytes that are shown.
    private static let bytesMax = 2_048

    /// An empty table.
    init() throws {
        queue = try DatabaseQueue()
        try queue.inDatabase { db in
            TextFunctions.add(to: db)
            try db.execute(
                sql: "CREATE VIRTUAL TABLE shown USING fts5(text, tokenize = \"\(IndexSchema.tokenizer)\")")
        }
    }

    /// The part of a text that matches a query, with `**` round the words; nil if nothing matches.
    ///
    /// - Throws: SQLite's error.
    func excerpt(of text: String, for query: IndexQuery) throws -> String? {
        try queue.inDatabase { db in
            let insert = try db.cachedStatement(sql: "INSERT INTO shown (rowid, text) VALUES (1, ?)")
            try insert.execute(arguments: [IndexText.cut(text)])
            defer { _ = try? db.execute(sql: "DELETE FROM shown") }  // a row that stays fails the next insertion
            let find = try db.cachedStatement(sql: "SELECT excerpt(shown) FROM shown WHERE shown MATCH ?")
            let shown = try String.fetchOne(find, arguments: [query.match])
            return shown.map { String(IndexText.restored($0).prefix(bytesMax: Self.bytesMax)) }
        }
    }
}
