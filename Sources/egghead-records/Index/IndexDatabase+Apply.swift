import GRDB
import Records
import Services

extension IndexDatabase {
    /// Applies new texts and removals, all or none of them.
    ///
    /// Only the small rows of replaced records are deleted now. The text tables delete a text about as slowly as they
    /// insert one, and write out what they have gathered whenever a row is below the last one: `purge` does that later,
    /// and until then no query finds a text without its row in `records`.
    ///
    /// - Parameters:
    ///   - more: Whether more follows at once. The transaction then stays open, and queries here see what was applied;
    ///     when the process dies, the last thousands may be lost.
    /// - Throws: SQLite's error. Then the open transaction is rolled back.
    func apply(_ request: Index.Apply.Request, more: Bool = false) throws {
        try queue.writeWithoutTransaction { db in
            do {
                if !db.isInsideTransaction { try db.beginTransaction(.immediate) }
                for id in request.remove { try Self.remove(id, in: db) }
                for record in request.put {
                    try Self.remove(record.summary.id, in: db)
                    try Self.insert(record, in: db)
                }
                uncommitted += request.put.count + request.remove.count
                if !more || uncommitted >= Self.uncommittedMax { try commit(db) }
            } catch {
                uncommitted = 0
                if db.isInsideTransaction { try db.rollback() }
                throw error
            }
        }
    }

    /// Commits the transaction that `apply` has left open, if any.
    func commit() throws { try queue.writeWithoutTransaction { try commit($0) } }

    private func commit(_ db: Database) throws {
        uncommitted = 0
        if db.isInsideTransaction { try db.commit() }
    }

    /// The most records of one transaction.
    private static let uncommittedMax = 4_000

    /// Deletes the texts of some removed records from the text tables.
    ///
    /// - Returns: Whether there are more.
    func purge(_ count: Int) throws -> Bool {
        try commit()
        try queue.inTransaction { db in
            let sql = "SELECT record FROM purges ORDER BY record LIMIT ?"
            let records = try Int64.fetchAll(db.cachedStatement(sql: sql), arguments: [count])
            for record in records { try Self.deleteText(of: record, in: db) }
            for record in records { try Self.deletePassages(of: record, in: db) }
            return .commit
        }
        return try read { try Bool.fetchOne($0.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM purges)")) ?? false }
    }

    private static func deleteText(of record: Int64, in db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM records_text WHERE rowid = ?").execute(arguments: [record])
        try db.cachedStatement(sql: "DELETE FROM purges WHERE record = ?").execute(arguments: [record])
    }

    /// One statement for each, because FTS5 writes out what it has gathered when one statement deletes several.
    private static func deletePassages(of record: Int64, in db: Database) throws {
        let find = try db.cachedStatement(sql: "SELECT rowid FROM passages WHERE record = ? ORDER BY rowid")
        let delete = try db.cachedStatement(sql: "DELETE FROM passages_text WHERE rowid = ?")
        for passage in try Int64.fetchAll(find, arguments: [record]) { try delete.execute(arguments: [passage]) }
        try db.cachedStatement(sql: "DELETE FROM passages WHERE record = ?").execute(arguments: [record])
    }

    private static func remove(_ id: RecordID, in db: Database) throws {
        let find = try db.cachedStatement(sql: "SELECT rowid FROM records WHERE id = ?")
        guard let record = try Int64.fetchOne(find, arguments: [id]) else { return }
        for sql in [
            "INSERT INTO purges (record) VALUES (?)",
            "DELETE FROM links WHERE record = ?",
            "DELETE FROM names WHERE record = ?",
            "DELETE FROM tags WHERE record = ?",
            "DELETE FROM records WHERE rowid = ?",
        ] { try db.cachedStatement(sql: sql).execute(arguments: [record]) }
    }

    private static func insert(_ record: Index.IndexedRecord, in db: Database) throws {
        let summary = record.summary
        // A tag cannot contain a line end, because the column has one tag on each line.
        let tags = summary.tags.map { $0.filter { !$0.isNewline } }.joined(separator: "\n")
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO records
                    (id, path, title, class, tags, author, created, updated, revision, look, wants_reading)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            summary.id, summary.path, summary.title, summary.recordClass.rawValue, tags, summary.author,
            summary.created, summary.updated,
            summary.revision, record.look, record.wantsReading,
        ])
        let row = db.lastInsertedRowID, titles = ([summary.title] + record.aliases).joined(separator: "\n")
        let path = PathWords(id: summary.id.rawValue, path: summary.path)
        let texts = [titles, record.body, tags, path.name, path.folder].map(IndexText.cut)
        let sql = "INSERT INTO records_text (rowid, title, body, tags, name, folder) VALUES (?, ?, ?, ?, ?, ?)"
        try db.cachedStatement(sql: sql).execute(arguments: [row] + StatementArguments(texts))
        let tag = try db.cachedStatement(sql: "INSERT OR IGNORE INTO tags (record, name, tag) VALUES (?, ?, ?)")
        for text in lines(tags) { try tag.execute(arguments: [row, text.lowercased(), text]) }
        try insertPassages(record, row: row, tags: tags, name: path.name, in: db)
        try insertNames(record, row: row, in: db)
        try insertLinks(record, row: row, in: db)
    }

    private static func insertNames(_ record: Index.IndexedRecord, row: Int64, in db: Database) throws {
        let insert = try db.cachedStatement(sql: "INSERT INTO names (key, kind, length, record) VALUES (?, ?, ?, ?)")
        let summary = record.summary, length = summary.path.utf8.count
        for name in RecordName.all(id: summary.id.rawValue, path: summary.path, aliases: record.aliases) {
            try insert.execute(arguments: [name.key, name.kind.rawValue, length, row])
        }
    }

    private static func insertPassages(
        _ record: Index.IndexedRecord, row: Int64, tags: String, name: String, in db: Database
    ) throws {
        let place = try db.cachedStatement(sql: "INSERT INTO passages (record, headings) VALUES (?, ?)")
        let text = try db.cachedStatement(
            sql: "INSERT INTO passages_text (rowid, title, tags, headings, text, name) VALUES (?, ?, ?, ?, ?, ?)")
        let title = IndexText.cut(record.summary.title), cutTags = IndexText.cut(tags), name = IndexText.cut(name)
        for passage in RecordPassage.split(record.body, in: RecordFormat.of(record.summary.path)) {
            let headings = passage.headings.joined(separator: "\n")
            try place.execute(arguments: [row, headings])
            try text.execute(arguments: [
                db.lastInsertedRowID, title, cutTags, IndexText.cut(headings), IndexText.cut(passage.text), name,
            ])
        }
    }

    /// A target that is both authored and a wikilink is one link, an authored one.
    private static func insertLinks(_ record: Index.IndexedRecord, row: Int64, in db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO links (record, target, style, key, authored) VALUES (?, ?, ?, ?, ?)")
        let links: [(targets: [String], style: LinkStyle, isAuthored: Bool)] = [
            (record.links, .wikilink, true), (record.wikilinks, .wikilink, false), (record.pathLinks, .path, false),
        ]
        for (targets, style, isAuthored) in links {
            for target in targets {
                let key = LinkName(target, style).key(from: record.summary.path)
                try insert.execute(arguments: [row, target, style.column, key, isAuthored])
            }
        }
    }
}

extension LinkStyle {
    /// The value of the column `style`.
    var column: Int { self == .path ? 1 : 0 }

    /// The style of a value of the column.
    init(column: Int) { self = column == 1 ? .path : .wikilink }
}
