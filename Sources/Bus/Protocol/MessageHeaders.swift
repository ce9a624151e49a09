import Services

/// The headers of a message that our own programs write and read: names with one value each, in the order of the block.
///
///     NATS/1.0␍␊ name: value␍␊ … ␍␊
///
/// See: NATS documentation, client protocol, HPUB
public struct MessageHeaders: Hashable, Sendable {
    private struct Field: Hashable {
        let name: String, value: String
    }

    private var fields: [Field] = []

    /// The longest value that is written, in bytes of UTF-8.
    public static let valueBytesMax = 1_024

    /// No headers.
    public init() {}

    /// Reads a block; lines without a colon are ignored.
    public init(block: Bytes) {
        for line in block.split(separator: FrameText.lineFeed).dropFirst() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == FrameText.space }
            let isEnded = value.last == FrameText.carriageReturn
            fields.append(
                Field(
                    name: String(decoding: line[..<colon], as: UTF8.self),
                    value: String(decoding: isEnded ? value.dropLast() : value, as: UTF8.self)))
        }
    }

    /// The first value of a name; the case of its letters matters.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// Adds a header. Characters that could end the line become blanks, and a value that is too long is cut.
    public mutating func add(_ name: StaticString, _ value: String) {
        let line = value.prefix(bytesMax: Self.valueBytesMax).map { $0.isNewline || $0 == "\0" ? " " : $0 }
        fields.append(Field(name: "\(name)", value: String(line)))
    }

    /// The block in the form of the protocol.
    public var block: [UInt8] {
        var block = FrameText.headerVersion + FrameText.lineEnd
        for field in fields { block += Array("\(field.name): \(field.value)".utf8) + FrameText.lineEnd }
        return block + FrameText.lineEnd
    }
}
