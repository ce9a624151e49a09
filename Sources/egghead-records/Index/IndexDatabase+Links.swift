import GRDB
import Records
import Services

// What a link means is a rule of `LinkName`; the table `names` finds the records that it may mean.

extension IndexDatabase {
    /// The links from a record.
    func links(of id: RecordID, depth: Int?) throws -> [Index.Link] {
        try answer(to: LinksRun(from: id, depth: depth, Self.links))
    }

    /// The links to a record.
    func backlinks(of id: RecordID, depth: Int?) throws -> [Index.Link] {
        try answer(to: LinksRun(from: id, depth: depth, Self.backlinks))
    }

    /// Links to records that do not exist.
    ///
    /// - Parameter last: Only links after this one.
    func unresolvedLinks(after last: Index.UnresolvedLink? = nil) throws -> UnresolvedRun.Answer {
        try answer(to: UnresolvedRun(after: last))
    }

    /// The links that no record has a name for, in the next 100 records, in the order of their ids.
    ///
    /// - Parameters:
    ///   - id: The first of the records.
    ///   - last: Only links after this one.
    /// - Returns: The links; and the record that follows, if there is one.
    static func unresolvedLinks(
        from id: RecordID, after last: Index.UnresolvedLink?, in db: Database
    ) throws -> (links: [Index.UnresolvedLink], next: RecordID?) {
        let page = try RecordID.fetchAll(
            db.cachedStatement(sql: "SELECT id FROM records WHERE id >= ? ORDER BY id LIMIT 101"), arguments: [id])
        let next = page.count > 100 ? page.last : nil
        let sql = """
            SELECT records.id, records.path, target, style, authored
            FROM records CROSS JOIN links ON links.record = records.rowid
            WHERE records.id >= :from AND (:next IS NULL OR records.id < :next)
                AND (records.id, target, style) > (:id, :target, :style)
                AND NOT EXISTS (SELECT 1 FROM names WHERE key = links.key)
            ORDER BY records.id, target, style
            """
        let arguments: [String: (any DatabaseValueConvertible)?] = [
            "from": id, "next": next,
            "id": last?.id ?? "", "target": last?.target ?? "", "style": last?.style.column ?? -1,
        ]
        let rows = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
        let links = rows.map {
            Index.UnresolvedLink(
                id: $0["id"], path: $0["path"], target: $0["target"], style: LinkStyle(column: $0["style"]),
                authored: $0["authored"])
        }
        return (links, next)
    }

    /// Where the links of a record lead.
    static func links(of id: RecordID, _ names: NameLookup) throws -> [Index.Link] {
        let sql = """
            SELECT records.path, target, style, authored FROM records JOIN links ON links.record = records.rowid
            WHERE records.id = ? LIMIT \(RecordLimits.linksMax)
            """
        return try Row.fetchAll(names.db, sql: sql, arguments: [id]).map { row in
            let meant = try names.record(row)
            return try link(meant.map { RecordID($0.id) } ?? row["target"], row, in: names.db)
        }
    }

    /// From where links lead to a record.
    static func backlinks(of id: RecordID, _ names: NameLookup) throws -> [Index.Link] {
        let sql = """
            SELECT records.id, records.path, target, style, authored
            FROM names CROSS JOIN links ON links.key = names.key JOIN records ON records.rowid = links.record
            WHERE names.record = (SELECT rowid FROM records WHERE id = :id)
            UNION ALL
            SELECT records.id, records.path, target, style, authored
            FROM links JOIN records ON records.rowid = links.record
            WHERE links.key = :key AND NOT EXISTS (SELECT 1 FROM records WHERE id = :id)
            """
        // Of a record that does not exist, these are the links that name it.
        let arguments = ["id": id.rawValue, "key": LinkName(id.rawValue, .wikilink).key(from: "")]
        let rows = try Row.fetchCursor(names.db, sql: sql, arguments: StatementArguments(arguments))
        var links: [Index.Link] = []
        while links.count < RecordLimits.linksMax, let row = try rows.next() {
            let meant = try names.record(row)
            guard meant.map({ $0.id.utf8.elementsEqual(id.rawValue.utf8) }) ?? true else { continue }
            links.append(try link(row["id"], row, in: names.db))
        }
        return links
    }

    private static func link(_ id: RecordID, _ row: Row, in db: Database) throws -> Index.Link {
        let title = try String.fetchOne(
            db.cachedStatement(sql: "SELECT title FROM records WHERE id = ?"), arguments: [id])
        return Index.Link(id: id, title: title, authored: row["authored"])
    }
}
