import Services

extension JSON {
    /// The members of an object that a model has written, also with slips that leave no doubt about what is meant; nil
    /// for every other text, above all for one that is cut.
    ///
    /// | written | meant |
    /// |---|---|
    /// | nothing, `null` | `{}` |
    /// | the object as a JSON text, or within a fence of Markdown | the object |
    /// | a line end or another control character within a text | its escape |
    /// | `{"a":1,}`, `{"a":1}}`, `{'a':True}`, `"it\'s"` | `{"a":1}`, `{"a":1}`, `{"a":true}`, `"it's"` |
    public static func object(repairing text: String) -> [String: JSONValue]? { object(repairing: text, layers: 2) }

    /// The JSON text of that object: as it is written where nothing had to be mended.
    public static func objectText(repairing text: String) -> String? {
        guard let members = object(repairing: text) else { return nil }
        var repair = ObjectRepair(Array(text.utf8))
        if repair.isPlainObject { return text }
        return String(decoding: encode(JSONValue.object(members)), as: UTF8.self)
    }

    /// - Parameter layers: How many texts may be within each other, this one included.
    private static func object(repairing text: String, layers: Int) -> [String: JSONValue]? {
        let bytes = Array(withoutFence(text.utf8[...]))
        if bytes.isEmpty { return [:] }
        var repair = ObjectRepair(bytes)
        guard let value = (try? decode(JSONValue.self, from: bytes)) ?? repair.whole() else { return nil }
        switch value {
        case .object(let members): return members
        case .null: return [:]
        case .string(let inner) where layers > 1: return object(repairing: inner, layers: layers - 1)
        case .string, .array, .bool, .integer, .number: return nil
        }
    }

    /// A text without the blanks and the fence around it.
    private static func withoutFence(_ text: Substring.UTF8View) -> Substring.UTF8View {
        let core = trimmed(text), fence = "```".utf8
        guard core.starts(with: fence), core.count >= 6, core.suffix(3).elementsEqual(fence) else { return core }
        let inner = core.dropFirst(3).dropLast(3)
        let isInfo = { (byte: UInt8) in (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) }
        return trimmed(inner.drop(while: isInfo))
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        let rest = text.drop(while: ObjectRepair.isBlank)
        guard let last = rest.lastIndex(where: { !ObjectRepair.isBlank($0) }) else { return rest.prefix(0) }
        return rest[...last]
    }
}

/// Goes through a JSON text once and mends its slips. It adds no end to anything: a text that is cut stays no JSON.
private struct ObjectRepair {
    private let bytes: [UInt8]
    private var place = 0
    private var mended: [UInt8] = []
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// The value of the text; nil if it is not plain what it is.
    mutating func whole() -> JSONValue? {
        mended.reserveCapacity(bytes.count + 16)
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"): guard mendText(until: byte) else { return nil }
            case UInt8(ascii: ","): mendComma()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                take()
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                take()
                if depth == 0 { return rest.allSatisfy(Self.isEnd) ? value : nil }
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): guard mendWord() else { return nil }
            case _: take()
            }
        }
        return value
    }

    /// Whether the text is an object in which nothing is to be mended.
    var isPlainObject: Bool {
        mutating get {
            guard case .object? = whole() else { return false }
            return bytes.starts(with: mended) && bytes[mended.count...].allSatisfy(Self.isBlank)
        }
    }

    private var value: JSONValue? { try? JSON.decode(JSONValue.self, from: mended) }

    private var rest: ArraySlice<UInt8> { bytes[place...] }

    private mutating func take() {
        mended.append(bytes[place])
        place += 1
    }

    /// What may follow the object: one end too many.
    private static func isEnd(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }

    /// A comma behind a value and before an end is one too many.
    private mutating func mendComma() {
        let next = rest.dropFirst().first { !Self.isBlank($0) }
        let last = mended.last { !Self.isBlank($0) }
        let isLast = next == UInt8(ascii: "}") || next == UInt8(ascii: "]")
        if isLast, let last, !"{[,:".utf8.contains(last) { place += 1 } else { take() }
    }

    /// Python's words.
    private mutating func mendWord() -> Bool {
        let words: KeyValuePairs<String, String> = ["True": "true", "False": "false", "None": "null"]
        guard let (word, meant) = words.first(where: { rest.starts(with: $0.key.utf8) }) else { return false }
        mended += meant.utf8
        place += word.utf8.count
        return true
    }

    /// A text in quotes of one of two kinds.
    private mutating func mendText(until quote: UInt8) -> Bool {
        mended.append(UInt8(ascii: "\""))
        place += 1
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case quote:
                mended.append(UInt8(ascii: "\""))
                return quote == UInt8(ascii: "\"") || endsText
            case UInt8(ascii: "\\"):
                guard place < bytes.count else { return false }
                if bytes[place] != UInt8(ascii: "'") { mended.append(byte) }
                mend(bytes[place])
                place += 1
            case UInt8(ascii: "\""): mended += "\\\"".utf8
            case _: mend(byte)
            }
        }
        return false
    }

    /// Whether what follows a text can follow one: an apostrophe ends none.
    private var endsText: Bool {
        rest.first { !Self.isBlank($0) }.map { ",:}]".utf8.contains($0) } ?? true
    }

    private mutating func mend(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"): mended += "\\n".utf8
        case UInt8(ascii: "\r"): mended += "\\r".utf8
        case UInt8(ascii: "\t"): mended += "\\t".utf8
        case 0..<0x20: mended += ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
        case _: mended.append(byte)
        }
    }
}
