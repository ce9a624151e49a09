import GRDB

/// The tables of `rooms.sqlite`. All of it is derived from what the coordinator holds; see `IndexSchema`.
///
///     rooms     a row a room: its name, when it began, the number of its first event that is not gone and of the last
///               one that was read, and whether it still exists
///     events    a row a message: which room, and its number there
///     said      the words of the message with the same row id; its text is read from the coordinator when it is shown
///
/// The higher a row id, the later the message: FTS5 goes over the rows in this order without ranking them. The rows of
/// a room that was dropped stay, because FTS5 needs the text of a row to delete it; no query finds them.
enum RoomIndexSchema {
    /// Kept in the database as `user_version`.
    static let version = 1
    /// The names of the tables.
    static let tables = ["rooms", "events", "said"]

    /// Makes the tables in an empty database.
    ///
    /// A table for `said` that keeps the texts was rejected: they would take as much space again as the rooms.
    ///
    /// See: SQLite FTS5 §4.4.1 (contentless tables)
    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE rooms (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL,
                    began TEXT,
                    first INTEGER NOT NULL DEFAULT 1,
                    last INTEGER NOT NULL DEFAULT 0,
                    is_live INTEGER NOT NULL DEFAULT 1
                );
                CREATE UNIQUE INDEX rooms_name ON rooms (name) WHERE is_live;
                CREATE TABLE events (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, number INTEGER NOT NULL);
                CREATE VIRTUAL TABLE said USING fts5(text, content = '', tokenize = "\(IndexSchema.tokenizer)");
                PRAGMA user_version = \(version);
                """)
    }
}
