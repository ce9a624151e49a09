import Foundation
import GRDB
import GRDBSQLite

/// Two functions of FTS5 for rows of the text tables, in place of its own `bm25` and `snippet`.
///
/// - `relevance(table, counts, weight…)` is `bm25` with the number of rows of each phrase, which `bm25` counts itself
///   in one step that cannot be interrupted. A weight below 0 is that of a name: such a column, which comes after all
///   others, counts for a phrase that no other column has, once, and does not belong to the size of a row. So a row is
///   found by its name, and the order of rows that are found by their texts is that of `bm25` without names.
/// - `excerpt(table)` is `snippet` with a time that grows with the text, and not with the square of what is found in
///   it: for a note with one word 60,000 times, `snippet` takes a minute.
///
/// See: SQLite FTS5 §7 (extending FTS5), §5.1.1 (bm25), §5.1.3 (snippet)
enum TextFunctions {
    /// Adds the functions to a connection.
    static func add(to db: Database) {
        let api = UnsafeMutablePointer(mutating: FTS5.api(db))
        _ = api.pointee.xCreateFunction(api, "relevance", nil, { relevance($0, $1, $2, $3, $4) }, nil)
        _ = api.pointee.xCreateFunction(
            api, "excerpt", nil, { api, row, result, _, _ in excerpt(api, row, result) }, nil)
    }
}

private typealias Values = UnsafeMutablePointer<OpaquePointer?>

/// A row for which FTS5 calls a function. It exists during the call.
private struct TextRow {
    let api: Fts5ExtensionApi
    let row: OpaquePointer

    init?(_ api: UnsafePointer<Fts5ExtensionApi>?, _ row: OpaquePointer?) {
        guard let api, let row else { return nil }
        self.api = api.pointee
        self.row = row
    }

    var phraseCount: Int { Int(api.xPhraseCount(row)) }
    var columnCount: Int { Int(api.xColumnCount(row)) }

    /// Every place at which the row matches a phrase, in the order of the text.
    func forEachInstance(_ body: (_ phrase: Int, _ column: Int, _ offset: Int) -> Void) throws {
        var count: CInt = 0, phrase: CInt = 0, column: CInt = 0, offset: CInt = 0
        try check(api.xInstCount(row, &count))
        for index in 0..<count {
            try check(api.xInst(row, index, &phrase, &column, &offset))
            body(Int(phrase), Int(column), Int(offset))
        }
    }

    /// The number of words in a column; in all of them for -1.
    func size(of column: Int) throws -> Int {
        var size: CInt = 0
        try check(api.xColumnSize(row, CInt(column), &size))
        return Int(size)
    }

