import GRDB
import Records
import Services

// A link's target is a whole id, or the last part of one when no record has that id; of several such records the first
// id's is meant, which is what a person sees in a sorted list.

extension IndexDatabase {
    /// What a record points to.
    func links(of id: String) throws -> Index.LinkReply {
        let sql = """
            SELECT target, authored,
                coalesce(
                    (SELECT id FROM records WHERE id = links.target),
                    (SELECT min(id) FROM records WHERE name = links.name AND instr(links.target, '/') = 0)) AS found
            FROM links WHERE record = (SELECT rowid FROM records WHERE id = ?)
            LIMIT ?
            """
        return try queue.read { db in
            let rows = try Row.fetchAll(db, sql: sql, arguments: [id, RecordLimits.linksMax])
            return Index.LinkReply(
                links: try rows.map { try Self.link($0["found"] ?? $0["target"], $0, in: db) }.merged())
        }
    }

    /// What points to a record.
    func backlinks(of id: String) throws -> Index.LinkReply {
        let sql = """
            SELECT records.id, authored FROM links JOIN records ON records.rowid = links.record
            WHERE target = :id
                OR links.name = :name AND instr(target, '/') = 0
                    AND NOT EXISTS (SELECT 1 FROM records WHERE id = target)
                    AND (SELECT min(id) FROM records WHERE name = :name) = :id
            LIMIT :limit
            """
        return try queue.read { db in
            let arguments: StatementArguments = ["id": id, "name": Self.linkName(id), "limit": RecordLimits.linksMax]
            let rows = try Row.fetchAll(db, sql: sql, arguments: arguments)
            return Index.LinkReply(links: try rows.map { try Self.link($0["id"], $0, in: db) }.merged())
        }
    }

    private static func link(_ id: String, _ row: Row, in db: Database) throws -> Index.Link {
        let title = try String.fetchOne(db, sql: "SELECT title FROM records WHERE id = ?", arguments: [id])
        return Index.Link(id: id, title: title, authored: row["authored"])
    }
}

extension [Services.Index.Link] {
    /// One link an id, authored when any of them is, in the order of the ids.
    fileprivate func merged() -> [Services.Index.Link] {
        var byID: [String: Services.Index.Link] = [:]
        for link in self {
            let isAuthored = link.authored || byID[link.id]?.authored == true
            byID[link.id] = Services.Index.Link(id: link.id, title: link.title, authored: isAuthored)
        }
        return byID.values.sorted { $0.id < $1.id }
    }
}
