import Foundation
import GRDB
import LinuxSystem
import Records
import Services

/// The graph index: one SQLite database with one owner, derived from the records and rebuilt when it is damaged.
final class IndexDatabase {
    /// The connection; a call may wait for the disk.
    let queue: DatabaseQueue
    /// Whether the store has not filled the database yet.
    private(set) var isFilling: Bool
    /// Interrupts queries; writing is never interrupted.
    let stepLimit = StepLimit()
    /// The number of records that the open transaction has added or removed.
    var uncommitted = 0

    /// The file's name in the state directory.
    static let fileName = "index.sqlite"

    /// Opens the database in a directory. A database of another version, or one that SQLite cannot read, is deleted and
    /// made again.
    ///
    /// - Parameters:
    ///   - onDiscard: Called with the reason when a database was deleted.
    /// - Throws: When not even a new database can be made.
    init(directory: String, onDiscard: (String) -> Void = { _ in }) throws {
        let path = "\(directory)/\(Self.fileName)"
        let isThere = (try? Files.status(path)) != nil
        if isThere {
            do {
                let opened = try Self.open(path)
                isFilling = try !opened.read(IndexSchema.hasIndexes)
                queue = opened
                prepare()
                return
            } catch let error as DatabaseError where error.isDamage {
                onDiscard("\(error)")
            } catch let error as OtherVersion {
                onDiscard("schema version \(error.version) instead of \(IndexSchema.version)")
            }
            try Self.delete(directory: directory)
        }
        let queue = try DatabaseQueue(path: path, configuration: Self.configuration())
        try queue.write { try IndexSchema.create(in: $0) }
        self.queue = queue
        isFilling = true
        prepare()
    }

    private func prepare() {
        read { db in
            TextFunctions.add(to: db)
            stepLimit.install(on: db)
        }
    }

    /// Marks the database as filled.
    func filled() throws {
        try commit()
        try queue.write(IndexSchema.createIndexes)
        isFilling = false
    }

    /// Deletes the damaged database of a process that is about to exit.
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
        let queue = try connect(path)
        try queue.read { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            if version != IndexSchema.version { throw OtherVersion(version: version) }
            // Reads the first pages of each table; the query that meets damage further in reports it.
            for table in ["records", "records_text", "passages", "passages_text", "tags", "names", "links", "purges"] {
                _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table) LIMIT 1")
            }
        }
        return queue
    }

    /// Connects. A disk that refuses writes, as a full one does, has no room for the memory that connections share:
    /// this one then keeps it to itself, and the database can be read.
    ///
    /// See: https://sqlite.org/wal.html#use_of_wal_without_shared_memory
    private static func connect(_ path: String) throws -> DatabaseQueue {
        do {
            return try DatabaseQueue(path: path, configuration: configuration())
        } catch let error as DatabaseError where [.SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode) {
            return try DatabaseQueue(path: path, configuration: configuration(sharesMemory: false))
        }
    }

    /// WAL and `synchronous = NORMAL`: a power failure may lose the last transactions but never damages the database,
    /// and the store sends what is lost again.
    ///
    /// - Parameter sharesMemory: Whether other connections can be made meanwhile. One that is alone takes the database
    ///   in the journal mode that it has.
    private static func configuration(sharesMemory: Bool = true) -> Configuration {
        var configuration = Configuration()
        if sharesMemory {
            configuration.busyMode = .timeout(5)
            configuration.journalMode = .wal
        }
        configuration.foreignKeysEnabled = false
        configuration.allowsUnsafeTransactions = true  // while it is rebuilt, one lasts over many requests
        configuration.prepareDatabase { db in
            if !sharesMemory { try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
            try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -\(cacheKiB)")
        }
        return configuration
    }

    private static let cacheKiB = 8_192

    /// Runs a query. There is one connection and no other writer, so the result is consistent without a transaction.
    func read<Value>(_ question: (Database) throws -> Value) rethrows -> Value { try queue.unsafeRead(question) }

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

    /// Whether the disk, and not the request, is the cause: it is full, or does not answer.
    var isTemporary: Bool { [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_CANTOPEN].contains(resultCode) }
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
