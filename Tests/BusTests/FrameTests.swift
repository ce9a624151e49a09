import Testing

@testable import Bus

@Suite struct FrameTests {
    private static let connect = "CONNECT {\"verbose\":false}"
    /// One of each, with the spellings that servers accept.
    private static let transcript = """
        INFO {"proto":1} \r\n\(connect)\r\nPUB a.b 5\r\nhello\r\nPUB a.b re.ply 0\r\n\r\npub  a.b \t 2\nhi\r\n\
        HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nHPUB a r 12 12\r\nNATS/1.0\r\n\r\n\r\nSUB a.* 1\r\nSub a.> workers 22\r\n\
        UNSUB 1\r\nUNSUB 22 5\r\nMSG a.b 1 2\r\n\r\n\r\nMSG a.b 1 r 1\r\nx\r\n\
        HMSG r 9 16 16\r\nNATS/1.0 503\r\n\r\n\r\n\
        PING\r\nPONG\r\n+OK\r\n-ERR 'Invalid Subject'\r\nping\n
        """
    private static let frames: [Frame] = [
        .info(bytes("{\"proto\":1}")), .connect(bytes("{\"verbose\":false}")),
        .publish(Publication(subject: bytes("a.b"), payload: bytes("hello"))),
        .publish(Publication(subject: bytes("a.b"), reply: bytes("re.ply"), payload: [])),
        .publish(Publication(subject: bytes("a.b"), payload: bytes("hi"))),
        .publish(Publication(subject: bytes("a"), headers: bytes("NATS/1.0\r\n\r\n"), payload: bytes("hi"))),
        .publish(Publication(subject: bytes("a"), reply: bytes("r"), headers: bytes("NATS/1.0\r\n\r\n"), payload: [])),
        .subscribe(subject: bytes("a.*"), queue: nil, sid: bytes("1")),
        .subscribe(subject: bytes("a.>"), queue: bytes("workers"), sid: bytes("22")),
        .unsubscribe(sid: bytes("1"), max: nil), .unsubscribe(sid: bytes("22"), max: 5),
        .message(Publication(subject: bytes("a.b"), payload: bytes("\r\n")), sid: bytes("1")),
        .message(Publication(subject: bytes("a.b"), reply: bytes("r"), payload: bytes("x")), sid: bytes("1")),
        .message(
            Publication(subject: bytes("r"), headers: bytes("NATS/1.0 503\r\n\r\n"), payload: []), sid: bytes("9")),
        .ping, .pong, .ok, .error(bytes("Invalid Subject")), .ping,
    ]

    @Test func `a stream gives the same frames wherever the reads end`() throws {
        let stream = bytes(Self.transcript)
        for split in 0...stream.count {
            var parser = FrameParser()
            parser.append(stream[..<split])
            var found = try parser.all()
            parser.append(stream[split...])
            found += try parser.all()
            #expect(found == Self.frames, "split at \(split)")
        }
    }

    @Test func `a stream gives the same frames byte by byte`() throws {
        var parser = FrameParser()
        var found: [Frame] = []
        for byte in bytes(Self.transcript) {
            parser.append([byte])
            found += try parser.all()
        }
        #expect(found == Self.frames)
    }

    @Test(arguments: frames)
    func `a frame that is written is read as the same`(frame: Frame) throws {
        var output: [UInt8] = []
        frame.write(to: &output)
        var parser = FrameParser()
        parser.append(output)
        #expect(try parser.all() == [frame])
    }

    @Test func `frames are written as NATS writes them`() {
        var output: [UInt8] = []
        for frame in Self.frames { frame.write(to: &output) }
        let canonical = Self.transcript.replacing("\r\npub  a.b \t 2\nhi\r\n", with: "\r\nPUB a.b 2\r\nhi\r\n")
            .replacing("Sub a.>", with: "SUB a.>").replacing("ping\n", with: "PING\r\n")
        #expect(String(decoding: output, as: UTF8.self) == canonical)
    }

    private static let longLine = "SUB " + String(repeating: "x", count: 4_110)

    @Test(arguments: [
        ("FOO\r\n", ProtocolViolation.unknownOperation), ("\r\n", .unknownOperation),
        ("PUBB a 1\r\n", .unknownOperation),
        ("PUB a\r\n", .unknownOperation), ("PUB a b c 1\r\n", .unknownOperation), ("PUB a -1\r\n", .unknownOperation),
        ("PUB a 1x\r\n", .unknownOperation), ("PUB a 9999999999\r\n", .unknownOperation),
        ("PUB a 2\r\nhello\r\n", .unknownOperation), ("PUB a 2\r\nhi\n", .unknownOperation),
        ("PUB a 2\r\nhi\rx", .unknownOperation),
        ("HPUB a 5 4\r\n", .unknownOperation), ("HPUB a 5\r\n", .unknownOperation),
        ("SUB a\r\n", .unknownOperation), ("SUB a b c d\r\n", .unknownOperation), ("UNSUB\r\n", .unknownOperation),
        ("UNSUB 1 2 3\r\n", .unknownOperation), ("\u{0B}+OK\r\n", .unknownOperation), ("kOK\r\n", .unknownOperation),
        ("\u{0}PING\r\n", .unknownOperation), ("PUB\u{0}a 1\r\nx\r\n", .unknownOperation),
        ("PUB a 1048577\r\n", .payloadTooLong), (longLine, .controlLineTooLong),
        ("\(longLine) 1\r\n", .controlLineTooLong), ("PING\r\n\(longLine)\r\n", .controlLineTooLong),
        // What cannot become an operation is not waited for.
        ("FOO", .unknownOperation), ("PUBL", .unknownOperation), ("P\u{0}", .unknownOperation),
        (" P", .unknownOperation),
        ("\r", .unknownOperation), ("connects", .unknownOperation), ("\u{16}\u{3}\u{1}", .unknownOperation),
    ])
    func `what is not the protocol ends the stream`(text: String, violation: ProtocolViolation) {
        var parser = FrameParser()
        parser.append(bytes(text))
        #expect(throws: violation) { try parser.all() }
    }

    @Test func `a line and a payload of the greatest length are taken`() throws {
        let subject = String(repeating: "s", count: 4_096 - " 1".count)
        let payload = String(repeating: "p", count: 1_048_576)
        var parser = FrameParser()
        parser.append(bytes("SUB \(subject) 1\r\nPUB a 1048576\r\n\(payload)\r\n"))
        #expect(
            try parser.all() == [
                .subscribe(subject: bytes(subject), queue: nil, sid: bytes("1")),
                .publish(Publication(subject: bytes("a"), payload: bytes(payload))),
            ])
    }

    @Test(
        arguments: [
            ("NATS/1.0 503\r\n\r\n", 503), ("NATS/1.0 503 No Responders\r\n\r\n", 503), ("NATS/1.0\r\n\r\n", nil),
            ("NATS/1.0\r\nA: 503\r\n\r\n", nil),
        ] as [(String, Int?)])
    func `the status is read from the first line alone`(headers: String, status: Int?) {
        #expect(Publication(subject: bytes("a"), headers: bytes(headers), payload: []).status == status)
    }
}

/// The bytes of a text.
func bytes(_ text: String) -> Bytes { Array(text.utf8)[...] }

extension FrameParser {
    /// Every frame that is whole.
    mutating func all() throws(ProtocolViolation) -> [Frame] {
        var frames: [Frame] = []
        while let frame = try next() { frames.append(frame) }
        return frames
    }
}
