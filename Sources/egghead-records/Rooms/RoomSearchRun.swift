import GRDB
import Records
import Services

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

    private let query: IndexQuery, room: RoomName?, limit: Int
    private var before: Int64, found: [Place] = []

    /// The most messages over which one statement goes: the next match may be the last row.
    private static let rowsMax = 20_000
    /// How many rows are read before the clock is.
    private static let rowsPerLook = 16

    /// A search that has not begun.
    ///
    /// - Parameters:
    ///   - room: The room in which to look; in all of them when nil.
    ///   - before: Only messages with a lower row id.
    init(_ query: IndexQuery, room: RoomName?, before: Int64 = .max, limit: Int) {
        self.query = query
        self.room = room
        self.before = before
        self.limit = limit
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> Answer? {
        repeat {
            guard let end = try end(in: db) else { return found }
            try search(from: end, slice, in: db)
            if found.count >= limit { return found }
        } while !slice.isOver
        return nil
    }

    /// The lowest row id of the next part; nil if there is none. FTS5 merges all words of a prefix for each statement
    /// anew, so a query with one takes all rows at once.
    private func end(in db: Database) throws -> Int64? {
        let nth = try db.cachedStatement(sql: "SELECT id FROM events WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?")
        if !query.hasPrefix, let end = try Int64.fetchOne(nth, arguments: [before, Self.rowsMax - 1]) { return end }
        let lowest = try db.cachedStatement(sql: "SELECT min(id) FROM events WHERE id < ?")
        return try Int64.fetchOne(lowest, arguments: [before])
    }

    private mutating func search(from end: Int64, _ slice: Slice, in db: Database) throws {
        let sql = """
            SELECT said.rowid, rooms.name, events.number
            FROM said CROSS JOIN events CROSS JOIN rooms
            WHERE said MATCH ? AND said.rowid < ? AND said.rowid >= ? AND events.id = said.rowid
                AND rooms.id = events.room AND rooms.is_live AND events.number >= rooms.first
                AND (rooms.name = ? OR ? IS NULL)
            ORDER BY said.rowid DESC
            """
        let statement = try db.cachedStatement(sql: sql), room = room?.rawValue
        let rows = try Row.fetchCursor(statement, arguments: [query.match, before, end, room, room])
        var seen = 0
        while let row = try rows.next() {
            before = row[0]
            if let name = RoomName(rawValue: row[1]) { found.append(Place(id: before, room: name, number: row[2])) }
            seen += 1
            if found.count >= limit || seen % Self.rowsPerLook == 0 && slice.isOver { return }
        }
        before = end
    }
}
