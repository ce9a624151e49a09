import GRDB
import Records
import Services

/// Finds the records that links mean, for one slice of a query: what was looked up once is kept.
final class NameLookup {
    /// The database in which they are looked up.
    let db: Database
    private var known: [String: [LinkCandidate]] = [:]

    /// The most records with one name among which a link chooses.
    private static let candidatesMax = 100

    /// A lookup that knows nothing yet.
    init(db: Database) { self.db = db }

    /// The record that the link of a row means, from its `target`, its `style` and the `path` of its file.
    func record(_ row: Row) throws -> LinkCandidate? {
        let name = LinkName(row["target"], LinkStyle(column: row["style"]))
        return try name.meant(from: row["path"], candidates)
    }

    private func candidates(_ key: String) throws -> [LinkCandidate] {
        if let found = known[key] { return found }
        let sql = """
            SELECT id, path, kind FROM names JOIN records ON records.rowid = names.record
            WHERE key = ? ORDER BY kind, length, path LIMIT \(Self.candidatesMax)
            """
        let found = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [key]).map {
            LinkCandidate(id: $0["id"], path: $0["path"], kind: RecordName.Kind(rawValue: $0["kind"]) ?? .path)
        }
        known[key] = found
        return found
    }
}
