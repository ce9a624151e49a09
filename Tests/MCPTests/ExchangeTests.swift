import Services
import Testing

@testable import MCP

/// What comes back over Streamable HTTP, in every shape.
@Suite struct ExchangeTests {
    typealias Event = MCPExchange.Event
    typealias News = MCPExchange.News

    private static func exchange(
        _ method: String = "tools/call", isModern: Bool = true, hasSession: Bool = false
    ) -> MCPExchange {
        MCPExchange(
            .message(.request(id: 7, method: method, name: nil)), isModern: isModern, hasSession: hasSession)
    }

    private static func news(_ exchange: MCPExchange, _ status: Int, _ type: String?, _ body: String) -> [News] {
        var exchange = exchange
        return exchange.receive(.response(status: status, type: type, location: "https://b.example/"))
            + exchange.receive(.bytes(Array(body.utf8))) + exchange.receive(.completed)
    }

    private static func message(_ text: String) -> News { .message(Array(text.utf8)) }

    @Test(
        arguments: [
            (200, "application/json", "{\"a\":1}", [message("{\"a\":1}")]),
            (200, "Application/JSON; charset=utf-8", "{}", [message("{}")]),
            (
                200, "text/event-stream", "event: message\r\ndata: {}\r\n\r\n: ping\n\ndata: []\n\n",
                [message("{}"), message("[]"), .failed(.lost("its stream has ended before the answer"))]
            ),
            (
                200, "text/event-stream", "event: endpoint\ndata: /x\n\n",
                [.failed(.lost("its stream has ended before the answer"))]
            ),
            (200, "text/html", "<html>", [.failed(.lost("it has answered with HTTP 200 and `text/html`"))]),
            (202, nil, "", [.failed(.lost("it has answered with HTTP 202 and no message"))]),
            (200, "application/json", "", [.failed(.lost("it has answered with nothing"))]),
            (401, nil, "", [.unauthorized(status: 401)]), (403, "text/html", "<p>", [.unauthorized(status: 403)]),
            (404, nil, "Not Found", [.failed(.refused("HTTP 404: Not Found"))]),
            (404, "text/html", "<html><body>", [.failed(.refused("HTTP 404"))]),
            (
                307, nil, "",
                [.failed(.refused("HTTP 307, which sends elsewhere: name that in `url`: https://b.example/"))]
            ),
            (502, "text/html", "<html>", [.failed(.lost("HTTP 502"))]),
            (
                400, "application/json", #"{"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"m"}}"#,
                [message(#"{"error":{"code":-32022,"message":"m"},"id":7,"jsonrpc":"2.0"}"#)]
            ),
            (
                500, "application/json", #"{"error":{"message":"no code"}}"#,
                [.failed(.lost(#"HTTP 500: {"error":{"message":"no code"}}"#))]
            ),
        ] as [(Int, String?, String, [News])])
    func `an answer is understood by its head`(status: Int, type: String?, body: String, expected: [News]) {
        #expect(Self.news(Self.exchange(), status, type, body) == expected)
    }

    @Test func `the session is lost where there was one`() {
        #expect(Self.news(Self.exchange(hasSession: true), 404, nil, "") == [.sessionLost])
    }

    @Test func `what is no call is refused by a page, and may be asked otherwise`() {
        let probe = Self.exchange("server/discover")
        #expect(
            Self.news(probe, 200, "text/html", "<html>")
                == [.failed(.refused("it has answered with HTTP 200 and `text/html`"))])
    }

    @Test func `a stream of the handshake generation goes on behind its last event`() {
        let stream = "id: 3\nretry: 500\ndata: \n\n"
        #expect(
            Self.news(Self.exchange(isModern: false), 200, "text/event-stream", stream)
                == [.resume(lastEvent: "3", after: .milliseconds(500))])
        #expect(
            Self.news(Self.exchange(isModern: false), 200, "text/event-stream", "id: 3\nretry: 99999999999\ndata: \n\n")
                == [.resume(lastEvent: "3", after: .seconds(30))])
        #expect(
            Self.news(Self.exchange(), 200, "text/event-stream", stream)
                == [.failed(.lost("its stream has ended before the answer"))])
    }

    @Test func `a connection that breaks leaves a call unknown, and one that never was does not`() {
        var exchange = Self.exchange()
        _ = exchange.receive(.response(status: 200, type: "application/json", location: nil))
        _ = exchange.receive(.bytes(Array("{\"jsonrpc\":".utf8)))
        #expect(exchange.receive(.broken("reset")) == [.failed(.lost("reset"))])
        #expect(exchange.receive(.completed) == [])
        var unreached = Self.exchange()
        #expect(unreached.receive(.unreached("refused")) == [.failed(.unreached("refused"))])
    }

    @Test func `an answer has a bound`() {
        var exchange = Self.exchange(), stream = Self.exchange()
        let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        _ = exchange.receive(.response(status: 200, type: "application/json", location: nil))
        _ = stream.receive(.response(status: 200, type: "text/event-stream", location: nil))
        for _ in 0..<8 {
            #expect(exchange.receive(.bytes(megabyte)) == [])
            #expect(stream.receive(.bytes(megabyte)) == [])
        }
        let tooLong = News.failed(.lost("its answer has more than 8 MiB, which is not read"))
        #expect(exchange.receive(.bytes(megabyte)) == [tooLong] && exchange.receive(.bytes(megabyte)) == [])
        #expect(stream.receive(.bytes(megabyte)).count == 1)
    }

    // MARK: Headers

    @Test(arguments: [
        ("us-west1", "us-west1"), ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="), ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="), ("", ""), ("a\tb", "a\tb"),
    ])
    func `a text is carried as a header can`(text: String, expected: String) {
        #expect(HeaderText.encode(text) == expected)
    }

