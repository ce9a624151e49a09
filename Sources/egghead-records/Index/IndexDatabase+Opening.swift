import GRDB
import Glibc
import LinuxSystem

extension IndexDatabase {
    /// Deletes the damaged database of a process that is about to exit.
    static func delete(directory: String) throws {
        for file in files("\(directory)/\(fileName)") where (try? Files.linkStatus(file)) != nil {
            try Files.remove(file)
        }
    }

    /// The database's file and those that SQLite keeps beside it.
    private static func files(_ path: String) -> [String] { ["", "-wal", "-shm"].map { path + $0 } }

    /// A database that another version of the program has made.
    struct OtherVersion: Error {
        /// Its `user_version`.
        var version: Int
    }

    /// Opens a database that is there.
    ///
    /// - Throws: `OtherVersion`; `DatabaseError` when SQLite cannot read it.
    static func open(_ path: String) throws -> DatabaseQueue {
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

    /// Connects, and makes an empty file if there is none. It holds the text of every record, so nobody but its owner
    /// may read it, whatever the umask is; SQLite gives the files beside it the same mode.
    ///
    /// A disk that refuses writes, as a full one does, has no room for the memory that connections share: this one then
    /// keeps it to itself, and the database can be read.
    ///
    /// See: https://sqlite.org/wal.html#use_of_wal_without_shared_memory
    static func connect(_ path: String) throws -> DatabaseQueue {
        // SQLite says better than these what keeps it from the file.
        _ = try? Files.open(path, O_RDWR | O_CREAT | O_EXCL, mode: mode)
        for file in files(path) { _ = try? Files.setMode(of: file, to: mode) }
        do {
            return try DatabaseQueue(path: path, configuration: configuration())
        } catch let error as DatabaseError where [.SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode) {
            return try DatabaseQueue(path: path, configuration: configuration(sharesMemory: false))
        }
    }

    private static let mode: mode_t = 0o600

    /// A new database in memory.
    static func inMemory() throws -> DatabaseQueue {
        try DatabaseQueue(configuration: configuration(sharesMemory: false))
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
}
