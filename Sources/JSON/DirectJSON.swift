import Services

/// A payload of which thousands travel in a minute: written and read without the general coders, which take some 20 µs
/// for each. Both forms are the same JSON; what this cannot read the general decoder reads.
protocol DirectJSON {
    /// The JSON text, keys in their order; nil when the value needs the general encoder.
    var directJSON: [UInt8]? { get }

    /// The value of a JSON text that was written here; nil when it looks otherwise.
    init?(directJSON: [UInt8])
}

extension ChatChunk: DirectJSON {
    var directJSON: [UInt8]? {
        guard let text, done == nil, error == nil else { return nil }
        var writer = DirectJSONWriter()
        writer.add("sequence", sequence)
        writer.add("text", text)
        return writer.end()
    }

    init?(directJSON: [UInt8]) {
        var reader = DirectJSONReader(directJSON)
        guard let sequence = reader.integer("sequence"), let text = reader.text("text"), reader.takeEnd(),
            reader.isAtEnd
        else { return nil }
        self.init(sequence: sequence, text: text)
    }
}

extension RoomDelta: DirectJSON {
    var directJSON: [UInt8]? {
        var writer = DirectJSONWriter()
        writer.add("attempt", attempt)
        writer.add("offset", offset)
        writer.add("text", text)
        writer.add("turn", turn.rawValue)
        return writer.end()
    }

    init?(directJSON: [UInt8]) {
        var reader = DirectJSONReader(directJSON)
        guard let attempt = reader.integer("attempt"), let offset = reader.integer("offset"),
            let text = reader.text("text"), let turn = reader.text("turn").flatMap(TurnID.init(rawValue:)),
            reader.takeEnd(), reader.isAtEnd
        else { return nil }
        self.init(turn: turn, attempt: attempt, offset: offset, text: text)
    }
}
