import GRDB

/// The tables of `rooms.sqlite`. All of it is derived from what the coordinator holds; see `IndexSchema`.
///
///     rooms     a row a room: its name, when it began, the number of its first event that is not gone and of the last
///               one that was read, and whether it still exists
///     events    a row a message: which room, and its number there
///     parts     a row a text table: how many messages and bytes of text it has, and its lowest and highest row id
///     said_1…   the words of the message with the same row id, and its room's row id; its text is read from the
///               coordinator when it is shown
///
/// The higher a row id, the later the message: FTS5 goes over the rows in this order without ranking them. The rows of
/// a room that was dropped stay, because FTS5 needs the text of a row to delete it; no query finds them. Messages are
/// in the parts in the order in which they were added, so parts may overlap in time. See `RoomPart`.
enum RoomIndexSchema {
    /// Kept in the database as `user_version`.
    static let version = 2
    /// The names of the tables that there always are.
    static let tables = ["rooms", "events", "parts"]

    /// Makes the tables in an empty database.
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
                CREATE TABLE parts (
                    id INTEGER PRIMARY KEY,
                    messages INTEGER NOT NULL,
                    bytes INTEGER NOT NULL,
                    oldest INTEGER NOT NULL,
                    newest INTEGER NOT NULL
                );
                PRAGMA user_version = \(version);
                """)
    }

    /// Makes a text table. The room of a message is a word in it too, so that a search in one room does not go over
    /// what matches in the others.
    ///
    /// A table that keeps the texts was rejected: they would take as much space again as the rooms. Without the number
    /// of words of each row, which only ranking needs, a message is added faster.
    ///
    /// See: SQLite FTS5 §4.4.1 (contentless tables), §4.5 (columnsize)
    static func createWords(_ table: String, in db: Database) throws {
        try db.execute(
            sql: """
                CREATE VIRTUAL TABLE \(table) USING fts5(
                    text, room, content = '', columnsize = 0, tokenize = "\(IndexSchema.tokenizer)"
                )
                """)
    }
}
