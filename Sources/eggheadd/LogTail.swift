import Supervision

/// What a child wrote to standard error, as a value: the newest part is kept, and every line goes on with the child's
/// name before it.
struct LogTail {
    private let child: ChildID
    private var bytes: [UInt8] = []
    private var unfinishedLine: [UInt8] = []

    /// How much is kept of each child.
    static let bytesMax = 262_144
    /// A line is cut here when it has no end.
    static let lineBytesMax = 8_192

    /// Nothing is written yet.
    init(child: ChildID) { self.child = child }

    /// What is kept.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Takes what was written.
    ///
    /// - Returns: The lines that this ends, to be passed on.
    mutating func take(_ new: ArraySlice<UInt8>) -> [UInt8] {
        bytes += new
        // Cut rarely and by half again as much as needed: each byte is moved once at most on average.
        if bytes.count > Self.bytesMax + Self.bytesMax / 2 { bytes.removeFirst(bytes.count - Self.bytesMax) }
        var output: [UInt8] = []
        for byte in new {
            if byte != UInt8(ascii: "\n") { append(byte) }
            guard byte == UInt8(ascii: "\n") || unfinishedLine.count >= Self.lineBytesMax else { continue }
            output += takeLine()
        }
        return output
    }

    /// What has come of a line whose end will not come, to be passed on; empty when there is none.
    mutating func finishLine() -> [UInt8] { unfinishedLine.isEmpty ? [] : takeLine() }

    private mutating func takeLine() -> [UInt8] {
        defer { unfinishedLine.removeAll(keepingCapacity: true) }
        return Array("\(child.name): ".utf8) + unfinishedLine + [UInt8(ascii: "\n")]
    }

    /// Our standard error may be an operator's terminal, to which a child must not write what moves the cursor.
    private mutating func append(_ byte: UInt8) {
        let isControl = byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
        if isControl {
            unfinishedLine += Array("\\u{\(String(byte, radix: 16))}".utf8)
        } else {
            unfinishedLine.append(byte)
        }
    }
}
