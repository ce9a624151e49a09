import JSON
import MCP
import Services
import Testing

/// The server's side of a connection, message by message.
@Suite struct HostTests {
    private static func host() -> MCPHost {
        let tool = ToolDefinition(
            name: "say", description: "Says it.",
            parameters: .object(["type": .string("object"), "properties": .object([:])]))
        return MCPHost(MCPHost.Settings(tools: [ServedTool(tool, readsOnly: true)], instructions: "Say it."))
    }

    private static let meta =
        #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#
        + #""io.modelcontextprotocol/clientCapabilities":{}"#

    private static func modern(_ method: String, _ params: String = "", id: String = "1", meta more: String = "")
        -> String
    {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(meta)\#(more)}\#(params)}}"#
    }

    private static func sent(_ actions: [MCPHost.Action]) -> [String] {
        actions.compactMap { action in
            if case .send(let bytes) = action { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
    }

    private static let shake =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#

    @Test func `a client of either generation gets what is its own`() throws {
        var host = Self.host()
        let discovered = try #require(Self.sent(host.receive(Array(Self.modern("server/discover").utf8))).first)
        for part in [
            #""resultType":"complete""#, #""2026-07-28""#, #""2024-11-05""#, #""ttlMs":0"#, #""name":"egghead""#,
        ] {
            #expect(discovered.contains(part), "\(discovered)")
        }
        let shaken = try #require(Self.sent(host.receive(Array(Self.shake.utf8))).first)
        #expect(shaken.contains(#""protocolVersion":"2025-06-18""#) && !shaken.contains("resultType"), "\(shaken)")
        let listed = Self.sent(host.receive(Array(#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#.utf8)))
        #expect(listed.count == 1 && listed[0].contains(#""name":"say""#) && !listed[0].contains("ttlMs"), "\(listed)")
        let modern = Self.sent(host.receive(Array(Self.modern("tools/list", id: #""x""#).utf8)))
        #expect(modern[0].contains(#""id":"x""#) && modern[0].contains(#""cacheScope":"private""#), "\(modern)")
        let foreign = Self.shake.replacing("2025-06-18", with: "2099-01-01")
        #expect(Self.sent(host.receive(Array(foreign.utf8)))[0].contains(#""protocolVersion":"2025-11-25""#))
    }

    @Test(arguments: [
        ("", "-32700"), ("{", "-32700"), ("7", "-32600"), ("{}", "-32600"),
        (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, "-32600"),
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, "-32602"),
        (#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{}}"#, "-32602"),
        (
            Self.modern("tools/list").replacing("2026-07-28", with: "2099-01-01"), "-32022"
        ),
        (
            Self.modern("tools/list").replacing("clientCapabilities", with: "clientCapability"), "-32602"
        ),
        (Self.modern("no/such"), "-32601"), (Self.modern("initialize"), "-32601"), (Self.modern("ping"), "-32601"),
        (Self.modern("tools/call", #","name":"shout""#), "-32602"), (Self.modern("tools/call"), "-32602"),
        (Self.modern("tools/call", #","name":"say","arguments":[1]"#), "-32602"),
        (Self.modern("prompts/get"), "-32602"), (Self.modern("resources/read"), "-32602"),
    ])
    func `what is not the protocol is refused with its code`(message: String, code: String) {
        var host = Self.host()
        let sent = Self.sent(host.receive(Array(message.utf8)))
        #expect(sent.count == 1 && sent[0].contains("\"code\":\(code)"), "\(message): \(sent)")
    }

    @Test func `a call is made once, told of while it runs, and can be cancelled`() throws {
        var host = Self.host()
        let message = Self.modern("tools/call", #","name":"say","arguments":{"a":1}"#, meta: #","progressToken":"t""#)
        let actions = host.receive(Array(message.utf8))
        guard case .call(let key, tool: "say", arguments: ["a": .integer(1)])? = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(Self.sent(host.receive(Array(message.utf8)))[0].contains("-32600"), "its id is in use")
        let told = Self.sent(host.progress(key, 3, "thinking"))
        #expect(told[0].contains(#""progressToken":"t""#) && told[0].contains(#""progress":3"#), "\(told)")
        let ended = Self.sent(host.finish(key, ServedOutcome("said", isError: true, structured: .object([:]))))
        #expect(ended[0].contains(#""isError":true"#) && ended[0].contains(#""structuredContent":{}"#), "\(ended)")
        #expect(host.finish(key, ServedOutcome("again")).isEmpty && host.progress(key, 4, "late").isEmpty)
        let second = host.receive(Array(message.utf8))
        guard case .call(let other, _, _)? = second.first else {
            Issue.record("\(second)")
            return
        }
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        #expect(host.receive(Array(cancel.utf8)) == [.cancel(other)])
        #expect(host.finish(other, ServedOutcome("late")).isEmpty)
    }

    @Test func `any bytes get an answer or none, and nothing else`() {
        var host = Self.host()
        var seed: UInt64 = 42
        let corpus = [Self.shake, Self.modern("tools/call", #","name":"say""#), Self.modern("resources/list")]
        for _ in 0..<20_000 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bytes = Array(corpus[Int(seed >> 33) % corpus.count].utf8)
            let place = Int(seed >> 20) % bytes.count
            bytes[place] = UInt8(truncatingIfNeeded: seed >> 50)
            for action in host.receive(bytes) {
                if case .call(let key, _, _) = action { _ = host.finish(key, ServedOutcome("x")) }
                if case .listResources(let key, _) = action { _ = host.finish(key, resources: [], next: nil) }
            }
        }
    }
}
