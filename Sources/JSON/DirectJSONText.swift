/// Writes objects of texts, whole numbers and lists of objects.
struct DirectJSONWriter {
    private var bytes: [UInt8] = []
    /// Whether the object that is being written has no key yet.
    private var isFirst = true

    /// A writer at the beginning of an object.
    ///
    /// - Parameter capacity: About how many bytes it will be.
    init(capacity: Int = 160) { bytes.reserveCapacity(capacity) }

    /// Adds a key with a number.
    mutating func add(_ key: StaticString, _ value: Int) {
        begin(key)
        bytes += String(value).utf8
    }

    /// Adds a key with a text.
    mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes += value.utf8
        } else {
            escape(value)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Adds a key with a list of objects, each of which `write` writes with its end.
    mutating func add<Element>(
        _ key: StaticString, _ elements: [Element], _ write: (Element, inout DirectJSONWriter) -> Void
    ) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (place, element) in elements.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            isFirst = true
            write(element, &self)
        }
        bytes.append(UInt8(ascii: "]"))
        isFirst = false
    }

    /// Ends the object.
    ///
    /// - Returns: Everything that was written.
    @discardableResult
    mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        bytes += isFirst ? "{\"".utf8 : ",\"".utf8
        isFirst = false
        key.withUTF8Buffer { bytes += $0 }
        bytes += "\":".utf8
    }

    private mutating func escape(_ value: String) {
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
    }
}

/// Reads objects that `DirectJSONWriter` has written, key after key.
struct DirectJSONReader {
    private let bytes: [UInt8]
    private var place = 0
    /// Whether no key of the object that is being read was read yet.
    private var isFirst = true

    /// A reader at the beginning of an object.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Whether nothing is left.
    var isAtEnd: Bool { place == bytes.count }

    /// Reads a key with a number; nil when something else stands there.
    mutating func integer(_ key: StaticString) -> Int? {
        guard take(key: key) else { return nil }
        let digits = bytes[place...].prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }
        place = digits.endIndex
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// Reads a key with a text; nil when something else stands there.
    mutating func text(_ key: StaticString) -> String? { take(key: key) ? text() : nil }

    /// Reads a key with a text, if the key stands there.
    ///
    /// - Returns: nil inside when there is no such key, and nil when it holds no text.
    mutating func optionalText(_ key: StaticString) -> String?? {
        guard take(key: key) else { return .some(nil) }
        return text().map { .some($0) }
    }

    /// Reads a key with a list of objects, each of which `read` reads with its end; nil when something else stands
    /// there.
    mutating func list<Element>(
        _ key: StaticString, _ read: (inout DirectJSONReader) -> Element?
    ) -> [Element]? {
        guard take(key: key), take("[") else { return nil }
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

    /// Reads the end of an object.
    ///
    /// - Returns: Whether it stands there.
    mutating func takeEnd() -> Bool { take("}") }

    private mutating func text() -> String? {
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
