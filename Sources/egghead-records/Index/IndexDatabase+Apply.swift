import GRDB
import Records
import Services

extension IndexDatabase {
    /// Takes over new texts and removals in one transaction.
    ///
    /// First everything goes that is old, in the order of its rows, and then the new comes: FTS5 writes out what it has
    /// gathered whenever a row is below the last one, and whenever one statement deletes several.
    func apply(_ request: Index.Apply.Request) throws {
        if request.put.isEmpty && request.remove.isEmpty { return }
        try queue.write { db in
            let find = try db.cachedStatement(sql: "SELECT rowid FROM records WHERE id = ?")
            let ids = request.remove + request.put.map(\.summary.id)
            let old = try ids.compactMap { try Int64.fetchOne(find, arguments: [$0]) }
            for row in Set(old).sorted() { try Self.remove(row, in: db) }
            for record in request.put { try Self.insert(record, in: db) }
        }
    }

    private static func remove(_ record: Int64, in db: Database) throws {
        let find = try db.cachedStatement(sql: "SELECT rowid FROM passages WHERE record = ? ORDER BY rowid")
        let delete = try db.cachedStatement(sql: "DELETE FROM passages_text WHERE rowid = ?")
        for passage in try Int64.fetchAll(find, arguments: [record]) { try delete.execute(arguments: [passage]) }
        for sql in [
            "DELETE FROM records_text WHERE rowid = ?",
            "DELETE FROM passages WHERE record = ?",
            "DELETE FROM links WHERE record = ?",
            "DELETE FROM tags WHERE record = ?",
            "DELETE FROM records WHERE rowid = ?",
        ] { try db.cachedStatement(sql: sql).execute(arguments: [record]) }
    }

    private static func insert(_ record: Index.IndexedRecord, in db: Database) throws {
        let summary = record.summary
        // A tag cannot hold a line end, because it could not be told from two.
        let tags = summary.tags.map { $0.filter { !$0.isNewline } }.joined(separator: "\n")
        let insert = try db.cachedStatement(
            sql: """
                INSERT INTO records (id, name, path, title, class, tags, author, created, updated, revision)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            summary.id, linkName(summary.id), summary.path, summary.title, summary.recordClass.rawValue, tags,
            summary.author, summary.created, summary.updated, summary.revision,
        ])
        let row = db.lastInsertedRowID
        try db.cachedStatement(sql: "INSERT INTO records_text (rowid, title, body, tags) VALUES (?, ?, ?, ?)")
            .execute(arguments: [row, summary.title, record.body, tags])
        let tag = try db.cachedStatement(sql: "INSERT OR IGNORE INTO tags (record, name, tag) VALUES (?, ?, ?)")
        for text in lines(tags) { try tag.execute(arguments: [row, text.lowercased(), text]) }
        try insertPassages(record, row: row, tags: tags, in: db)
        try insertLinks(record, row: row, in: db)
    }

    private static func insertPassages(
        _ record: Index.IndexedRecord, row: Int64, tags: String, in db: Database
    ) throws {
        let place = try db.cachedStatement(sql: "INSERT INTO passages (record, headings) VALUES (?, ?)")
        let text = try db.cachedStatement(
            sql: "INSERT INTO passages_text (rowid, title, tags, headings, text) VALUES (?, ?, ?, ?, ?)")
        for passage in RecordPassage.split(record.body) {
            let headings = passage.headings.joined(separator: "\n")
            try place.execute(arguments: [row, headings])
            try text.execute(arguments: [db.lastInsertedRowID, record.summary.title, tags, headings, passage.text])
        }
    }

    /// A target that is both authored and a wikilink is one link, an authored one.
    private static func insertLinks(_ record: Index.IndexedRecord, row: Int64, in db: Database) throws {
        let insert = try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO links (record, target, name, authored) VALUES (?, ?, ?, ?)")
        for (targets, isAuthored) in [(record.links, true), (record.wikilinks, false)] {
            for target in targets { try insert.execute(arguments: [row, target, linkName(target), isAuthored]) }
        }
    }

    /// The last part of an id in lower case: by it `[[Broker]]` finds `notes/broker`, when no record has the whole id.
    static func linkName(_ id: String) -> String { (id.split(separator: "/").last ?? "").lowercased() }
}
