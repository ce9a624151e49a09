import Services

/// Why a text is not a JSON value that is taken.
enum JSONTextProblem: String, Error, Hashable {
    case notJSON = "it is no JSON"
    case notUTF8 = "it is not UTF-8"
    case tooDeep = "it nests too deep"
    case tooManyValues = "it holds too many values"
    case numberTooLarge = "it holds a number that is too large"
}

/// Reads a JSON text of an unknown program in a time and a memory that its length bounds.
///
/// The general coders take some microseconds for each value, in which a hostile line of 8 MiB holds four million.
///
/// See: RFC 8259
struct JSONTextReader {
    private let bytes: [UInt8]
    private var place = 0
    private var valuesLeft = MCPLimits.messageValuesMax

    private static let numberBytesMax = 512

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The value of a whole text. Of members with one name the last counts; half of a surrogate pair is U+FFFD; a whole
    /// number that no `Int` holds becomes the nearest `Double`.
    static func value(of bytes: [UInt8]) throws(JSONTextProblem) -> JSONValue {
        var reader = JSONTextReader(bytes)
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.place == bytes.count else { throw .notJSON }
        return value
    }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (0x09...0x0d).contains(byte) && byte != 0x0b && byte != 0x0c {
            place += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONTextProblem) -> JSONValue {
        skipBlanks()
        guard depth < JSONValue.nestingMax else { throw .tooDeep }
        valuesLeft -= 1
        guard valuesLeft >= 0 else { throw .tooManyValues }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONTextProblem) -> JSONValue {
        let end = place + word.utf8CodeUnitCount
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard end <= bytes.count, bytes[place..<end].elementsEqual(letters) else { throw .notJSON }
        place = end
        return value
    }

    private mutating func object(depth: Int) throws(JSONTextProblem) -> JSONValue {
        var members: [String: JSONValue] = [:]
        place += 1
        skipBlanks()
        if take("}") { return .object(members) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw .notJSON }
            let name = try string()
            skipBlanks()
            guard take(":") else { throw .notJSON }
            members[name] = try value(depth: depth + 1)
            skipBlanks()
        } while take(",")
        guard take("}") else { throw .notJSON }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONTextProblem) -> JSONValue {
        var items: [JSONValue] = []
        place += 1
        skipBlanks()
        if take("]") { return .array(items) }
        repeat {
            items.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(",")
        guard take("]") else { throw .notJSON }
        return .array(items)
    }

    private mutating func number() throws(JSONTextProblem) -> JSONValue {
        let start = place
        _ = take("-")
        let hasLeadingZero = next == UInt8(ascii: "0")
        let wholeDigits = skipDigits()
        guard wholeDigits == 1 || wholeDigits > 1 && !hasLeadingZero else { throw .notJSON }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard skipDigits() > 0 else { throw .notJSON }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard skipDigits() > 0 else { throw .notJSON }
        }
        guard place - start <= Self.numberBytesMax else { throw .numberTooLarge }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isWhole, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw .numberTooLarge }
        return .number(number)
    }

    private mutating func skipDigits() -> Int {
        let start = place
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
        return place - start
    }

    /// A text, from its opening quote.
    private mutating func string() throws(JSONTextProblem) -> String {
        place += 1
        var unescaped: [UInt8] = [], start = place
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw .notJSON }
            guard byte == UInt8(ascii: "\\") else {
                place += 1
                continue
            }
            unescaped += bytes[start..<place]
            place += 1
            unescaped += try escape()
            start = place
        }
        let last = bytes[start..<place]
        guard take("\"") else { throw .notJSON }
        let text =
            unescaped.isEmpty
            ? String(validating: last, as: UTF8.self) : String(validating: unescaped + last, as: UTF8.self)
        guard let text else { throw .notUTF8 }
        return text
    }

    /// The bytes of a character that is written as an escape, from behind its backslash.
    private mutating func escape() throws(JSONTextProblem) -> [UInt8] {
        let letter = next
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return letter.map { [$0] } ?? []
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try escapedScalar())).utf8)
        default: throw .notJSON
        }
    }

    private mutating func escapedScalar() throws(JSONTextProblem) -> Unicode.Scalar {
        let first = try escapedUnit()
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) ?? "\u{fffd}" }
        let behind = place
        guard take("\\"), take("u"), case let second = try escapedUnit(), UTF16.isTrailSurrogate(second) else {
            place = behind
            return "\u{fffd}"
        }
        return Unicode.Scalar(0x10000 + (UInt32(first) - 0xd800) << 10 + (UInt32(second) - 0xdc00)) ?? "\u{fffd}"
    }

    private mutating func escapedUnit() throws(JSONTextProblem) -> UInt16 {
        guard place + 4 <= bytes.count else { throw .notJSON }
        var unit: UInt16 = 0
        for byte in bytes[place..<place + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { throw .notJSON }
            unit = unit << 4 | UInt16(digit)
        }
        place += 4
        return unit
    }
}
