import GRDB
import Records
import Services

/// A search for the passages that answer a question best, and for the best sentences of them; none if no passage
/// contains enough of the question.
struct PassagesRun: QueryRun {
    /// What was found.
    struct Found: Hashable {
        /// Best first.
        var passages: [Passage] = []
        /// The sentence of each passage that answers best, best first, if they were asked for.
        var sentences: [Index.Passages.Sentence]?
    }

    private let question: Question, limit: Int, wantsSentences: Bool
    private var scan: RankedScan?
    /// For each content word, those of the best passages that contain it.
    private var holding: [Set<Int64>] = []
    /// What is found, while the sentences are looked for.
    private var found: (passages: [Passage], sentences: SentenceSearch)?

    /// How many of the best passages are weighed.
    private static let candidatesMax = 60
    /// Of how many passages the sentences are looked at.
    private static let sentencePassagesMax = 20

    /// A search that has not begun.
    init(_ request: Index.Passages.Request) {
        question = Question(request.question)
        limit = IndexDatabase.limit(request.limit, 3, 20)
        wantsSentences = request.sentences ?? false
        scan = question.anyWordQuery.map {
            RankedScan(.passages, query: $0, filter: FilterClause(request.filter), limit: Self.candidatesMax)
        }
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> Found? {
        if found != nil { return try chooseSentences(slice) }
        guard var scan else { return Found() }
        let isRanked = try scan.step(slice, in: db)
        self.scan = scan
        if !isRanked { return nil }
        if scan.hits.isEmpty { return Found() }
        while holding.count < question.terms.count {
            let word = IndexQuery(phrase: question.terms[holding.count].text)
            holding.append(try Self.rows(matching: word, among: scan.hits, in: db))
            if slice.isOver { return nil }
        }
        return try end(scan, in: db)
    }

    private mutating func chooseSentences(_ slice: Slice) throws -> Found? {
        guard let isChosen = try found?.sentences.step(slice), isChosen, let found else { return nil }
        return Found(passages: found.passages, sentences: found.sentences.best)
    }

    /// FTS5 itself decides whether a passage contains a word, so that the stems are the same everywhere.
    private static func rows(
        matching word: IndexQuery, among hits: [RankedScan.Hit], in db: Database
    ) throws -> Set<Int64> {
        let ids = hits.map { String($0.row) }.joined(separator: ", ")
        let sql = "SELECT rowid FROM passages_text WHERE passages_text MATCH ? AND rowid IN (\(ids))"
        return try Int64.fetchSet(db, sql: sql, arguments: [word.match])
    }

    /// Weighs what was ranked.
    ///
    /// - Returns: The answer, unless the sentences are still to be chosen.
    private mutating func end(_ scan: RankedScan, in db: Database) throws -> Found? {
        let total = try Int.fetchOne(db.cachedStatement(sql: "SELECT count(*) FROM passages")) ?? 0
        let frequencies = scan.counts.map(Int.init)
        let relevance = Relevance(terms: question.terms, frequencies: frequencies, passages: total)
        let answers = scan.hits.map { hit -> (hit: RankedScan.Hit, share: Double, score: Double) in
            let share = relevance.share(holding.map { $0.contains(hit.row) })
            // The share decides: bm25 is near zero for words of many passages, and with few records most are such.
            return (hit, share, share * (1 - hit.score))
        }.sorted { ($1.score, $0.hit.record) < ($0.score, $1.hit.record) }
        let passages = { (floor: Double, limit: Int) in
            try answers.filter { $0.share >= floor }.prefix(limit)
                .compactMap { try Self.passage(of: $0.hit.row, score: $0.score, in: db) }
        }
        guard wantsSentences else { return Found(passages: try passages(Relevance.floor, limit)) }
        let answering = try passages(Relevance.floor, Self.sentencePassagesMax)
        let searched = answering.isEmpty ? try passages(Relevance.nearFloor, Self.sentencePassagesMax) : answering
        let sentences = SentenceSearch(question, in: searched, frequencies: frequencies, total: total)
        found = (Array(answering.prefix(limit)), sentences)
        return nil
    }

    private static func passage(of row: Int64, score: Double, in db: Database) throws -> Passage? {
        let sql = """
            SELECT records.id, records.title, records.class, passages.headings, passages_text.text
            FROM passages JOIN passages_text ON passages_text.rowid = passages.rowid
            JOIN records ON records.rowid = passages.record
            WHERE passages.rowid = ?
            """
        guard let found = try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [row]) else { return nil }
        return Passage(
            id: found["id"], title: found["title"], recordClass: RecordClass(rawValue: found["class"]) ?? .durable,
            headings: lines(found["headings"]), text: IndexText.restored(found["text"]), score: score)
    }
}
