/// Cuts a server's output into lines, one message each.
///
/// Its memory is bounded: of a line over the bound nothing is kept, and its end is looked for.
///
/// See: MCP 2026-07-28, stdio
public struct MCPLineReader: Sendable {
    /// What has been read.
    public enum Piece: Hashable, Sendable {
        /// A line without its end, CR LF or LF. Blank ones are passed over.
        case line([UInt8])
        /// A line that is longer than it may be. The rest of it is passed over.
        case tooLong
    }

    private let lineBytesMax: Int
    private var line: [UInt8] = []
    private var isSkipping = false

    /// A reader at the beginning of a stream.
    ///
    /// - Parameter lineBytesMax: The longest line, its end not counted.
    public init(lineBytesMax: Int = MCPLimits.messageBytesMax) { self.lineBytesMax = lineBytesMax }

    /// Reads the next bytes of the stream, cut anywhere.
    public mutating func read(_ bytes: [UInt8]) -> [Piece] {
        var pieces: [Piece] = [], start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            add(bytes[start..<end], to: &pieces)
            finishLine(&pieces)
            start = end + 1
        }
        add(bytes[start...], to: &pieces)
        return pieces
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>, to pieces: inout [Piece]) {
        guard !isSkipping else { return }
        // A byte more is taken, which may be the CR of its end.
        guard line.count + bytes.count <= lineBytesMax + 1 else {
            isSkipping = true
            line = []
            pieces.append(.tooLong)
            return
        }
        line += bytes
    }

    private mutating func finishLine(_ pieces: inout [Piece]) {
        defer {
            line = []
            isSkipping = false
        }
        guard !isSkipping else { return }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.count <= lineBytesMax else { return pieces.append(.tooLong) }
        if line.contains(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }) { pieces.append(.line(line)) }
    }
}
