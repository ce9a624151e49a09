/// Writes an object of texts, whole numbers, lists and objects, key after key in their order.
public struct DirectJSONWriter {
    private var bytes: [UInt8] = []
    /// Whether no key of the object that is being written was written yet.
    private var isFirst = true

    /// A writer at the beginning of the object.
    ///
    /// - Parameter capacity: About how many bytes it will be.
    public init(capacity: Int = 160) { bytes.reserveCapacity(capacity) }

    /// Adds a key with a number.
    public mutating func add(_ key: StaticString, _ value: Int) {
        begin(key)
        bytes += String(value).utf8
    }

    /// Adds a key with a text.
    public mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        quote(value)
    }

    /// Adds a key with a list of texts.
    public mutating func add(_ key: StaticString, _ values: [String]) {
        list(key, values) { $0.quote($1) }
    }

    /// Adds a key with a list of JSON texts.
    mutating func add(_ key: StaticString, texts: [ArraySlice<UInt8>]) {
        list(key, texts) { $0.bytes += $1 }
    }

    /// Adds a key with an object, of which `write` adds the keys.
    public mutating func add(_ key: StaticString, _ write: (inout DirectJSONWriter) -> Void) {
        begin(key)
        isFirst = true
        write(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    /// Ends the object.
    ///
    /// - Returns: Everything that was written.
    public mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func list<Value>(
        _ key: StaticString, _ values: [Value], _ write: (inout DirectJSONWriter, Value) -> Void
    ) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (place, value) in values.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            write(&self, value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ key: StaticString) {
        bytes += isFirst ? "{\"".utf8 : ",\"".utf8
        key.withUTF8Buffer { bytes += $0 }
        bytes += "\":".utf8
        isFirst = false
    }

    private mutating func quote(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        if value.utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            bytes += value.utf8
        } else {
            escape(value)
        }
        bytes.append(UInt8(ascii: "\""))
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
