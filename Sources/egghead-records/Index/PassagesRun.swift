import GRDB
import Records
import Services

/// A search for the passages that answer a question best; none if no passage contains enough of it.
struct PassagesRun: QueryRun {
    private let question: Question, limit: Int
    private var scan: RankedScan?
    /// For each content word, those of the best passages that contain it.
    private var holding: [Set<Int64>] = []

    /// How many of the best passages are weighed.
    private static let candidatesMax = 60

    /// A search that has not begun.
    init(_ request: Index.Passages.Request) {
        question = Question(request.question)
        limit = IndexDatabase.limit(request.limit, 3, 20)
        scan = question.anyWordQuery.map {
            RankedScan(.passages, query: $0, filter: FilterClause(request.filter), limit: Self.candidatesMax)
        }
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> [Passage]? {
        guard var scan else { return [] }
        let isRanked = try scan.step(slice, in: db)
        self.scan = scan
        if !isRanked { return nil }
        if scan.hits.isEmpty { return [] }
        while holding.count < question.terms.count {
            let word = IndexQuery(phrase: question.terms[holding.count].text)
            holding.append(try Self.rows(matching: word, among: scan.hits, in: db))
            if slice.isOver { return nil }
        }
        return try best(of: scan, in: db)
    }

    /// FTS5 itself decides whether a passage contains a word, so that the stems are the same everywhere.
    private static func rows(
        matching word: IndexQuery, among hits: [RankedScan.Hit], in db: Database
    ) throws -> Set<Int64> {
        let ids = hits.map { String($0.row) }.joined(separator: ", ")
        let sql = "SELECT rowid FROM passages_text WHERE passages_text MATCH ? AND rowid IN (\(ids))"
        return try Int64.fetchSet(db, sql: sql, arguments: [word.match])
    }

    private func best(of scan: RankedScan, in db: Database) throws -> [Passage] {
        let passages = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM passages")) ?? 0
        let relevance = Relevance(terms: question.terms, frequencies: scan.counts.map(Int.init), passages: passages)
        let answers = scan.hits.compactMap { hit -> (hit: RankedScan.Hit, score: Double)? in
            let share = relevance.share(holding.map { $0.contains(hit.row) })
            // The share decides: bm25 is near zero for words of many passages, and with few records most are such.
            return share < Relevance.floor ? nil : (hit, share * (1 - hit.score))
        }
        let best = answers.sorted { ($1.score, $0.hit.record) < ($0.score, $1.hit.record) }.prefix(limit)
        return try best.compactMap { try Self.passage(of: $0.hit.row, score: $0.score, in: db) }
    }

    private static func passage(of row: Int64, score: Double, in db: Database) throws -> Passage? {
        let sql = """
            SELECT records.id, records.title, passages.headings, passages_text.text
            FROM passages JOIN passages_text ON passages_text.rowid = passages.rowid
            JOIN records ON records.rowid = passages.record
            WHERE passages.rowid = ?
            """
        guard let found = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [row]) else { return nil }
        return Passage(
            id: found["id"], title: found["title"], headings: lines(found["headings"]),
            text: IndexText.restored(found["text"]), score: score)
    }
}
