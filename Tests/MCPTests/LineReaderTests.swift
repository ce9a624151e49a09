import MCP
import Testing

/// The framing of the stdio transport.
@Suite struct `Lines` {
    private static func read(_ text: String, max: Int = 8, piece: Int = .max) -> [MCPLineReader.Piece] {
        var reader = MCPLineReader(lineBytesMax: max)
        let bytes = Array(text.utf8)
        guard piece < bytes.count else { return reader.read(bytes) }
        return stride(from: 0, to: bytes.count, by: piece).flatMap {
            reader.read(Array(bytes[$0..<min(bytes.count, $0 + piece)]))
        }
    }

    private static func lines(_ texts: String...) -> [MCPLineReader.Piece] { texts.map { .line(Array($0.utf8)) } }

    @Test(arguments: [
        ("a\nb\n", lines("a", "b")), ("a\r\nb\r\n", lines("a", "b")), ("\n\r\n \t\n\na\n", lines("a")), ("a", []),
        ("12345678\n", lines("12345678")), ("12345678\r\n", lines("12345678")), ("a\r\r\n", lines("a\r")),
        ("123456789\nb\n", [.tooLong] + lines("b")), ("1234567890123456789012\r\nb\n", [.tooLong] + lines("b")),
        ("123456789\n123456789\n", [.tooLong, .tooLong]), ("123456789", []), ("1234567890", [.tooLong]),
    ])
    func `a stream is cut into lines, wherever it is read`(text: String, pieces: [MCPLineReader.Piece]) {
        for piece in [Int.max, 1, 2, 3, 5, 9] { #expect(Self.read(text, piece: piece) == pieces, "by \(piece)") }
    }

    @Test func `a flood without a line end is one piece of news`() {
        var reader = MCPLineReader(lineBytesMax: 1_000)
        let flood = [UInt8](repeating: 0x61, count: 65_536)
        #expect((0..<1_000).flatMap { _ in reader.read(flood) } == [.tooLong])
        #expect(reader.read(Array("\nb\n".utf8)) == Self.lines("b"))
    }
}
