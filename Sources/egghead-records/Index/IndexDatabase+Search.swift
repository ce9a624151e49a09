import GRDB
import Records
import Services

extension IndexDatabase {
    /// Whole records, best first. A query that FTS5 refuses is read as plain words: records with all of them, or, if
    /// there are none, records with any of the content words.
    func search(_ request: Index.Search.Request) throws -> [SearchHit] {
        if let hits = try hits(for: request.query, request) { return hits }
        if let words = Question.plainWordsQuery(request.query), let hits = try hits(for: words, request), !hits.isEmpty
        {
            return hits
        }
        guard let any = Question(request.query).anyWordQuery else { return [] }
        return try hits(for: any, request) ?? []
    }

    /// - Returns: Nil when FTS5 refuses the query.
    private func hits(for query: String, _ request: Index.Search.Request) throws -> [SearchHit]? {
        if !query.contains(where: { $0.isLetter || $0.isNumber }) { return nil }
        let filter = FilterClause(request.filter)
        // In two steps, because a snippet costs more than a score, and the first step examines many records.
        let sql = """
            WITH best AS MATERIALIZED (
                SELECT records.rowid AS record, bm25(records_text, 8.0, 1.0, 4.0) AS score
                FROM records_text JOIN records ON records.rowid = records_text.rowid
                WHERE records_text MATCH :query AND \(filter.sql)
                ORDER BY score, records.id LIMIT :limit)
            SELECT records.*, snippet(records_text, -1, '**', '**', '…', 24) AS snippet, score
            FROM best CROSS JOIN records_text CROSS JOIN records
            WHERE records_text MATCH :query AND records_text.rowid = record AND records.rowid = record
            ORDER BY score, records.id
            """
        let own: [String: (any DatabaseValueConvertible)?] = [
            "query": query, "limit": Self.limit(request.limit, 10, 100),
        ]
        do {
            let rows = try read {
                // Prepared once for each kind of filter: preparing a statement takes longer than many a search.
                try Row.fetchAll(
                    $0.cachedStatement(sql: sql), arguments: StatementArguments(filter.arguments.merging(own) { $1 }))
            }
            return rows.map {
                SearchHit(record: RecordSummary(row: $0), snippet: $0["snippet"], score: -($0["score"] as Double))
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
            return nil  // "fts5: syntax error", "no such column", "unterminated string": the query's fault
        }
    }

    /// The passages that answer a question best; none if no passage contains enough of it.
    func passages(_ request: Index.Passages.Request) throws -> [Passage] {
        let question = Question(request.question)
        guard let query = question.anyWordQuery else { return [] }
        return try read { db in
            let candidates = try Self.candidates(query, FilterClause(request.filter), in: db)
            if candidates.isEmpty { return [] }
            let relevance = try Self.relevance(of: question, in: db)
            let holding = try question.contentWords.map { try Self.rows(holding: $0, among: candidates, in: db) }
            let answers = candidates.compactMap { row -> Passage? in
                let id: Int64 = row["rowid"], bm25: Double = row["score"]
                let share = relevance.share(holding.map { $0.contains(id) })
                if share < Relevance.floor { return nil }
                // The share decides: bm25 is near zero for words of many passages, and with few records most are such.
                return Passage(row: row, score: share * (1 - bm25))
            }
            let best = answers.sorted { ($1.score, $0.id) < ($0.score, $1.id) }
            return Array(best.prefix(Self.limit(request.limit, 3, 20)))
        }
    }

    /// How many of bm25's best passages are weighed.
    private static let candidatesMax = 60

    private static func candidates(_ query: String, _ filter: FilterClause, in db: Database) throws -> [Row] {
        let sql = """
            SELECT passages.rowid, records.id, records.title, passages.headings, passages_text.text,
                bm25(passages_text, 4.0, 2.0, 3.0, 1.0) AS score
            FROM passages_text
            JOIN passages ON passages.rowid = passages_text.rowid
            JOIN records ON records.rowid = passages.record
            WHERE passages_text MATCH :query AND \(filter.sql)
            ORDER BY score, passages.rowid LIMIT \(candidatesMax)
            """
        let arguments = filter.arguments.merging(["query": query]) { $1 }
        return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments))
    }

    private static func relevance(of question: Question, in db: Database) throws -> Relevance {
        let passages = try Int.fetchOne(db, sql: "SELECT count(*) FROM passages") ?? 0
        // A word of more than ten thousand passages is common, and counting further would only cost time.
        let count = try db.cachedStatement(
            sql: "SELECT count(*) FROM (SELECT 1 FROM passages_text WHERE passages_text MATCH ? LIMIT 10000)")
        let frequencies = try question.contentWords.map {
            try Int.fetchOne(count, arguments: [Question.quoted($0)]) ?? 0
        }
        return Relevance(frequencies: frequencies, passages: passages)
    }

    /// FTS5 itself decides whether a passage contains a word, so that the stems are the same everywhere.
    private static func rows(holding word: String, among candidates: [Row], in db: Database) throws -> Set<Int64> {
        let ids = candidates.map { String($0["rowid"] as Int64) }.joined(separator: ", ")
        let sql = "SELECT rowid FROM passages_text WHERE passages_text MATCH ? AND rowid IN (\(ids))"
        return try Int64.fetchSet(db, sql: sql, arguments: [Question.quoted(word)])
    }
}

extension Passage {
    /// A candidate's row; the score is its share of the question.
    fileprivate init(row: Row, score: Double) {
        self.init(
            id: row["id"], title: row["title"], headings: lines(row["headings"]), text: row["text"], score: score)
    }
}
