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
        guard let sequence = reader.integer("sequence"), let text = reader.text("text"), reader.isAtEnd else {
            return nil
        }
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
            reader.isAtEnd
        else { return nil }
        self.init(turn: turn, attempt: attempt, offset: offset, text: text)
    }
}

/// Writes an object of texts and whole numbers.
private struct DirectJSONWriter {
    private var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(160) }

    mutating func add(_ key: StaticString, _ value: Int) {
        begin(key)
        bytes += String(value).utf8
    }

    mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case 0..<0x20:
                bytes += "\\u00".utf8
                bytes += [byte >> 4, byte & 15].map { $0 < 10 ? UInt8(ascii: "0") + $0 : UInt8(ascii: "a") + $0 - 10 }
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        bytes += bytes.isEmpty ? "{\"".utf8 : ",\"".utf8
        key.withUTF8Buffer { bytes += $0 }
        bytes += "\":".utf8
    }
}

/// Reads an object that `DirectJSONWriter` has written, key after key.
private struct DirectJSONReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether nothing is left but the object's end.
    var isAtEnd: Bool { place == bytes.count - 1 && bytes[place] == UInt8(ascii: "}") }

    mutating func integer(_ key: StaticString) -> Int? {
        guard take(key: key) else { return nil }
        let digits = bytes[place...].prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        place = digits.endIndex
        return Int(String(decoding: digits, as: UTF8.self))
    }

    mutating func text(_ key: StaticString) -> String? {
        guard take(key: key), place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
        place += 1
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = escaped() else { return nil }
                text.append(escaped)
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escaped() -> UInt8? {
        guard place < bytes.count else { return nil }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return byte
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "u"):
            guard place + 4 <= bytes.count else { return nil }
            let value = UInt8(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
            place += 4
            return value.flatMap { $0 < 0x20 ? $0 : nil }
        case _: return nil
        }
    }

    private mutating func take(key: StaticString) -> Bool {
        take(place == 0 ? "{\"" : ",\"") && take(key) && take("\":")
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let isThere = text.withUTF8Buffer { bytes[place...].starts(with: $0) }
        if isThere { place += text.utf8CodeUnitCount }
        return isThere
    }
}
