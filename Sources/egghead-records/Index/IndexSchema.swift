import GRDB
import Records

/// The tables of `index.sqlite`. All of it is derived: a change here, or in how files are read, is a new version, and a
/// database of another version is deleted and filled again.
///
///     records          a row a record: what lists show, and what its file looked like
///     names            a row a name of a record, by which links find it: `key` as links are compared, `kind` and
///                      `length` of the path as they are ordered
///     records_text     its title, body and tags, the words of its id, and the folders of it, for search
///     passages         a row a passage: which record, where in it, the headings above
///     passages_text    its title, tags, headings and text, and the words of its record's id, for questions
///     tags             a row a tag of a record
///     links            a row a link: from which record, to what, how it is written (1 for a path), the key of what it
///                      means, and whether it is authored
///     purges           a row a record that is gone from `records` and still in the text tables and in `passages`
///
/// The texts are stored as `IndexText` cuts them.
///
/// The rows of the two text tables have the row ids of the tables to which they belong. A row id is never used again.
///
/// See: SQLite FTS5 §4.3.1 (unicode61), §4.3.3 (porter)
enum IndexSchema {
    /// Kept in the database as `user_version`.
    static let version = 7

    /// Makes the tables in an empty database.
    static func create(in db: Database) throws { try db.execute(sql: tables) }

    /// Makes the indexes that only make queries faster, after the database has been filled for the first time: sorting
    /// the rows of a hundred thousand records at once takes a second, inserting them one by one ten.
    static func createIndexes(in db: Database) throws { try db.execute(sql: indexes) }

    /// Whether the database has been filled.
    static func hasIndexes(in db: Database) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'links_key')") ?? false
    }

    private static let tables = """
        CREATE TABLE records (
            rowid INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            path TEXT NOT NULL,
            title TEXT NOT NULL,
            class TEXT NOT NULL,
            tags TEXT NOT NULL,
            author TEXT,
            created TEXT,
            updated TEXT NOT NULL,
            revision TEXT NOT NULL,
            look TEXT NOT NULL,
            wants_reading INTEGER NOT NULL
        );
        CREATE VIRTUAL TABLE records_text USING fts5(
            title, body, tags, name, folder, tokenize = "\(tokenizer)"
        );

        CREATE TABLE passages (
            rowid INTEGER PRIMARY KEY,
            record INTEGER NOT NULL,
            headings TEXT NOT NULL
        );
        CREATE VIRTUAL TABLE passages_text USING fts5(
            title, tags, headings, text, name, tokenize = "\(tokenizer)"
        );

        CREATE TABLE tags (
            record INTEGER NOT NULL,
            name TEXT NOT NULL,
            tag TEXT NOT NULL,
            PRIMARY KEY (record, name)
        ) WITHOUT ROWID;

        CREATE TABLE names (
            key TEXT NOT NULL,
            kind INTEGER NOT NULL,
            length INTEGER NOT NULL,
            record INTEGER NOT NULL,
            PRIMARY KEY (key, kind, length, record)
        ) WITHOUT ROWID;

        CREATE TABLE links (
            record INTEGER NOT NULL,
            target TEXT NOT NULL,
            style INTEGER NOT NULL,
            key TEXT NOT NULL,
            authored INTEGER NOT NULL,
            PRIMARY KEY (record, target, style)
        ) WITHOUT ROWID;

        CREATE TABLE purges (record INTEGER PRIMARY KEY);

        \(gatherMore("records_text"))
        \(gatherMore("passages_text"))
        PRAGMA user_version = \(version);
        """

    /// English words by their stems, and the characters that `IndexText` takes for words.
    static let tokenizer = """
        porter unicode61 remove_diacritics 2 categories 'L* N* Co So Sc Sm' separators '<=>|~' tokenchars '§\(marks)'
        """

    private static let marks = String(
        String.UnicodeScalarView(IndexText.marks.joined().compactMap(Unicode.Scalar.init)))

    private static let indexes = """
        CREATE INDEX records_updated ON records (updated);
        CREATE INDEX passages_record ON passages (record);
        CREATE INDEX tags_name ON tags (name);
        CREATE INDEX links_key ON links (key);
        CREATE INDEX names_record ON names (record);
        """

    /// FTS5 gathers this much in memory before it writes a segment, within a transaction: the larger it is, the less
    /// must be merged. A rebuild takes two thirds of the time that it takes with the default of one megabyte.
    ///
    /// See: SQLite, fts5_config.c, "hashsize"
    private static func gatherMore(_ table: String) -> String {
        "INSERT INTO \(table) (\(table), rank) VALUES ('hashsize', \(4 << 20));"
    }
}
