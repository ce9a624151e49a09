import Supervision

/// A child's standard error, as a value: the newest part is kept, and every line is passed on with the child's name
/// before it.
struct LogTail {
    private let child: ChildID
    private var bytes: [UInt8] = []
    private var unfinishedLine: [UInt8] = []

    /// The most bytes that are kept for each child.
    static let bytesMax = 262_144
    /// A line without an end is cut at this length.
    static let lineBytesMax = 8_192

    /// An empty tail.
    init(child: ChildID) { self.child = child }

    /// The newest part of what the child wrote.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds what the child wrote.
    ///
    /// - Returns: The lines that are now complete, to be passed on.
    mutating func take(_ new: ArraySlice<UInt8>) -> [UInt8] {
        bytes += new
        // Cut rarely and by half again as much as needed: on average each byte is moved at most once.
        if bytes.count > Self.bytesMax + Self.bytesMax / 2 { bytes.removeFirst(bytes.count - Self.bytesMax) }
        var output: [UInt8] = []
        for byte in new {
            if byte != UInt8(ascii: "\n") { append(byte) }
            guard byte == UInt8(ascii: "\n") || unfinishedLine.count >= Self.lineBytesMax else { continue }
            output += takeLine()
        }
        return output
    }

    /// The beginning of a line whose end will not come, to be passed on; empty if there is none.
    mutating func finishLine() -> [UInt8] { unfinishedLine.isEmpty ? [] : takeLine() }

    private mutating func takeLine() -> [UInt8] {
        defer { unfinishedLine.removeAll(keepingCapacity: true) }
        return Array("\(child.name): ".utf8) + unfinishedLine + [UInt8(ascii: "\n")]
    }

    /// Our standard error may be an operator's terminal, which a child must not control.
    private mutating func append(_ byte: UInt8) {
        let isControl = byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
        if isControl {
            unfinishedLine += Array("\\u{\(String(byte, radix: 16))}".utf8)
        } else {
            unfinishedLine.append(byte)
        }
    }
}
