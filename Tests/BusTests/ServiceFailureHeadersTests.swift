import Bus
import JSON
import Services
import Testing

struct ServiceFailureHeadersTests {
    private let failure = ServiceFailure(.notFound, "there is no record \"x\"; search for it with egghead search")

    @Test func `a refusal travels as NATS services tell theirs`() {
        #expect(
            String(decoding: failure.headers.block, as: UTF8.self)
                == "NATS/1.0\r\nNats-Service-Error: there is no record \"x\"; search for it with egghead search\r\n"
                + "Nats-Service-Error-Code: notFound\r\n\r\n")
        #expect(failure.payload == JSON.encode(FailureReply(failure)))
    }

    @Test(arguments: ["", "a", "two\nlines\r\nand a \u{0} byte", String(repeating: "é", count: 2_000)])
    func `a refusal is read as it was said, whatever its text`(text: String) {
        let failure = ServiceFailure(.failed, text)
        let block = failure.headers.block[...]
        #expect(ServiceFailure(headers: MessageHeaders(block: block), payload: failure.payload) == failure)
        let lines = String(decoding: block, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5, "the text ends no line")
        #expect(block.count <= MessageHeaders.valueBytesMax + 100)
    }

    @Test(
        arguments: [
            ("Nats-Service-Error: no\r\nNats-Service-Error-Code: denied\r\n", ServiceFailure(.denied, "no")),
            (
                "Nats-Service-Error-Code:500\r\nNats-Service-Error:of another program\r\n",
                .init(.failed, "of another program")
            ),
            ("Nats-Service-Error-Code: stale\r\n", .init(.stale, "")),
            ("Nats-Service-Error: x\r\n", .init(.failed, "x")),
            ("X: y\r\n", nil), ("", nil),
        ] as [(String, ServiceFailure?)])
    func `the headers alone tell a refusal`(lines: String, expected: ServiceFailure?) {
        let headers = MessageHeaders(block: Array("NATS/1.0\r\n\(lines)\r\n".utf8)[...])
        #expect(ServiceFailure(headers: headers, payload: Array("{}".utf8)) == expected)
        #expect(ServiceFailure(headers: headers, payload: []) == expected)
    }
}
