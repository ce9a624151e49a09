import GRDB
import Records
import Services

// A link's target is a whole id; or, when no record has that id, the path without extension of a record with a key
// `id`; or the last part of an id. Of several such records the one with the first id is meant, which a person sees
// first in a sorted list.

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
    func unresolvedLinks() throws -> (links: [Index.UnresolvedLink], more: Bool) { try answer(to: UnresolvedRun()) }

    /// The links to records that do not exist in the next 100 records, in the order of their ids.
    ///
    /// - Returns: The links; and the last of the records, if there may be more.
    static func unresolvedLinks(
        after id: RecordID, in db: Database
    ) throws -> (links: [Index.UnresolvedLink], next: RecordID?) {
        let page = try RecordID.fetchAll(
            db.cachedStatement(sql: "SELECT id FROM records WHERE id > ? ORDER BY id LIMIT 100"), arguments: [id])
        guard let last = page.last else { return ([], nil) }
        let sql = """
            SELECT records.id, records.path, target, authored
            FROM records CROSS JOIN links ON links.record = records.rowid
            WHERE records.id > ? AND records.id <= ?
                AND NOT EXISTS (SELECT 1 FROM records WHERE id = links.target)
                AND NOT EXISTS (SELECT 1 FROM records WHERE place = links.target)
                AND NOT (instr(links.target, '/') = 0 AND EXISTS (SELECT 1 FROM records WHERE name = links.name))
            ORDER BY records.id, target
            """
        let rows = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [id, last])
        let links = rows.map {
            Index.UnresolvedLink(id: $0["id"], path: $0["path"], target: $0["target"], authored: $0["authored"])
        }
        return (links, last)
    }

    /// Where the links of a record lead.
    static func links(of id: RecordID, in db: Database) throws -> [Index.Link] {
        let sql = """
            SELECT target, authored,
                coalesce(
                    (SELECT id FROM records WHERE id = links.target),
                    (SELECT min(id) FROM records WHERE place = links.target),
                    (SELECT min(id) FROM records WHERE name = links.name AND instr(links.target, '/') = 0)) AS found
            FROM links WHERE record = (SELECT rowid FROM records WHERE id = ?)
            LIMIT \(RecordLimits.linksMax)
            """
        return try Row.fetchAll(db, sql: sql, arguments: [id]).map {
            try link($0["found"] ?? $0["target"], $0, in: db)
        }
    }

    /// From where links lead to a record.
    static func backlinks(of id: RecordID, in db: Database) throws -> [Index.Link] {
        let sql = """
            SELECT records.id, authored FROM links JOIN records ON records.rowid = links.record
            WHERE links.name = :name
                AND (target = :id
                    OR instr(target, '/') = 0
                        AND NOT EXISTS (SELECT 1 FROM records WHERE id = target OR place = target)
                        AND (SELECT min(id) FROM records WHERE name = :name) = :id)
                OR links.name = :placeName AND target = :place
                    AND NOT EXISTS (SELECT 1 FROM records WHERE id = target)
                    AND (SELECT min(id) FROM records WHERE place = target) = :id
            LIMIT \(RecordLimits.linksMax)
            """
        let place = try String.fetchOne(db, sql: "SELECT place FROM records WHERE id = ?", arguments: [id]) ?? ""
        let arguments: [String: String] = [
            "id": id.rawValue, "name": RecordID.lastPart(of: id.rawValue), "place": place,
            "placeName": RecordID.lastPart(of: place),
        ]
        return try Row.fetchAll(db, sql: sql, arguments: StatementArguments(arguments)).map {
            try link($0["id"], $0, in: db)
        }
    }

    private static func link(_ id: RecordID, _ row: Row, in db: Database) throws -> Index.Link {
        let title = try String.fetchOne(db, sql: "SELECT title FROM records WHERE id = ?", arguments: [id])
        return Index.Link(id: id, title: title, authored: row["authored"])
    }
}