    /// - Throws: What FTS5 returned, unless it was told to stop.
    func check(_ code: CInt) throws {
        if code != SQLITE_OK && code != SQLITE_DONE { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
}

/// What is the same for all rows of a query, in memory that FTS5 frees with the query: the mean size of a row, the
/// weight of each phrase, and a place for how often a row has each.
private struct QueryWeights {
    let memory: UnsafeMutablePointer<Double>
    let count: Int

    var meanSize: Double { memory[0] }
    func weight(_ phrase: Int) -> Double { memory[1 + phrase] }
    func frequency(_ phrase: Int) -> UnsafeMutablePointer<Double> { memory + 1 + count + phrase }

    /// - Parameter textColumns: The number of columns that are not names.
    init(of row: TextRow, counts: OpaquePointer?, textColumns: Int) throws {
        count = row.phraseCount
        if let known = row.api.xGetAuxdata(row.row, 0) {
            memory = known.assumingMemoryBound(to: Double.self)
            return
        }
        guard let new = calloc(1 + 2 * count, MemoryLayout<Double>.stride) else {
            throw DatabaseError(resultCode: .SQLITE_NOMEM)
        }
        memory = new.bindMemory(to: Double.self, capacity: 1 + 2 * count)
        try row.check(row.api.xSetAuxdata(row.row, new) { free($0) })
        var rows: Int64 = 0, words: Int64 = 0
        try row.check(row.api.xRowCount(row.row, &rows))
        for column in 0..<textColumns {
            var size: Int64 = 0
            try row.check(row.api.xColumnTotalSize(row.row, CInt(column), &size))
            words += size
        }
        memory[0] = Double(words) / Double(max(1, rows))
        let bytes = UnsafeRawBufferPointer(start: sqlite3_value_blob(counts), count: Int(sqlite3_value_bytes(counts)))
        for phrase in 0..<count {
            // FTS5 leaves out a phrase without a word that it knows; then those behind it have no count.
            let isCounted = (phrase + 1) * 8 <= bytes.count
            let hits = isCounted ? Double(bytes.loadUnaligned(fromByteOffset: phrase * 8, as: Int64.self)) : 0
            let weight = log((Double(rows) - hits + 0.5) / (hits + 0.5))
            memory[1 + phrase] = weight <= 0 ? 1e-6 : weight
        }
    }
}

private func relevance(
    _ api: UnsafePointer<Fts5ExtensionApi>?, _ row: OpaquePointer?, _ result: OpaquePointer?, _ count: CInt,
    _ values: Values?
) {
    guard let row = TextRow(api, row), let values, count > 0 else { return }
    do {
        let columns = Int(count) - 1, textColumns = (0..<columns).count { sqlite3_value_double(values[$0 + 1]) >= 0 }
        let query = try QueryWeights(of: row, counts: values[0], textColumns: textColumns)
        for phrase in 0..<query.count { query.frequency(phrase).pointee = 0 }
        try row.forEachInstance { phrase, column, _ in
            let weight = column < columns ? sqlite3_value_double(values[column + 1]) : 1
            let frequency = query.frequency(phrase)
            if weight < 0 {
                if frequency.pointee == 0 { frequency.pointee = -weight }
            } else {
                frequency.pointee += weight
            }
        }
        let k1 = 1.2, b = 0.75, size = Double(try (0..<textColumns).reduce(0) { $0 + (try row.size(of: $1)) })
        let score = (0..<query.count).reduce(0.0) { sum, phrase in
            let frequency = query.frequency(phrase).pointee
            let saturation = frequency + k1 * (1 - b + b * size / query.meanSize)
            return sum + query.weight(phrase) * (frequency * (k1 + 1)) / saturation
        }
        sqlite3_result_double(result, -score)
    } catch {
        sqlite3_result_error_code(result, (error as? DatabaseError)?.resultCode.rawValue ?? SQLITE_ERROR)
    }
}

private func excerpt(
    _ api: UnsafePointer<Fts5ExtensionApi>?, _ row: OpaquePointer?, _ result: OpaquePointer?
) {
    guard let row = TextRow(api, row) else { return }
    do {
        var instances: [Excerpt.Instance] = []
        let sizes = (0..<row.phraseCount).map { Int(row.api.xPhraseSize(row.row, CInt($0))) }
        try row.forEachInstance { phrase, column, offset in
            instances.append(.init(phrase: phrase, column: column, words: offset..<offset + max(1, sizes[phrase])))
        }
        guard let excerpt = Excerpt(of: instances, sizes: try (0..<row.columnCount).map(row.size)) else { return }
        var text: UnsafePointer<CChar>?, length: CInt = 0
        try row.check(row.api.xColumnText(row.row, CInt(excerpt.column), &text, &length))
        let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
        var places = WordPlaces(wanted: excerpt.words)
        try withUnsafeMutablePointer(to: &places) { places in
            let code = row.api.xTokenize(row.row, text, length, places) { places, flags, _, _, start, end in
                let isMore = places?.assumingMemoryBound(to: WordPlaces.self).pointee.take(flags, start, end)
                return isMore == true ? SQLITE_OK : SQLITE_DONE
            }
            try row.check(code)
        }
        let shown = excerpt.text(from: bytes, places: places.places)
        sqlite3_result_text(result, shown, CInt(shown.utf8.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
    } catch {
        sqlite3_result_error_code(result, (error as? DatabaseError)?.resultCode.rawValue ?? SQLITE_ERROR)
    }
}

/// The places of some words of a text, in bytes.
private struct WordPlaces {
    let wanted: Range<Int>
    var places: [Range<Int>] = []
    private var next = 0

    init(wanted: Range<Int>) { self.wanted = wanted }

    /// Takes the next word.
    ///
    /// - Returns: Whether more are wanted.
    mutating func take(_ flags: CInt, _ start: CInt, _ end: CInt) -> Bool {
        if flags & FTS5_TOKEN_COLOCATED != 0 { return true }
        if wanted.contains(next) { places.append(Int(start)..<Int(end)) }
        next += 1
        return next < wanted.upperBound
    }
}
