import GRDB
import Records
import Services

/// A search for whole records: each reading of the query in turn, until one finds something.
struct SearchRun: QueryRun {
    /// The hits, how the query was read, and why not as it was typed.
    typealias Answer = (hits: [SearchHit], readings: [SearchReading], objection: SearchObjection?)

    private let query: SearchQuery, filter: FilterClause, limit: Int
    /// The reading that is being tried.
    private var current = 0
    private var scan: RankedScan?
    /// The scores of the records that are still to be read, and those that have been.
    private var wanted: [Int64: Double]?
    private var found: [SearchHit] = []

    /// Finds each row by itself: the rows between are not looked at.
    private static let readEach = """
        SELECT records.*, records.rowid AS record, excerpt(records_text) AS snippet
        FROM json_each(:rows) AS wanted CROSS JOIN records_text CROSS JOIN records
        WHERE records_text MATCH :query AND records_text.rowid = wanted.value AND records.rowid = wanted.value
            AND records.rowid BETWEEN :first AND :last
        """
    /// Goes over all rows between the first and the last one, since FTS5 merges the words of a prefix for each time
    /// that it is asked.
    private static let readAtOnce = """
        SELECT records.*, records.rowid AS record, excerpt(records_text) AS snippet
        FROM records_text CROSS JOIN records
        WHERE records_text MATCH :query AND records_text.rowid BETWEEN :first AND :last
            AND +records_text.rowid IN (SELECT value FROM json_each(:rows))
            AND records.rowid = records_text.rowid
        ORDER BY records_text.rowid
        """
    /// The most bytes of a snippet.
    private static let snippetBytesMax = 2_048

    /// A search that has not begun.
    init(_ request: Index.Search.Request) {
        query = SearchQuery(request.query)
        filter = FilterClause(request.filter)
        limit = IndexDatabase.limit(request.limit, 10, 100)
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> Answer? {
        repeat {
            let readings = query.readings
            guard current < readings.count else { return ([], readings.map(\.kind), query.objection) }
            let match = readings[current].query
            guard let wanted else {
                try rank(match, slice, in: db)
                continue
            }
            if wanted.isEmpty {
                let best = found.sorted { ($1.score, $0.record.id) < ($0.score, $1.record.id) }
                return (best, readings.prefix(current + 1).map(\.kind), query.objection)
            }
            try read(wanted, match, slice, in: db)
        } while !slice.isOver
        return nil
    }

    /// Ranks more records; if there are none at last, the next reading is tried.
    private mutating func rank(_ query: IndexQuery, _ slice: Slice, in db: Database) throws {
        var scan = scan ?? RankedScan(.records, query: query, filter: filter, limit: limit)
        let isRanked = try scan.step(slice, in: db)
        self.scan = isRanked ? nil : scan
        if !isRanked { return }
        if scan.hits.isEmpty {
            current += 1
        } else {
            wanted = Dictionary(scan.hits.map { ($0.row, $0.score) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Reads some of the records. A record that was removed meanwhile is left out.
    private mutating func read(
        _ wanted: [Int64: Double], _ query: IndexQuery, _ slice: Slice, in db: Database
    ) throws {
        let order = wanted.keys.sorted()
        guard let first = order.first, let last = order.last else { return }
        let arguments: [String: any DatabaseValueConvertible] = [
            "query": query.match, "first": first, "last": last,
            "rows": "[\(order.map(String.init).joined(separator: ","))]",
        ]
        let sql = query.hasPrefix ? Self.readAtOnce : Self.readEach
        let cursor = try Row.fetchCursor(db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
        while let row = try cursor.next() {
            let record: Int64 = row["record"], snippet = IndexText.restored(row["snippet"] as String? ?? "")
            found.append(
                SearchHit(
                    record: RecordSummary(row: row), snippet: String(snippet.prefix(bytesMax: Self.snippetBytesMax)),
                    score: -(wanted[record] ?? 0)))
            if slice.isOver {
                self.wanted = wanted.filter { $0.key > record }
                return
            }
        }
        self.wanted = wanted.filter { $0.key > last }
    }
}
