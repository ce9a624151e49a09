import Testing

@testable import Bus

@Suite struct HeaderBlockTests {
    @Test(arguments: [
        ("NATS/1.0\r\n\r\n", true), ("NATS/1.0 503\r\n\r\n", true), ("NATS/1.0 503 No Responders\r\n\r\n", true),
        ("NATS/1.0\r\nA: b\r\n\r\n", true), ("NATS/1.0\r\nA:\r\nB:c:d\r\n\r\n", true),
        ("NATS/1.0\r\nÄ: ö\r\n\r\n", true),
        ("", false), ("NATS/1.0", false), ("NATS/1.0\r\n", false), ("NATS/1.1\r\n\r\n", false),
        ("NATS/1.0x\r\n\r\n", false), ("NATS/1.0\r\nno colon\r\n\r\n", false), ("NATS/1.0\r\n: b\r\n\r\n", false),
        ("NATS/1.0\r\nA: b\n\r\n", false), ("NATS/1.0\nA: b\r\n\r\n", false), ("NATS/1.0\r\n\r\nA: b\r\n\r\n", false),
        ("\r\n\r\n", false), ("abcdefgh", false),
    ])
    func `headers are headers`(text: String, isBlock: Bool) {
        Array(text.utf8).withUnsafeBytes { #expect(HeaderBlock.isWellFormed($0) == isBlock) }
    }

    @Test func `headers are UTF-8`() {
        let bytes = Array("NATS/1.0\r\nA: ".utf8) + [0xFF] + Array("\r\n\r\n".utf8)
        bytes.withUnsafeBytes { #expect(!HeaderBlock.isWellFormed($0)) }
    }
}
