import GRDB
import Glibc
import LinuxSystem

/// A database that is derived from something else: one that cannot be used is deleted and made again.
struct DatabaseFile {
    /// Where it is.
    let path: String
    /// The version of its tables, kept in it as `user_version`.
    let version: Int
    /// The names of its tables.
    let tables: [String]
    /// The most memory for its pages.
    let cacheKiB: Int

    private struct OtherVersion: Error {
        var version: Int
    }

    /// Opens the database if it is there. One of another version, or one that SQLite cannot read, is deleted.
    ///
    /// - Parameter onDiscard: Called with the reason when it is deleted.
    /// - Returns: Nil if there is none, or none any more.
    /// - Throws: SQLite's error, for example when the disk refuses.
    func existing(onDiscard: (String) -> Void) throws -> DatabaseQueue? {
        if (try? Files.status(path)) == nil { return nil }
        do {
            return try open()
        } catch let error as DatabaseError where error.isDamage {
            onDiscard("\(error)")
        } catch let error as OtherVersion {
            onDiscard("schema version \(error.version) instead of \(version)")
        }
        try delete()
        return nil
    }

    /// Makes an empty file that nobody but its owner may read, and connects.
    func make() throws -> DatabaseQueue {
        // SQLite says better than this what keeps it from the file, and gives those beside it the same mode.
        _ = try? Files.open(path, O_RDWR | O_CREAT | O_EXCL, mode: Self.mode)
        return try connect()
    }

    /// A new database in memory.
    func inMemory() throws -> DatabaseQueue { try DatabaseQueue(configuration: configuration(sharesMemory: false)) }

    /// It holds the words of every record or message, so nobody but its owner may read it, whatever the umask is.
    private static let mode: mode_t = 0o600

    private var files: [String] { ["", "-wal", "-shm"].map { path + $0 } }

    /// Deletes the database, and the files that SQLite keeps beside it.
    func delete() throws {
        for file in files where (try? Files.linkStatus(file)) != nil {
            try Files.remove(file)
        }
    }

    private func open() throws -> DatabaseQueue {
        let queue = try connect()
        try queue.read { db in
            let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            if found != version { throw OtherVersion(version: found) }
            // Reads the first pages of each table; the query that meets damage further in reports it.
            for table in tables { _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table) LIMIT 1") }
        }
        return queue
    }

    /// Connects. A disk that refuses writes, as a full one does, has no room for the memory that connections share:
    /// this one then keeps it to itself, and the database can be read.
    ///
    /// See: https://sqlite.org/wal.html#use_of_wal_without_shared_memory
    private func connect() throws -> DatabaseQueue {
        for file in files { _ = try? Files.setMode(of: file, to: Self.mode) }  // those of earlier versions
        do {
            return try DatabaseQueue(path: path, configuration: configuration())
        } catch let error as DatabaseError where [.SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode) {
            return try DatabaseQueue(path: path, configuration: configuration(sharesMemory: false))
        }
    }

    /// WAL and `synchronous = NORMAL`: a power failure may lose the last transactions but never damages the database,
    /// and what is lost is read again.
    ///
    /// - Parameter sharesMemory: Whether other connections can be made meanwhile. One that is alone takes the database
    ///   in the journal mode that it has.
    private func configuration(sharesMemory: Bool = true) -> Configuration {
        var configuration = Configuration()
        if sharesMemory {
            configuration.busyMode = .timeout(5)
            configuration.journalMode = .wal
        }
        configuration.foreignKeysEnabled = false
        configuration.allowsUnsafeTransactions = true  // while records are rebuilt, one lasts over many requests
        configuration.prepareDatabase { [cacheKiB] db in
            if !sharesMemory { try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
            try db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -\(cacheKiB)")
        }
        return configuration
    }
}
