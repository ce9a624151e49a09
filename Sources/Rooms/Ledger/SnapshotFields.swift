/// Texts, numbers and lists in one text, each behind its length: they hold any characters, and are read in one pass.
///
/// ```
/// field   = length ":" bytes          length in bytes of UTF-8
/// list    = field with the count, "-" for none, then its elements
/// ```
struct SnapshotFields {
    private var bytes: [UInt8]
    private var place = 0

    /// Nothing is written yet.
    init() { bytes = [] }

    /// Fields that were written, to be read from the first.
    init(_ text: String) { bytes = Array(text.utf8) }

    /// Whether all fields were read.
    var isAtEnd: Bool { place == bytes.count }

    /// What was written.
    var written: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds a text.
    mutating func add(_ text: String) {
        bytes += String(text.utf8.count).utf8
        bytes.append(UInt8(ascii: ":"))
        bytes += text.utf8
    }

    /// Adds a number.
    mutating func add(_ number: Int) { add(String(number)) }

    /// Adds a list, or that there is none.
    mutating func add<Element>(_ elements: [Element]?, _ write: (Element, inout SnapshotFields) -> Void) {
        guard let elements else { return add("-") }
        add(elements.count)
        for element in elements { write(element, &self) }
    }

    /// Reads a text; nil when none stands there.
    mutating func text() -> String? {
        var length = 0, digits = 0
        while place < bytes.count, digits < 9, let digit = digit(bytes[place]) {
            length = 10 * length + digit
            digits += 1
            place += 1
        }
        guard digits > 0, place < bytes.count, bytes[place] == UInt8(ascii: ":"), bytes.count - place > length else {
            return nil
        }
        place += 1 + length
        return String(decoding: bytes[(place - length)..<place], as: UTF8.self)
    }

    /// Reads a number; nil when none stands there.
    mutating func integer() -> Int? { text().flatMap { Int($0) } }

    /// Reads a list.
    ///
    /// - Returns: nil inside when it was written that there is none, and nil when no list stands there.
    mutating func list<Element>(_ read: (inout SnapshotFields) -> Element?) -> [Element]?? {
        guard let count = text() else { return nil }
        if count == "-" { return .some(nil) }
        guard let count = Int(count), count >= 0 else { return nil }
        var elements: [Element] = []
        for _ in 0..<count {
            guard let element = read(&self) else { return nil }
            elements.append(element)
        }
        return .some(elements)
    }

    private func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
