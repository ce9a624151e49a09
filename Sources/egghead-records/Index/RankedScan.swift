import Foundation
import GRDB
import GRDBSQLite
import LinuxSystem
import Records
import Time

/// The rows of a text table that match a query best, found in steps.
///
/// First the rows of each phrase are counted, since a rare phrase weighs more. Then the matching rows are ranked in the
/// order of their row ids. Each step continues after the row with which the last one ended.
struct RankedScan {
    /// A text table, with the way from its rows to their records and the weights of its columns.
    enum Table {
        case records, passages

        fileprivate var name: String {
            switch self {
            case .records: "records_text"
            case .passages: "passages_text"
            }
        }

        /// Finds the record of a row, unless the filter excludes it.
        fileprivate func record(_ filter: FilterClause) -> String {
            switch self {
            case .records: "SELECT id FROM records WHERE rowid = :row AND \(filter.sql)"
            case .passages:
                """
                SELECT records.id FROM passages JOIN records ON records.rowid = passages.record
                WHERE passages.rowid = :row AND \(filter.sql)
                """
            }
        }

        /// Those below 0 are of names: see `TextFunctions`.
        fileprivate var weights: String {
            switch self {
            case .records: "8.0, 1.0, 4.0, -6.0, -0.5"
            case .passages: "4.0, 2.0, 3.0, 1.0, -3.0"
            }
        }

        fileprivate var lastRow: String {
            switch self {
            case .records: "SELECT max(rowid) FROM records"
            case .passages: "SELECT max(rowid) FROM passages"
            }
        }
    }

    /// A row that matches.
    struct Hit {
        /// Its row id.
        let row: Int64
        /// The id of its record.
        let record: String
        /// The lower the better.
        let score: Double
    }

    /// The number of rows with each phrase of the query; complete when rows are being ranked.
    private(set) var counts: [Int64] = []
    /// The best rows so far, the best first.
    private(set) var hits: [Hit] = []

    private let table: Table, query: IndexQuery, filter: FilterClause, limit: Int
    /// The row after which the next step begins, and the last row of all, when it is known.
    private var after: Int64 = 0, last: Int64?
    private var count: Int64 = 0

    /// The most rows over which one statement goes: the next match may be the last row.
    private static let rowsMax: Int64 = 20_000
    /// How many rows are ranked before the clock is read.
    private static let rowsPerLook = 8

    /// A scan that has not begun.
    ///
    /// - Parameters:
    ///   - limit: How many rows are wanted.
    init(_ table: Table, query: IndexQuery, filter: FilterClause, limit: Int) {
        self.table = table
        self.query = query
        self.filter = filter
        self.limit = limit
    }

    /// Counts or ranks more rows.
    ///
    /// - Returns: Whether all rows are ranked.
    mutating func step(_ slice: Slice, in db: Database) throws -> Bool {
        let last = try last ?? Int64.fetchOne(db.cachedStatement(sql: table.lastRow)) ?? 0
        self.last = last
        repeat {
            if counts.count < query.phrases.count {
                try countMore(until: last, in: db)
            } else if after < last {
                try rankMore(slice, until: last, in: db)
            } else {
                return true
            }
        } while !slice.isOver
        return false
    }

    /// The end of the next part of the rows. FTS5 merges all words of a prefix for each statement anew, so a query with
    /// one takes all rows at once.
    private func end(_ last: Int64) -> Int64 { query.hasPrefix ? last : min(last, after + Self.rowsMax) }

    private mutating func countMore(until last: Int64, in db: Database) throws {
        let sql = "SELECT count(*) FROM \(table.name) WHERE \(table.name) MATCH ? AND rowid > ? AND rowid <= ?"
        let end = end(last)
        count +=
            try Int64.fetchOne(
                db.cachedStatement(sql: sql), arguments: [query.phrases[counts.count], after, end]) ?? 0
        after = end
        if after < last { return }
        counts.append(count)
        (count, after) = (0, 0)
    }

    private mutating func rankMore(_ slice: Slice, until last: Int64, in db: Database) throws {
        let name = table.name, end = end(last), begin = Clock.monotonic()
        let sql = """
            SELECT rowid, relevance(\(name), :counts, \(table.weights)) FROM \(name)
            WHERE \(name) MATCH :query AND rowid > :after AND rowid <= :end ORDER BY rowid
            """
        let arguments: [String: any DatabaseValueConvertible] = [
            "query": query.match, "after": after, "end": end, "counts": counts.withUnsafeBytes { Data($0) },
        ]
        let statement = try db.cachedStatement(sql: sql)
        try statement.setArguments(StatementArguments(arguments))
        // Prepared once for each kind of filter: preparing a statement takes longer than many a search.
        let record = try db.cachedStatement(sql: table.record(filter))
        try record.setArguments(StatementArguments(filter.arguments.merging(["row": after]) { $1 }))
        // GRDB's rows take longer than FTS5 takes to find them.
        let rows = statement.sqliteStatement
        defer { sqlite3_reset(rows) }
        var slice = slice, seen = 0
        while try isRow(sqlite3_step(rows)) {
            if seen == 0 { slice = slice.prolonged(after: Clock.monotonic() - begin) }
            seen += 1
            after = sqlite3_column_int64(rows, 0)
            try take(after, score: sqlite3_column_double(rows, 1), record.sqliteStatement)
            if seen % Self.rowsPerLook == 0 && slice.isOver { return }
        }
        after = end
    }

    private func isRow(_ code: CInt) throws -> Bool {
        if code == SQLITE_ROW || code == SQLITE_DONE { return code == SQLITE_ROW }
        throw DatabaseError(resultCode: ResultCode(rawValue: code))
    }

    /// Keeps a row if it is one of the best. Only then is its record looked up: of most rows the score decides.
    ///
    /// - Parameter record: Finds the record of the row that is its first argument, unless the filter excludes it.
    private mutating func take(_ row: Int64, score: Double, _ record: SQLiteStatement) throws {
        if hits.count >= limit, let worst = hits.last, score > worst.score { return }
        defer { sqlite3_reset(record) }
        sqlite3_bind_int64(record, 1, row)
        guard try isRow(sqlite3_step(record)), let id = sqlite3_column_text(record, 0) else { return }
        let hit = Hit(row: row, record: String(cString: id), score: score)
        let isBefore = { (other: Hit) in (other.score, other.record, other.row) < (hit.score, hit.record, hit.row) }
        let place = hits.firstIndex { !isBefore($0) } ?? hits.endIndex
        hits.insert(hit, at: place)
        if hits.count > limit { hits.removeLast() }
    }
}
