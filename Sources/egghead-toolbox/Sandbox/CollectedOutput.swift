/// What a program prints: its beginning and its end, and how much there was between them.
///
/// The end is what tells whether it went well, the beginning what it was about. When that is not all, all of it is in a
/// file.
final class CollectedOutput {
    /// How much of each is kept, in bytes.
    static let headBytesMax = 24 << 10, tailBytesMax = 24 << 10

    private var head: [UInt8] = []
    /// Up to twice as long as what is kept, so that it is rarely moved.
    private var tail: [UInt8] = []
    /// All that was printed, in bytes.
    private(set) var count = 0

    /// Where all of it is.
    private var file: OutputFile?
    private let makeFile: () -> OutputFile?

    /// Nothing yet.
    ///
    /// - Parameter makeFile: Called once, when not all can be kept here.
    init(makeFile: @escaping () -> OutputFile? = { nil }) { self.makeFile = makeFile }

    /// Takes what was printed.
    func append(_ bytes: UnsafeRawBufferPointer) {
        let kept = Self.headBytesMax + Self.tailBytesMax
        if count <= kept, count + bytes.count > kept {
            // Until now nothing was left out here.
            file = makeFile()
            for part in [head, tail] { part.withUnsafeBytes { file?.append($0) } }
        }
        file?.append(bytes)
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
        let part = count > OutputStore.bytesMax ? "its first \(OutputStore.bytesMax >> 20) MiB" : "all of it"
        let whole = file.map { "; read_output with output \($0.number) reads \(part)" } ?? ""
        let middle = left > 0 ? "\n[… \(left) bytes are left out here\(whole) …]\n" : ""
        return String(decoding: head, as: UTF8.self) + middle + String(decoding: end, as: UTF8.self)
    }
}
