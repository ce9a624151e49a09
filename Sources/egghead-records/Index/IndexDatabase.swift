import Foundation
import GRDB
import LinuxSystem
import Records
import Services

/// The graph index: one SQLite database with one owner, derived from the records and rebuilt whenever in doubt.
final class IndexDatabase {
    /// The connection; every call waits for the disk at most.
    let queue: DatabaseQueue
    /// Whether the database has not been filled by the store yet.
    private(set) var isFilling: Bool
    /// How many records the open transaction has taken over or removed.
    var uncommitted = 0

    /// The file's name in the state directory.
    static let fileName = "index.sqlite"

    /// Opens the database in a directory. One of another version, or one that SQLite cannot read, is deleted and made
    /// again.
    ///
    /// - Parameters:
    ///   - onDiscard: Told why a database was deleted.
    /// - Throws: When not even a new database can be made.
    init(directory: String, onDiscard: (String) -> Void = { _ in }) throws {
        let path = "\(directory)/\(Self.fileName)"
        let isThere = (try? Files.status(path)) != nil
        if isThere {
            do {
                let opened = try Self.open(path)
                isFilling = try !opened.read(IndexSchema.hasIndexes)
                queue = opened
                return
            } catch let error as DatabaseError where error.isDamage {
                onDiscard("\(error)")
            } catch let error as OtherVersion {
                onDiscard("schema version \(error.version) instead of \(IndexSchema.version)")
            }
            try Self.delete(directory: directory)
        }
        let queue = try DatabaseQueue(path: path, configuration: Self.configuration)
        try queue.write { try IndexSchema.create(in: $0) }
        self.queue = queue
        isFilling = true
    }

    /// Everything is there.
    func filled() throws {
        try commit()
        try queue.write(IndexSchema.createIndexes)
        isFilling = false
    }

    /// Deletes the database, for a process that is about to end because it is damaged.
    static func delete(directory: String) throws {
        for suffix in ["", "-wal", "-shm"] {
            let path = "\(directory)/\(fileName)\(suffix)"
            if (try? Files.linkStatus(path)) != nil { try Files.remove(path) }
        }
    }

    private struct OtherVersion: Error {
        var version: Int
    }

    private static func open(_ path: String) throws -> DatabaseQueue {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            if version != IndexSchema.version { throw OtherVersion(version: version) }
            // Touches the first pages of each table; damage further in is met by the query that meets it.
            for table in ["records", "records_text", "passages", "passages_text", "tags", "links", "graves"] {
                _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table) LIMIT 1")
            }
        }
        return queue
    }

    /// WAL and `synchronous = NORMAL`: a power cut may lose the last transactions and never the database's form, and
    /// what is lost the store sends again.
    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.journalMode = .wal
        configuration.foreignKeysEnabled = false
        configuration.allowsUnsafeTransactions = true  // while it is rebuilt, one lasts over many requests
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -\(cacheKiB)")
        }
        return configuration
    }

    private static let cacheKiB = 8_192

    /// Asks. There is one connection, and nobody else writes, so what is read is whole without a transaction.
    func read<Value>(_ question: (Database) throws -> Value) throws -> Value { try queue.unsafeRead(question) }

    /// The number of records.
    func recordCount() throws -> Int { try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM records") ?? 0 } }

    /// A page of what is held, in the order of the ids.
    func files(after id: RecordID?) throws -> Index.Files.Reply {
        // No field holds a tab or a line end: ids and paths with control characters are no records'.
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

    /// The tags with how many records have each.
    func tags(_ request: Index.Tags.Request) throws -> [Index.TagCount] {
        let filter = FilterClause(request.filter)
        // With min() the other bare column is of the row with the first id.
        let sql = """
            SELECT tags.tag, count(*) AS count, min(records.id)
            FROM tags JOIN records ON records.rowid = tags.record
            WHERE \(filter.sql) GROUP BY tags.name ORDER BY count DESC, tags.name LIMIT \(RecordLimits.tagsMax)
            """
        let rows = try read { try Row.fetchAll($0, sql: sql, arguments: StatementArguments(filter.arguments)) }
        return rows.map { Index.TagCount(tag: $0["tag"], count: $0["count"]) }
    }

    /// Classes as an SQL list; they come from an enum, so nothing in them needs escaping.
    static func classes(_ classes: [RecordClass]?) -> String {
        "(" + (classes ?? [.durable, .inbox]).map { "'\($0.rawValue)'" }.joined(separator: ", ") + ")"
    }

    /// A limit within its bounds.
    static func limit(_ wanted: Int?, _ usual: Int, _ most: Int) -> Int { max(1, min(wanted ?? usual, most)) }
}

extension DatabaseError {
    /// Whether the file is no database, or one whose form is broken.
    var isDamage: Bool {
        switch resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT: true
        case _: false
        }
    }

    /// Whether the disk is at fault and not what was asked: it is full, or does not answer.
    var isTemporary: Bool { [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_CANTOPEN].contains(resultCode) }
}

extension RecordSummary {
    /// A row of `records`.
    init(row: Row) {
        self.init(
            id: row["id"], path: row["path"], title: row["title"],
            recordClass: RecordClass(rawValue: row["class"]) ?? .durable, tags: lines(row["tags"]),
            author: row["author"],
            created: row["created"], updated: row["updated"], revision: row["revision"])
    }
}

/// The items of a column that holds one a line.
func lines(_ column: String) -> [String] { column.split(separator: "\n").map(String.init) }
