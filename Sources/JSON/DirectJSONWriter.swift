/// Writes an object of texts, whole numbers and lists.
struct DirectJSONWriter {
    private var bytes: [UInt8] = []

    /// A writer at the beginning of the object.
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

    /// Adds a key with a list of JSON texts.
    mutating func add(_ key: StaticString, texts: [ArraySlice<UInt8>]) {
        begin(key)
        bytes.append(UInt8(ascii: "["))
        for (place, text) in texts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += text
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Ends the object.
    ///
    /// - Returns: Everything that was written.
    mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        bytes += bytes.isEmpty ? "{\"".utf8 : ",\"".utf8
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
