/// What the toolbox and the helper can say to each other: a sequence of fields without names, in the order in which
/// each type writes and reads them.
///
/// ```
/// number   = eight bytes, the lowest first
/// text     = the number of its bytes, its UTF-8
/// list     = the number of its items, the items
/// optional = a list of none or one
/// choice   = the name of the case as a text, its fields
/// ```
///
/// It is not JSON, because the general coders of JSON would take the helper four times as long as everything else.
protocol FieldCoded {
    /// Reads the fields of a value.
    init(from reader: inout FieldReader) throws(FieldProblem)

    /// Writes the fields of the value.
    func write(to writer: inout FieldWriter)
}

/// Why bytes are not the fields that were wanted. Both sides are installed together, so it is mostly an update of the
/// program while a node runs.
public struct FieldProblem: Error, Hashable, CustomStringConvertible {
    /// What is wrong with the bytes.
    let reason: String

    /// The problem, and what to do about it.
    public var description: String {
        "egghead-toolbox and egghead-helper do not understand each other (\(reason)); restart the node"
    }
}

/// Writes fields.
struct FieldWriter {
    /// What was written.
    private(set) var bytes: [UInt8] = []

    /// Adds a value.
    mutating func add(_ value: some FieldCoded) { value.write(to: &self) }

    fileprivate mutating func add(bytes more: some Sequence<UInt8>) { bytes += more }
}

/// Reads fields.
struct FieldReader {
    private var rest: ArraySlice<UInt8>

    /// A reader at the first field.
    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// Whether there is nothing left.
    var isAtEnd: Bool { rest.isEmpty }

    /// The next value.
    mutating func value<Value: FieldCoded>(_ type: Value.Type = Value.self) throws(FieldProblem) -> Value {
        try Value(from: &self)
    }

    /// The number of items that follow, each of which has at least one byte.
    mutating func count() throws(FieldProblem) -> Int {
        let count = try value(Int.self)
        guard (0...rest.count).contains(count) else { throw FieldProblem(reason: "the end is missing") }
        return count
    }

    fileprivate mutating func bytes(_ count: Int) throws(FieldProblem) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest.count else { throw FieldProblem(reason: "the end is missing") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}

// MARK: The values that fields are made of

extension UInt64: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        self = try reader.bytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func write(to writer: inout FieldWriter) {
        writer.add(bytes: (0..<8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) })
    }
}

extension Int: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) { self.init(bitPattern: UInt(try UInt64(from: &reader))) }

    func write(to writer: inout FieldWriter) { writer.add(UInt64(UInt(bitPattern: self))) }
}

extension String: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        let bytes = try reader.bytes(try reader.value())
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FieldProblem(reason: "a text is not UTF-8")
        }
        self = text
    }

    func write(to writer: inout FieldWriter) {
        writer.add(utf8.count)
        writer.add(bytes: utf8)
    }
}

extension Array: FieldCoded where Element: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) {
        self.init()
        for _ in 0..<(try reader.count()) { append(try reader.value()) }
    }

    func write(to writer: inout FieldWriter) {
        writer.add(count)
        for element in self { writer.add(element) }
    }
}

extension Optional: FieldCoded where Wrapped: FieldCoded {
    init(from reader: inout FieldReader) throws(FieldProblem) { self = try reader.value([Wrapped].self).first }

    func write(to writer: inout FieldWriter) { writer.add(map { [$0] } ?? []) }
}
