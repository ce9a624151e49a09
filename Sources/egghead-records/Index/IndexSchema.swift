import GRDB

/// The tables of `index.sqlite`. Nothing in them is anybody's only copy: a change here is a new version, and a database
/// of another version is deleted and filled again.
///
///     records          a row a record: what lists show
///     records_text     its title, body and tags, for search
///     passages         a row a passage: which record, where in it, the headings above
///     passages_text    its title, tags, headings and text, for questions
///     tags             a row a tag of a record
///     links            a row a link: from which record, to what, authored or a wikilink
///
/// The two text tables have the row ids of the tables that they belong to.
///
/// See: SQLite FTS5 §4.3.3 (porter)
enum IndexSchema {
    /// Kept in the database as `user_version`.
    static let version = 2

    /// Makes the tables in an empty database.
    static func create(in db: Database) throws { try db.execute(sql: sql) }

    private static let sql = """
        CREATE TABLE records (
            rowid INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            path TEXT NOT NULL,
            title TEXT NOT NULL,
            class TEXT NOT NULL,
            tags TEXT NOT NULL,
            author TEXT,
            created TEXT,
            updated TEXT NOT NULL,
            revision TEXT NOT NULL
        );
        CREATE INDEX records_name ON records (name);
        CREATE INDEX records_updated ON records (updated);
        CREATE VIRTUAL TABLE records_text USING fts5(title, body, tags, tokenize = 'porter unicode61');

        CREATE TABLE passages (
            rowid INTEGER PRIMARY KEY,
            record INTEGER NOT NULL,
            headings TEXT NOT NULL
        );
        CREATE INDEX passages_record ON passages (record);
        CREATE VIRTUAL TABLE passages_text USING fts5(
            title, tags, headings, text, tokenize = 'porter unicode61'
        );

        CREATE TABLE tags (
            record INTEGER NOT NULL,
            name TEXT NOT NULL,
            tag TEXT NOT NULL,
            PRIMARY KEY (record, name)
        ) WITHOUT ROWID;
        CREATE INDEX tags_name ON tags (name);

        CREATE TABLE links (
            record INTEGER NOT NULL,
            target TEXT NOT NULL,
            name TEXT NOT NULL,
            authored INTEGER NOT NULL,
            PRIMARY KEY (record, target)
        ) WITHOUT ROWID;
        CREATE INDEX links_target ON links (target);
        CREATE INDEX links_name ON links (name);

        PRAGMA user_version = \(version);
        """
}
