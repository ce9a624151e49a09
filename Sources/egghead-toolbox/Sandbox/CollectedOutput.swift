/// What a program prints: its beginning and its end, and how much there was between them.
///
/// The end is what tells whether it went well, the beginning what it was about.
final class CollectedOutput {
    /// How much of each is kept, in bytes.
    static let headBytesMax = 24 << 10, tailBytesMax = 24 << 10

    private var head: [UInt8] = []
    /// Up to twice as long as what is kept, so that it is rarely moved.
    private var tail: [UInt8] = []
    /// All that was printed, in bytes.
    private(set) var count = 0

    /// Nothing yet.
    init() {}

    /// Takes what was printed.
    func append(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        let room = min(bytes.count, Self.headBytesMax - head.count)
        head.append(contentsOf: bytes.prefix(room))
        tail.append(contentsOf: bytes.dropFirst(room).suffix(Self.tailBytesMax))
        if tail.count > 2 * Self.tailBytesMax { tail.removeFirst(tail.count - Self.tailBytesMax) }
    }

    /// The last line, as far as it is one for a message.
    var lastLine: String { String((text.split(whereSeparator: \.isNewline).last ?? "it died").prefix(300)) }

    /// Whether something is left out.
    var isCut: Bool { count > head.count + min(tail.count, Self.tailBytesMax) }

    /// The text, with a remark in the middle where something is left out.
    var text: String {
        let end = tail.suffix(Self.tailBytesMax), left = count - head.count - end.count
        let middle = left > 0 ? "\n[… \(left) bytes are left out here …]\n" : ""
        return String(decoding: head, as: UTF8.self) + middle + String(decoding: end, as: UTF8.self)
    }
}
