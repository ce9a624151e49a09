import GRDB
import Records
import Services

/// The words of what was said in rooms, with the numbers up to which each room was read. A transaction holds both, so
/// that an event is neither missing nor there twice, whenever the process dies.
final class RoomIndexDatabase: QueriedDatabase {
    let queue: DatabaseQueue
    let stepLimit = StepLimit()
    private let partMessagesMax: Int

    /// The file's name in the state directory.
    static let fileName = "rooms.sqlite"

    /// Opens the database in a directory; see `DatabaseFile`.
    ///
    /// - Parameters:
    ///   - partMessagesMax: The number of messages that make a part full; see `RoomPart`.
    ///   - onDiscard: Called with the reason when a database was deleted.
    /// - Throws: When not even a new database can be made.
    init(
        directory: String, partMessagesMax: Int = RoomPart.full.messages, onDiscard: (String) -> Void = { _ in }
    ) throws {
        self.partMessagesMax = partMessagesMax
        let file = Self.file(in: directory)
        if let opened = try file.existing(onDiscard: onDiscard) {
            queue = opened
        } else {
            queue = try file.make()
            try queue.write(RoomIndexSchema.create)
        }
        prepare()
    }

    /// Deletes the database that nobody uses any more.
    static func delete(directory: String) throws { try file(in: directory).delete() }

    private static func file(in directory: String) -> DatabaseFile {
        DatabaseFile(
            path: "\(directory)/\(fileName)", version: RoomIndexSchema.version, tables: RoomIndexSchema.tables,
            cacheKiB: 2_048)
    }

    /// How far each room was read, in the order in which they were first read.
    func positions() throws -> [RoomPosition] {
        let rows = try read {
            try Row.fetchAll($0, sql: "SELECT name, began, last FROM rooms WHERE is_live ORDER BY id")
        }
        return rows.compactMap { row in
            RoomName(rawValue: row["name"]).map { RoomPosition(room: $0, began: row["began"], last: row["last"]) }
        }
    }

    /// Adds the next events of a room, and notes that it was read up to the last one. Events that were added before
    /// are passed over.
    ///
    /// - Throws: SQLite's error; then nothing was added.
    func add(_ batch: RoomBatch) throws {
        try queue.inTransaction(.immediate) { db in
            let room = try Self.room(batch, in: db)
            var part = try RoomPart.open(in: db, messagesMax: partMessagesMax)
            var last = room.last, highest: Int64?
            for event in batch.events where event.number > last {
                if event.type == .message {
                    highest = try Self.insert(event, room: room.id, after: highest, into: &part, in: db)
                }
                last = event.number
            }
            try part.save(in: db)
            try part.mergeFormer(in: db)
            let update = try db.cachedStatement(
                sql: "UPDATE rooms SET began = coalesce(?, began), last = ? WHERE id = ?")
            try update.execute(arguments: [batch.began, last, room.id])
            return .commit
        }
    }

    /// Notes that a room was dropped.
    func drop(_ room: RoomName) throws { try queue.write { try Self.drop(room, in: $0) } }

    /// Notes that the first events of a room are gone.
    ///
    /// - Parameter first: The number of the first event that is not gone.
    func forget(_ room: RoomName, before first: Int) throws {
        try queue.write { db in
            try db.execute(
                sql: "UPDATE rooms SET first = max(first, ?) WHERE name = ? AND is_live",
                arguments: [first, room.rawValue])
        }
    }

    /// Whether so many events are gone that it is better to read the others again into a new database.
    func isMostlyGone() throws -> Bool {
        let sql = """
            SELECT total(CASE WHEN is_live THEN last - min(first - 1, last) END) AS living,
                total(CASE WHEN is_live THEN min(first - 1, last) ELSE last END) AS gone
            FROM rooms
            """
        let row = try read { try Row.fetchOne($0, sql: sql) }
        let living: Double = row?["living"] ?? 0, gone: Double = row?["gone"] ?? 0
        return gone > max(living, Self.goneMin)
    }

    /// So few events may be gone at any time.
    private static let goneMin: Double = 20_000

    private static func drop(_ room: RoomName, in db: Database) throws {
        try db.execute(sql: "UPDATE rooms SET is_live = 0 WHERE name = ? AND is_live", arguments: [room.rawValue])
    }

    /// The row of a batch's room. Another room of its name, which began at another time, is gone.
    private static func room(_ batch: RoomBatch, in db: Database) throws -> (id: Int64, last: Int) {
        let find = try db.cachedStatement(sql: "SELECT id, began, last FROM rooms WHERE name = ? AND is_live")
        if let row = try Row.fetchOne(find, arguments: [batch.room.rawValue]) {
            let began: String? = row["began"]
            if began == nil || batch.began == nil || began == batch.began { return (row["id"], row["last"]) }
            try drop(batch.room, in: db)
        }
        try db.execute(sql: "INSERT INTO rooms (name) VALUES (?)", arguments: [batch.room.rawValue])
        return (db.lastInsertedRowID, 0)
    }

    /// Adds a message.
    ///
    /// - Parameter other: The row id of the message before it, if known: one without a readable date follows it.
    /// - Returns: Its row id.
    private static func insert(
        _ event: RoomEvent, room: Int64, after other: Int64?, into part: inout RoomPart, in db: Database
    ) throws -> Int64 {
        var start = EventOrder.first(at: event.at) ?? other.map { $0 / EventOrder.slots * EventOrder.slots } ?? 0
        let find = try db.cachedStatement(sql: "SELECT max(id) FROM events WHERE id >= ? AND id < ?")
        var id = start
        while let taken = try Int64.fetchOne(find, arguments: [start, start + EventOrder.slots]) {
            start += EventOrder.slots
            id = taken + 1
            if id < start { break }
        }
        let place = try db.cachedStatement(sql: "INSERT INTO events (id, room, number) VALUES (?, ?, ?)")
        try place.execute(arguments: [id, room, event.number])
        try part.add(IndexText.cut(event.text), room: room, id: id, in: db)
        return id
    }
}

/// How far a room was read.
struct RoomPosition: Hashable {
    /// The room.
    let room: RoomName
    /// When it began, RFC 3339; nil if that is not known.
    let began: String?
    /// The number of the last event that was read.
    let last: Int
}

/// Events of a room that follow each other.
struct RoomBatch: Hashable {
    /// The room.
    let room: RoomName
    /// When it began, RFC 3339; nil if that is not known.
    let began: String?
    /// The events, in the order of their numbers.
    var events: [RoomEvent]
}
