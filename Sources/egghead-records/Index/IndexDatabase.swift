import Foundation
import GRDB
import Records
import Services

/// The graph index: one SQLite database with one owner, derived from the records and rebuilt when it is damaged.
final class IndexDatabase: QueriedDatabase {
    private(set) var queue: DatabaseQueue
    /// Whether the database is in memory, because the disk refused a new one.
    private(set) var isInMemory = false
    /// Whether the store has not filled the database yet.
    private(set) var isFilling: Bool
    let stepLimit = StepLimit()
    /// The number of records that the open transaction has added or removed.
    var uncommitted = 0

    /// The file's name in the state directory.
    static let fileName = "index.sqlite"

    /// Opens the database in a directory. A database of another version, or one that SQLite cannot read, is deleted and
    /// made again: in memory when the disk refuses it, as a full one does, because a node without an index cannot be
    /// read.
    ///
    /// - Parameters:
    ///   - onDiscard: Called with the reason when a database was deleted.
    ///   - onRefusal: Called with SQLite's error when the disk refuses a new database.
    /// - Throws: When not even a new database can be made; `SQLITE_BUSY` when another process has locked it for longer
    ///   than SQLite waits.
    init(
        directory: String, onDiscard: (String) -> Void = { _ in }, onRefusal: (DatabaseError) -> Void = { _ in }
    ) throws {
        let file = Self.file(in: directory)
        if let opened = try file.existing(onDiscard: onDiscard) {
            isFilling = try !opened.read(IndexSchema.hasIndexes)
            queue = opened
        } else {
            isFilling = true
            do {
                queue = try file.make()
                try queue.write(IndexSchema.create)
            } catch let error as DatabaseError where error.isDiskRefusal {
                onRefusal(error)
                _ = try? file.delete()  // nothing of it is needed
                queue = try file.inMemory()
                isInMemory = true
                try queue.write(IndexSchema.create)
            }
        }
        prepare()
    }

    private static func file(in directory: String) -> DatabaseFile {
        let tables = ["records", "records_text", "passages", "passages_text", "tags", "names", "links", "purges"]
        return DatabaseFile(
            path: "\(directory)/\(fileName)", version: IndexSchema.version, tables: tables, cacheKiB: 8_192)
    }

    /// Marks the database as filled.
    func filled() throws {
        try commit()
        try queue.write(IndexSchema.createIndexes)
        isFilling = false
    }

    /// Moves a database in memory to the disk, when the disk takes it. It blocks for as long as the disk needs to write
    /// it.
    ///
    /// - Parameter directory: The state directory.
    /// - Throws: SQLite's error. The database then stays in memory, and can be used.
    func moveToDisk(_ directory: String) throws {
        try commit()
        let file = Self.file(in: directory)
        do {
            let made = try file.make()
            try queue.backup(to: made)
            queue = made
            isInMemory = false
            prepare()
        } catch {
            _ = try? file.delete()  // the next attempt, or the successor, deletes what is left
            throw error
        }
    }

    /// The size of the database, in bytes.
    func byteCount() throws -> Int {
        try read { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            return try pages * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
        }
    }

    /// Deletes the damaged database of a process that is about to exit.
    static func delete(directory: String) throws { try file(in: directory).delete() }

    /// The number of records.
    func recordCount() throws -> Int { try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM records") ?? 0 } }

    /// A page of the stored files, in the order of the ids.
    func files(after id: RecordID?) throws -> Index.Files.Reply {
        // No field contains a tab or a line end, because ids and paths with control characters are refused.
        let sql = """
            SELECT id || char(9) || path || char(9) || class || char(9) || revision || char(9) || look
                || char(9) || wants_reading, id
            FROM records WHERE id > ? ORDER BY id
            """
        return try read { db in
            let rows = try Row.fetchCursor(db, sql: sql, arguments: [id ?? ""])
            var lines = ""
            while let row = try rows.next() {
                lines += row[0] as String
                lines += "\n"
                if lines.utf8.count > RecordLimits.pageBytesMax { return Index.Files.Reply(lines: lines, next: row[1]) }
            }
            return Index.Files.Reply(lines: lines, next: nil)
        }
    }

    /// The records changed last, newest first.
    func recent(_ request: Index.Recent.Request) throws -> [RecordSummary] {
        let filter = FilterClause(request.filter)
        let sql = "SELECT * FROM records WHERE \(filter.sql) ORDER BY updated DESC, id LIMIT :limit"
        let arguments = filter.arguments.merging(["limit": Self.limit(request.limit, 10, 100)]) { $1 }
        return try read {
            try Row.fetchAll($0, sql: sql, arguments: StatementArguments(arguments)).map(RecordSummary.init(row:))
        }
    }

    /// The tags with the number of records of each.
    func tags(_ request: Index.Tags.Request) throws -> [Index.TagCount] {
        let filter = FilterClause(request.filter)
        // With min() the other bare column is from the row with the first id.
        let sql = """
            SELECT tags.tag, count(*) AS count, min(records.id)
            FROM tags JOIN records ON records.rowid = tags.record
            WHERE \(filter.sql) GROUP BY tags.name ORDER BY count DESC, tags.name LIMIT \(RecordLimits.tagsMax)
            """
        let rows = try read { try Row.fetchAll($0, sql: sql, arguments: StatementArguments(filter.arguments)) }
        return rows.map { Index.TagCount(tag: $0["tag"], count: $0["count"]) }
    }

    /// Classes as an SQL list; they are cases of an enum, so they need no escaping.
    static func classes(_ classes: [RecordClass]?) -> String {
        "(" + (classes ?? [.durable, .inbox]).map { "'\($0.rawValue)'" }.joined(separator: ", ") + ")"
    }

    /// The wanted limit, or the usual one, from 1 to the most.
    static func limit(_ wanted: Int?, _ usual: Int, _ most: Int) -> Int { max(1, min(wanted ?? usual, most)) }
}

extension DatabaseError {
    /// Whether the file is not a database, or its structure is damaged.
    var isDamage: Bool {
        switch resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: true
        case _: false
        }
    }

    /// Whether the disk takes no file, or nothing more: it is full, broken or read-only.
    var isDiskRefusal: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY: true
        case _: false
        }
    }

    /// Whether another process has locked the database, such as a backup: that ends.
    var isLocked: Bool { resultCode == .SQLITE_BUSY }

    /// Whether the request may succeed later as it is, because the disk or a lock is the cause.
    var isTemporary: Bool { isDiskRefusal || isLocked }
}

extension RecordSummary {
    /// The summary of a row of `records`.
    init(row: Row) {
        self.init(
            id: row["id"], path: row["path"], title: row["title"],
            recordClass: RecordClass(rawValue: row["class"]) ?? .durable, tags: lines(row["tags"]),
            author: row["author"],
            created: row["created"], updated: row["updated"], revision: row["revision"])
    }
}

/// The items of a column with one item on each line.
func lines(_ column: String) -> [String] { column.split(separator: "\n").map(String.init) }
