import GRDB

/// Some of the messages, in the order in which they were added, with a text table of their own.
///
/// FTS5 looks for the first row that matches an expression before it looks at the row ids that are asked for. If the
/// words stand in no row together, that takes it to the end of the table, and a statement that is interrupted there has
/// no row after which another could go on. So no table is larger than what can be searched in one step.
struct RoomPart: Hashable {
    /// The key of its row in `parts`, 1 for the first part.
    let id: Int64
    private var messages = 0, bytes = 0
    /// The lowest and the highest row id; the lowest is above the highest while there is no message.
    private var oldest = Int64.max, newest: Int64 = -1

    /// A part to which no message is added any more has at least so many, or so many bytes of text. Words that never
    /// meet take some milliseconds then, and a prefix of many words less than `StepLimit` grants.
    static let full = (messages: 50_000, bytes: 16 << 20)

    /// The number of pages that are merged with each batch. It takes some milliseconds of writing, and a part has one
    /// segment before the next part is full.
    private static let mergedPages = 16

    private init(id: Int64) { self.id = id }

    /// The name of the text table.
    static func table(_ id: Int64) -> String { "said_\(id)" }

    /// The part to which the next messages are to be added: the last one, or a new one if that is full.
    ///
    /// - Parameter messagesMax: The number of messages that make a part full.
    static func open(in db: Database, messagesMax: Int) throws -> RoomPart {
        let find = try db.cachedStatement(sql: "SELECT * FROM parts ORDER BY id DESC LIMIT 1")
        if let row = try Row.fetchOne(find) {
            var part = RoomPart(id: row["id"])
            (part.messages, part.bytes) = (row["messages"], row["bytes"])
            (part.oldest, part.newest) = (row["oldest"], row["newest"])
            if part.messages < messagesMax && part.bytes < full.bytes { return part }
        }
        try db.execute(sql: "INSERT INTO parts (messages, bytes, oldest, newest) VALUES (0, 0, 0, 0)")
        let part = RoomPart(id: db.lastInsertedRowID)
        try part.save(in: db)
        try RoomIndexSchema.createWords(table(part.id), in: db)
        return part
    }

    /// Adds a message. Once a batch of them is added, the part is to be saved.
    ///
    /// - Parameters:
    ///   - room: The row id of its room.
    ///   - id: Its row id.
    mutating func add(_ text: String, room: Int64, id: Int64, in db: Database) throws {
        let sql = "INSERT INTO \(Self.table(self.id)) (rowid, text, room) VALUES (?, ?, ?)"
        try db.cachedStatement(sql: sql).execute(arguments: [id, text, String(room)])
        messages += 1
        bytes += text.utf8.count
        (oldest, newest) = (min(oldest, id), max(newest, id))
    }

    /// Notes what the part holds now.
    func save(in db: Database) throws {
        let update = try db.cachedStatement(
            sql: "UPDATE parts SET messages = ?, bytes = ?, oldest = ?, newest = ? WHERE id = ?")
        try update.execute(arguments: [messages, bytes, oldest, newest, id])
    }

    /// Merges some pages of the part before this one, to which nothing is added any more: a word is sought in each
    /// segment of a table. Once the part has one segment, this does nothing.
    ///
    /// See: SQLite FTS5 §6.8 (merge)
    func mergeFormer(in db: Database) throws {
        if id == 1 { return }
        let former = Self.table(id - 1)
        let sql = "INSERT INTO \(former) (\(former), rank) VALUES ('merge', -\(Self.mergedPages))"
        try db.cachedStatement(sql: sql).execute()
    }
}
