import Foundation
import GRDB
import LinuxSystem
import Records
import Services

/// The graph index: one SQLite database with one owner, derived from the records and rebuilt whenever in doubt.
final class IndexDatabase {
    /// The connection; every call waits for the disk at most.
    let queue: DatabaseQueue
    /// Whether the database was made just now, and is empty until the store has filled it.
    let isNew: Bool

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
                queue = try Self.open(path)
                isNew = false
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
        isNew = true
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
            for table in ["records", "records_text", "passages", "passages_text", "tags", "links"] {
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
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = NORMAL") }
        return configuration
    }

    /// The number of records.
    func recordCount() throws -> Int {
        try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM records") ?? 0 }
    }

    /// A page of ids and revisions.
    func revisions(after id: String?) throws -> Index.Revisions.Reply {
        let limit = RecordLimits.revisionsPageMax
        let rows = try queue.read { db in
            try Row.fetchAll(
                db, sql: "SELECT id, revision FROM records WHERE id > ? ORDER BY id LIMIT ?",
                arguments: [id ?? "", limit + 1])
        }
        let records = rows.prefix(limit).map { Index.IDRevision(id: $0["id"], revision: $0["revision"]) }
        return Index.Revisions.Reply(records: records, more: rows.count > limit)
    }

    /// The records changed last, newest first.
    func recent(_ request: Index.Recent.Request) throws -> Index.Recent.Reply {
        let filter = FilterClause(request.filter)
        let sql = "SELECT * FROM records WHERE \(filter.sql) ORDER BY updated DESC, id LIMIT :limit"
        let arguments = filter.arguments.merging(["limit": Self.limit(request.limit, 10, 100)]) { $1 }
        let rows = try queue.read { try Row.fetchAll($0, sql: sql, arguments: StatementArguments(arguments)) }
        return Index.Recent.Reply(records: rows.map(RecordSummary.init(row:)))
    }

    /// The tags with how many records have each.
    func tags(_ request: Index.Tags.Request) throws -> Index.Tags.Reply {
        let filter = FilterClause(request.filter)
        // With min() the other bare column is of the row with the first id.
        let sql = """
            SELECT tags.tag, count(*) AS count, min(records.id)
            FROM tags JOIN records ON records.rowid = tags.record
            WHERE \(filter.sql) GROUP BY tags.name ORDER BY count DESC, tags.name LIMIT \(RecordLimits.tagsMax)
            """
        let rows = try queue.read { try Row.fetchAll($0, sql: sql, arguments: StatementArguments(filter.arguments)) }
        return Index.Tags.Reply(tags: rows.map { Index.TagCount(tag: $0["tag"], count: $0["count"]) })
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
