import Services

// Events of rooms: a page of history holds hundreds of them, and a long room has hundreds of pages.

extension RoomEvent: DirectJSON {
    var directJSON: [UInt8]? {
        var writer = DirectJSONWriter(capacity: text.utf8.count + 240)
        write(to: &writer)
        return writer.end()
    }

    /// Writes all keys of the object.
    public func write(to writer: inout DirectJSONWriter) {
        writer.add("at", at)
        writer.add("from", from.rawValue)
        writer.add("number", number)
        if let outcome { writer.add("outcome", outcome.rawValue) }
        writer.add("room", room.rawValue)
        writer.add("text", text)
        if let turn { writer.add("turn", turn.rawValue) }
        writer.add("type", type.rawValue)
    }

    init?(directJSON: [UInt8]) {
        var reader = DirectJSONReader(directJSON)
        guard let event = RoomEvent(&reader), reader.isAtEnd else { return nil }
        self = event
    }

    /// Reads a whole object; nil when it looks otherwise than what is written here.
    public init?(_ reader: inout DirectJSONReader) {
        guard let at = reader.text("at"), let from = reader.text("from").flatMap(Principal.init(rawValue:)),
            let number = reader.integer("number"), let outcome = reader.optionalText("outcome"),
            let room = reader.text("room").flatMap(RoomName.init(rawValue:)), let text = reader.text("text"),
            let turn = reader.optionalText("turn"), let type = reader.text("type").flatMap(Kind.init(rawValue:)),
            reader.takeEnd()
        else { return nil }
        self.init(number: number, at: at, room: room, type: type, from: from, text: text)
        if let outcome {
            guard let known = TurnOutcome(rawValue: outcome) else { return nil }
            self.outcome = known
        }
        if let turn {
            guard let id = TurnID(rawValue: turn) else { return nil }
            self.turn = id
        }
    }
}

extension Coordinator.Post.Reply: DirectJSON {
    var directJSON: [UInt8]? {
        var writer = DirectJSONWriter()
        write(to: &writer)
        return writer.end()
    }

    /// Writes all keys of the object.
    public func write(to writer: inout DirectJSONWriter) {
        if let agents { writer.add("agents", agents.map(\.rawValue)) }
        writer.add("number", number)
        writer.add("room", room.rawValue)
        writer.add("turns", turns.map(\.rawValue))
    }

    init?(directJSON: [UInt8]) {
        var reader = DirectJSONReader(directJSON)
        guard let reply = Self(&reader), reader.isAtEnd else { return nil }
        self = reply
    }

    /// Reads a whole object; nil when it looks otherwise than what is written here, or does not tell the agents.
    public init?(_ reader: inout DirectJSONReader) {
        guard let agents = reader.list("agents", { $0.text().map(AgentID.init(rawValue:)) }),
            let number = reader.integer("number"),
            let room = reader.text("room").flatMap(RoomName.init(rawValue:)),
            let turns = reader.list("turns", { $0.text().flatMap(TurnID.init(rawValue:)) }), reader.takeEnd()
        else { return nil }
        self.init(room: room, number: number, turns: turns, agents: agents)
    }
}

extension Coordinator.History.Reply: DirectJSON {
    var directJSON: [UInt8]? {
        Self.json(room: room, head: head, events: events.map { JSON.encode($0)[...] }, began: began, first: first)
    }

    /// The JSON text of a reply.
    ///
    /// - Parameter events: The JSON text of each event; see the initializer for everything else.
    public static func json(
        room: RoomName, head: Int, events: [ArraySlice<UInt8>], began: String?, first: Int?
    ) -> [UInt8] {
        var writer = DirectJSONWriter(capacity: events.reduce(200) { $0 + $1.count + 1 })
        if let began { writer.add("began", began) }
        writer.add("events", texts: events)
        if let first { writer.add("first", first) }
        writer.add("head", head)
        writer.add("room", room.rawValue)
        return writer.end()
    }

    init?(directJSON: [UInt8]) {
        var reader = DirectJSONReader(directJSON)
        guard let began = reader.optionalText("began"), let events = reader.list("events", { RoomEvent(&$0) }),
            let first = reader.optionalInteger("first"), let head = reader.integer("head"),
            let room = reader.text("room").flatMap(RoomName.init(rawValue:)), reader.takeEnd(), reader.isAtEnd
        else { return nil }
        self.init(room: room, head: head, events: events, began: began, first: first)
    }
}
