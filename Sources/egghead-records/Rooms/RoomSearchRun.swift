import GRDB
import LinuxSystem
import Records
import Services
import Time

/// A search for messages of rooms, newest first, for one reading of a query.
struct RoomSearchRun: QueryRun {
    /// A message that matches.
    struct Place: Hashable {
        /// Its row id.
        let id: Int64
        /// The room.
        let room: RoomName
        /// Its number in the room.
        let number: Int
    }

    /// The messages, newest first; fewer than the limit when there are no more.
    typealias Answer = [Place]

    private let query: IndexQuery, room: RoomName?, before: Int64, limit: Int
    /// The parts that are still to be searched, the one with the newest message last; nil before the first step.
    private var parts: [(id: Int64, newest: Int64)]?
    /// The row id below which the search of the last of them goes on.
    private var below: Int64
    private var found: [Place] = []

    /// How many rows are read before the clock is.
    private static let rowsPerLook = 16

    /// A search that has not begun. It is for one database: another one has other parts.
    ///
    /// - Parameters:
    ///   - room: The room in which to look; in all of them when nil.
    ///   - before: Only messages with a lower row id.
    init(_ query: IndexQuery, room: RoomName?, before: Int64 = .max, limit: Int) {
        self.query = query
        self.room = room
        self.before = before
        self.limit = limit
        below = before
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> Answer? {
        var waiting = try parts ?? allParts(in: db)
        defer { parts = waiting }
        repeat {
            guard let part = waiting.last, part.newest > least, let match = try match(in: db) else { return found }
            if try search(part.id, for: match, slice, in: db) {
                waiting.removeLast()
                below = before
            }
        } while !slice.isOver
        return nil
    }

    private func allParts(in db: Database) throws -> [(id: Int64, newest: Int64)] {
        let sql = "SELECT id, newest FROM parts WHERE oldest < ? AND oldest <= newest ORDER BY newest, id"
        return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [before]).map { ($0[0], $0[1]) }
    }

    /// Only messages with a higher row id are of interest.
    private var least: Int64 { found.count < limit ? .min : found.last?.id ?? .min }

    /// The query for a text table; nil if there is no such room.
    private func match(in db: Database) throws -> String? {
        let text = "text : (\(query.match))"
        guard let room else { return text }
        let find = try db.cachedStatement(sql: "SELECT id FROM rooms WHERE name = ? AND is_live")
        let id = try Int64.fetchOne(find, arguments: [room.rawValue])
        return id.map { "room : \($0) AND \(text)" }
    }

    /// Searches a part, the newest message first. What matches but is gone is a row as well, so that the search can go
    /// on after it.
    ///
    /// - Returns: Whether the part has no more that is of interest.
    private mutating func search(
        _ part: Int64, for match: String, _ slice: Slice, in db: Database
    ) throws -> Bool {
        let begin = Clock.monotonic()
        let sql = """
            SELECT said.rowid, rooms.name, events.number
            FROM \(RoomPart.table(part))(?) AS said CROSS JOIN events ON events.id = said.rowid
                LEFT JOIN rooms ON rooms.id = events.room AND rooms.is_live AND events.number >= rooms.first
            WHERE said.rowid < ? ORDER BY said.rowid DESC
            """
        // Statements for all parts of many would take more memory than it takes time to prepare one.
        let statement = try db.makeStatement(sql: sql)
        let rows = try Row.fetchCursor(statement, arguments: [match, below])
        var slice = slice, seen = 0
        while let row = try rows.next() {
            // FTS5 merges all words of a prefix for each statement anew.
            if seen == 0 && query.hasPrefix { slice = slice.prolonged(after: Clock.monotonic() - begin) }
            below = row[0]
            if below <= least { return true }
            if let name = (row[1] as String?).flatMap(RoomName.init) {
                keep(Place(id: below, room: name, number: row[2]))
            }
            seen += 1
            if seen % Self.rowsPerLook == 0 && slice.isOver { return false }
        }
        return true
    }

    private mutating func keep(_ place: Place) {
        found.insert(place, at: found.firstIndex { $0.id < place.id } ?? found.endIndex)
        if found.count > limit { found.removeLast() }
    }
}
