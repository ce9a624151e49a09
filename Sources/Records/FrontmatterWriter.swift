import Services

/// Writes keys and values as YAML that every reader reads alike: an ambiguous text gets quotes, lists and mappings are
/// written in flow style on one line.
enum FrontmatterWriter {
    /// Why a key cannot be written, in words that follow the key; nil when it can.
    static func objection(toKey key: String) -> String? {
        if key.isEmpty { return "is empty" }
        if key.utf8.count > RecordLimits.keyBytesMax { return "is longer than \(RecordLimits.keyBytesMax) bytes" }
        if key.unicodeScalars.contains(where: \.isControl) {
            return "holds a control character"
        }
        return nil
    }

    /// One line, without its end: `key: value`.
    static func line(_ key: String, _ value: JSONValue) -> String {
        let text = flow(value)
        return text.isEmpty ? "\(scalar(key)):" : "\(scalar(key)): \(text)"
    }

    /// The order of the keys of a new record: first those that people look for, then the alphabet.
    static func ordered(_ fields: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
        let first = ["id", "title", "class", "tags", "links", "author", "created"]
        let known = first.compactMap { key in fields[key].map { (key, $0) } }
        let others = fields.filter { !first.contains($0.key) }.sorted { $0.key < $1.key }
        return known + others.map { ($0.key, $0.value) }
    }

    /// The value in flow style, on one line.
    static func flow(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): bool ? "true" : "false"
        case .integer(let integer): String(integer)
        case .number(let number): number == number.rounded() ? "\"\(number)\"" : "\(number)"
        case .string(let text): scalar(text)
        case .array(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(scalar($0.key)): \(flow($0.value))" }
                .joined(separator: ", ") + "}"
        }
    }

    /// The text, in quotes unless every reader takes it for plain text.
    private static func scalar(_ text: String) -> String {
        isDate(text) || isPlain(text) ? text : quoted(text)
    }

    /// The text in double quotes, with escapes for control characters.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{2028}", "\u{2029}", "\u{feff}": quoted += escape(character)
            case let other where other.isControl: quoted += escape(other)
            case let other: quoted.unicodeScalars.append(other)
            }
        }
        return quoted + "\""
    }

    private static func escape(_ character: Unicode.Scalar) -> String {
        let digits = String(character.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }

    /// Words that some YAML readers take for a Boolean, null or a number.
    private static let reserved: Set<String> = [
        "true", "false", "yes", "no", "on", "off", "y", "n", "null",
    ]

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
        guard first.properties.isAlphabetic, last != " ", !reserved.contains(text.lowercased()) else { return false }
        return text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil
                || " -_./()+@'’–—".unicodeScalars.contains($0)
        }
    }

    /// `2026-01-02`, with or without a time: people write these without quotes.
    private static func isDate(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes[4] == .dash, bytes[7] == .dash else { return false }
        let isDay = bytes[..<10].enumerated().allSatisfy { [4, 7].contains($0.offset) || isDigit($0.element) }
        return isDay && (bytes.count == 10 || bytes[10] == UInt8(ascii: "T"))
            && bytes.dropFirst(11).allSatisfy { isDigit($0) || "-:.+Z".utf8.contains($0) } && bytes.last != .colon
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
