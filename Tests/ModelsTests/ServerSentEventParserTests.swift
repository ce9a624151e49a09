import EventStream
import Models
import Testing

struct ServerSentEventParserTests {
    private static func events(_ pieces: [[UInt8]]) throws -> [ServerSentEvent] {
        var parser = ServerSentEventParser(bytesMax: ModelLimits.eventBytesMax)
        return try pieces.flatMap { piece throws(StreamProblem) in try parser.feed(piece) }
    }

    private static func event(_ data: String, name: String? = nil) -> ServerSentEvent {
        ServerSentEvent(name: name, data: Array(data.utf8))
    }

    @Test(arguments: [
        ("data: one\n\n", [event("one")]),
        ("data:one\n\n", [event("one")]),
        ("data:  one\n\n", [event(" one")]),
        ("data: one\r\n\r\n", [event("one")]),
        ("data: one\r\rdata: two\r\r", [event("one"), event("two")]),
        ("\u{FEFF}data: one\n\n", [event("one")]),
        ("data: one\ndata: two\n\n", [event("one\ntwo")]),
        ("data\n\n", [event("")]),
        (": ping\n\n: ping\n\ndata: one\n\n", [event("one")]),
        ("event: message_stop\ndata: {}\n\ndata: next\n\n", [event("{}", name: "message_stop"), event("next")]),
        ("event: nothing\n\n", []),
        ("id: 7\nretry: 10\nunknown: x\ndata: one\n\n", [event("one")]),
        ("data: a: b\n\n", [event("a: b")]),
        ("data: cut off", []),
        ("data: cut off\n", []),
        ("", []),
    ])
    func `a stream is read as the standard says, wherever it is split`(
        stream: String, expected: [ServerSentEvent]
    ) throws {
        let bytes = Array(stream.utf8)
        #expect(try Self.events([bytes]) == expected)
        #expect(try Self.events(bytes.map { [$0] }) == expected)
        for split in bytes.indices {
            #expect(try Self.events([Array(bytes[..<split]), Array(bytes[split...])]) == expected)
        }
    }

    @Test(arguments: RecordedStream.allCases)
    func `a recorded stream gives the same events at every split`(stream: RecordedStream) throws {
        let bytes = stream.bytes, whole = try Self.events([bytes])
        #expect(whole.last == Self.event("[DONE]"))
        for split in bytes.indices {
            #expect(try Self.events([Array(bytes[..<split]), Array(bytes[split...])]) == whole)
        }
    }

    @Test func `a line over its limit ends the stream`() {
        var parser = ServerSentEventParser(bytesMax: ModelLimits.eventBytesMax)
        let fits = [UInt8](repeating: UInt8(ascii: "x"), count: ModelLimits.eventBytesMax)
        #expect(throws: Never.self) { try parser.feed(fits) }
        #expect(throws: StreamProblem.self) { try parser.feed(fits.prefix(1)) }
    }

    @Test func `an event over its limit ends the stream`() {
        var parser = ServerSentEventParser(bytesMax: ModelLimits.eventBytesMax)
        let half = [UInt8](repeating: UInt8(ascii: "x"), count: ModelLimits.eventBytesMax / 2)
        let line = Array("data: ".utf8) + half + [UInt8(ascii: "\n")]
        #expect(throws: StreamProblem.self) { try parser.feed(line + line + line) }
    }
}