    private static func schema(_ properties: String) throws -> JSONValue {
        try JSONTextReader.value(of: Array(#"{"type":"object","properties":\#(properties)}"#.utf8))
    }

    @Test func `marked parameters are read where they stand`() throws {
        let schema = try Self.schema(
            #"""
            {"region": {"type": "string", "x-mcp-header": "Region"},
             "deep": {"type": "object", "properties": {"on": {"type": ["boolean", "null"], "x-mcp-header": "On"}}},
             "x-mcp-header": {"type": "string", "default": {"x-mcp-header": 7}},
             "level": {"type": "integer", "x-mcp-header": "Level"}}
            """#)
        let marked = try HeaderParameter.all(in: schema)
        #expect(marked.map(\.header) == ["Mcp-Param-Level", "Mcp-Param-On", "Mcp-Param-Region"])
        let arguments: [String: JSONValue] = [
            "region": .string("é"), "level": .number(42), "deep": .object(["on": .bool(false)]),
        ]
        #expect(marked.map { $0.value(in: arguments) } == ["42", "false", "=?base64?w6k=?="])
        #expect(marked.map { $0.value(in: ["region": .null]) } == [nil, nil, nil])
    }

    @Test(arguments: [
        #"{"a": {"type": "string", "x-mcp-header": ""}}"#, #"{"a": {"type": "string", "x-mcp-header": "A B"}}"#,
        #"{"a": {"type": "number", "x-mcp-header": "A"}}"#, #"{"a": {"type": "string", "x-mcp-header": 7}}"#,
        #"{"a": {"type": "array", "items": {"type": "string", "x-mcp-header": "A"}}}"#,
        #"{"a": {"anyOf": [{"type": "string", "x-mcp-header": "A"}]}}"#,
        #"{"a": {"type": "string", "x-mcp-header": "A"}, "b": {"type": "string", "x-mcp-header": "a"}}"#,
    ])
    func `a mark that no header can have leaves the tool out`(properties: String) throws {
        let schema = try Self.schema(properties)
        #expect(throws: MCPProblem.self) { try HeaderParameter.all(in: schema) }
        var listing = ToolListing(hasHeaders: true)
        let page = JSONValue.object(["tools": .array([.object(["name": .string("t"), "inputSchema": schema])])])
        #expect(try listing.read(page) == nil)
        #expect(listing.finish(server: "s").isEmpty && listing.problems.count == 1)
    }
}
