/// Reads objects that `DirectJSONWriter` has written, key after key.
public struct DirectJSONReader {
    private let bytes: [UInt8]
    private var place = 0
    /// Whether no key of the object that is being read was read yet.
    private var isFirst = true

    /// A reader at the beginning of a text.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether nothing is left.
    public var isAtEnd: Bool { place == bytes.count }

    /// Reads a key with a number; nil when something else stands there.
    public mutating func integer(_ key: StaticString) -> Int? {
        guard take(key: key) else { return nil }
        let digits = bytes[place...].prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        place = digits.endIndex
        let text = String(decoding: digits, as: UTF8.self)
        return Int(text).flatMap { String($0) == text ? $0 : nil }  // `007` and `+7` are no JSON
    }

    /// Reads a key with a text; nil when something else stands there.
    public mutating func text(_ key: StaticString) -> String? { take(key: key) ? text() : nil }

    /// Reads a key with a text, if the key stands there.
    ///
    /// - Returns: nil inside when there is no such key, and nil when it holds no text.
    public mutating func optionalText(_ key: StaticString) -> String?? {
        guard take(key: key) else { return .some(nil) }
        return text().map { .some($0) }
    }

    /// Reads a key with a number, if the key stands there.
    ///
    /// - Returns: nil inside when there is no such key, and nil when it holds no number.
    public mutating func optionalInteger(_ key: StaticString) -> Int?? {
        let before = place, wasFirst = isFirst
        guard take(key: key) else { return .some(nil) }
        (place, isFirst) = (before, wasFirst)
        return integer(key).map { .some($0) }
    }

    /// Reads a key with a list of objects, each of which `read` reads with its end; nil when something else stands
    /// there.
    public mutating func list<Element>(
        _ key: StaticString, _ read: (inout DirectJSONReader) -> Element?
    ) -> [Element]? {
        take(key: key) ? list(read) : nil
    }

    /// Reads a list of objects or texts, each by `read`; nil when something else stands there.
    public mutating func list<Element>(_ read: (inout DirectJSONReader) -> Element?) -> [Element]? {
        guard take("[") else { return nil }
        var elements: [Element] = []
        while !take("]") {
            guard elements.isEmpty || take(",") else { return nil }
            isFirst = true
            guard let element = read(&self) else { return nil }
            elements.append(element)
        }
        isFirst = false
        return elements
    }

    /// Reads a key whose value is an object, and stands at the beginning of that; its end must be read.
    ///
    /// - Returns: Whether the key stands there.
    public mutating func begins(_ key: StaticString) -> Bool {
        guard take(key: key) else { return false }
        isFirst = true
        return true
    }

    /// Reads the end of an object.
    ///
    /// - Returns: Whether it stands there.
    public mutating func takeEnd() -> Bool {
        isFirst = false  // what follows is in an object that has a key already
        return take("}")
    }

    /// Reads a text that is no value of a key; nil when something else stands there.
    public mutating func text() -> String? {
        guard take("\"") else { return nil }
        let plain = bytes[place...].prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        place = plain.endIndex
        if take("\"") { return String(validating: plain, as: UTF8.self) }
        var text = Array(plain)
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
        let before = place
        guard take(isFirst ? "{\"" : ",\""), take(key), take("\":") else {
            place = before
            return false
        }
        isFirst = false
        return true
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let isThere = text.withUTF8Buffer { wanted in
            guard bytes.count - place >= wanted.count else { return false }
            for offset in wanted.indices where bytes[place + offset] != wanted[offset] { return false }
            return true
        }
        if isThere { place += text.utf8CodeUnitCount }
        return isThere
    }
}
