import MCP
import Services
import Testing
import Time

/// Calls of tools, from the request to the outcome.
@Suite struct `Calls` {
    private static func answer(_ id: Int, _ text: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"content":[{"type":"text","text":"\#(text)"}]}}"#
    }

    @Test func `answers may come in any order, and twice`() {
        var served = ServedSession.ready(.modern)
        let ids = ["a", "b", "c"].map { served.call($0).requestID ?? 0 }
        #expect(served.say(Self.answer(ids[2], "C")).outcomes == ["c": ToolOutcome(.done, "C")])
        #expect(served.say(Self.answer(ids[2], "C")) == [])
        #expect(served.say(Self.answer(ids[0], "A")).outcomes == ["a": ToolOutcome(.done, "A")])
        #expect(served.say(Self.answer(ids[1], "B")).outcomes == ["b": ToolOutcome(.done, "B")])
    }

    @Test func `a batch is read, and so is an id that came back as a text`() {
        var served = ServedSession.ready(.legacy)
        let first = served.call("a").requestID ?? 0, second = served.call("b").requestID ?? 0
        let textual = #"{"jsonrpc":"2.0","id":"\#(second)","result":{"content":[]}}"#
        let outcomes = served.say("[\(Self.answer(first, "A")),7,\(textual)]").outcomes
        #expect(outcomes["a"] == ToolOutcome(.done, "A"))
        #expect(outcomes["b"] == ToolOutcome(.done, "The tool has answered with nothing."))
    }

    @Test func `a call says what the generation wants, and nothing else`() throws {
        var modern = ServedSession.ready(.modern), legacy = ServedSession.ready(.legacy)
        let sent = try #require(modern.call("a").sent)
        #expect(sent["params"]?["name"] == .string("echo"))
        let meta = sent["params"]?["_meta"]
        #expect(meta?["io.modelcontextprotocol/protocolVersion"] == .string("2026-07-28"))
        #expect(meta?["io.modelcontextprotocol/clientCapabilities"]?["elicitation"] != nil)
        #expect(meta?["progressToken"] == sent["id"])
        let old = try #require(legacy.call("a").sent)
        #expect(old["params"]?["_meta"] == .object(["progressToken": .integer(3)]))
    }

    @Test func `a call that may not be made is not sent`() {
        var served = ServedSession.ready(.modern)
        #expect(served.call("a", "mcp__s__none").outcomes["a"]?.status == .failed)
        #expect(served.call("b", "echo").outcomes["b"]?.status == .failed)
        let other = MCPTool.Digest(rawValue: "00")
        let actions = served.call("c", approved: other)
        #expect(actions.methods == [])
        #expect(actions.outcomes["c"]?.text.contains("is not the one that was approved") == true)
        for number in 0..<MCPLimits.callsMax { #expect(served.call("n\(number)").methods == ["tools/call"]) }
        #expect(served.call("n0") == [])
        #expect(served.call("d").outcomes["d"]?.text.contains("64 calls") == true)
        var starting = ServedSession(.init(server: "s"))
        #expect(starting.call("a").outcomes["a"]?.text == "The MCP server `s` is not ready. The tool was not called.")
    }

    @Test(arguments: [
        (
            #""error":{"code":-32602,"message":"Unknown tool: x"}"#, ToolOutcome.Status.failed,
            "Unknown tool: x (-32602)"
        ),
        (#""error":{}"#, .failed, "an error without a message"),
        (#""error":{"code":9223372036854775808,"message":"a\nb"}"#, .failed, "a b"),
        (#""error":null,"result":{"content":[]}"#, .done, "The tool has answered with nothing."),
        (#""result":null"#, .unknown, "no result of a tool"), (#""result":{"content":5}"#, .unknown, "no result"),
        (#""result":{"resultType":"task"}"#, .unknown, "no result"),
    ])
    func `an answer becomes an outcome`(answer: String, status: ToolOutcome.Status, words: String) {
        var served = ServedSession.ready(.modern)
        _ = served.call("a")
        let outcome = served.say(#"{"jsonrpc":"2.0","id":3,\#(answer)}"#).outcomes["a"]
        #expect(outcome?.status == status)
        #expect(outcome?.text.contains(words) == true, "\(outcome?.text ?? "")")
    }

    @Test func `a cancelled call is told to the server, and its answer is dropped`() {
        var served = ServedSession.ready(.legacy)
        let id = served.call("a").requestID ?? 0
        let actions = served.handle(.cancel(call: "a"))
        #expect(actions.sent?["params"]?["requestId"] == .integer(id))
        #expect(actions.outcomes["a"]?.status == .unknown)
        #expect(served.say(Self.answer(id, "A")) == [])
        #expect(served.handle(.cancel(call: "a")) == [])
    }

    @Test func `over HTTP the modern generation cancels by the end of a stream, the other by a message`() {
        var modern = ServedSession.ready(.modern, isHTTP: true), legacy = ServedSession.ready(.legacy, isHTTP: true)
        _ = modern.call("a")
        #expect(modern.handle(.cancel(call: "a")).first == .closeStream(request: 3))
        _ = legacy.call("a")
        #expect(legacy.handle(.cancel(call: "a")).methods == ["notifications/cancelled"])
    }

    @Test func `a call without an answer ends at its deadline`() {
        var served = ServedSession.ready(.modern)
        _ = served.call("a", within: .seconds(5))
        _ = served.call("b", within: .seconds(6))
        let actions = served.wait(.seconds(5))
        #expect(actions.methods == ["notifications/cancelled"])
        #expect(actions.outcomes["a"]?.status == .unknown)
        #expect(served.wait(.seconds(1)).outcomes["b"]?.status == .unknown)
    }

    @Test func `the timer is set for what comes first, and only when that changes`() {
        var session = MCPSession(MCPSession.Settings(server: "s", generation: .modern))
        func times(_ actions: [MCPSession.Action]) -> [Instant?] {
            actions.compactMap { action -> Instant?? in
                if case .setTimer(let time) = action { .some(time) } else { nil }
            }
        }
        let start = Instant.zero
        #expect(times(session.handle(.started, at: start)) == [start + .seconds(10)])
        #expect(times(session.handle(.bytes(Array("noise\n".utf8)), at: start)) == [])
        #expect(times(session.handle(.timer, at: start)) == [start + .seconds(10)])
        #expect(times(session.handle(.stop, at: start)) == [nil])
    }

    @Test func `progress reaches its caller, some times a second`() {
        var served = ServedSession.ready(.modern)
        let id = served.call("a").requestID ?? 0
        func news(_ progress: String, token: String? = nil) -> String {
            let token = token ?? String(id)
            return
                #"{"jsonrpc":"2.0","method":"notifications/progress","#
                + #""params":{"progressToken":\#(token),\#(progress)}}"#
        }
        let actions = served.say(news(#""progress":1,"total":4,"message":"one\ntwo""#))
        guard case .progress(let call, let progress)? = actions.first else {
            Issue.record("no progress")
            return
        }
        #expect(call == "a")
        #expect(progress.message == "one two")
        #expect((0..<1_000).flatMap { _ in served.say(news(#""progress":2"#)) } == [])
        _ = served.wait(.milliseconds(200))
        #expect(served.say(news(#""progress":3"#)).count == 1)
        #expect(served.say(news(#""progress":4"#, token: "9223372036854775807")).notes == [.ignored])
        #expect(served.say(news(#""progress":4"#, token: "1e30")).notes == [.ignored])
        #expect(served.say(news(#""progress":"x""#)) == [])
        _ = served.say(Self.answer(id, "A"))
        #expect(served.say(news(#""progress":5"#)) == [])
    }

    @Test func `a list that changes is read again, once for many changes, and told when it is another`() {
        var served = ServedSession.ready(.legacy)
        let changed = #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#
        #expect((0..<100).flatMap { _ in served.say(changed) } == [])
        #expect(served.wait(.seconds(1)).methods == ["tools/list"])
        #expect(served.say(changed) == [])
        #expect(
            served.say(#"{"jsonrpc":"2.0","id":3,"result":{"tools":[\#(ServedSession.tool("new"))]}}"#).toolNames == [
                "mcp__s__new"
            ])
        #expect(served.wait(.seconds(1)).methods == ["tools/list"])
        #expect(served.say(#"{"jsonrpc":"2.0","id":4,"result":{"tools":[\#(ServedSession.tool("new"))]}}"#) == [])
        _ = served.say(changed)
        _ = served.wait(.seconds(1))
        // A list that cannot be read leaves the tools as they are.
        #expect(served.say(#"{"jsonrpc":"2.0","id":5,"error":{"code":-32603}}"#).notes == [.listing])
        #expect(served.call("a", "mcp__s__new").methods == ["tools/call"])
    }

    @Test func `a subscription that ends is asked for again after a while`() {
        var served = ServedSession(.init(server: "s", generation: .modern))
        _ = served.handle(.started)
        _ = served.say(
            #"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],"#
                + #""capabilities":{"tools":{"listChanged":true}}}}"#)
        #expect(served.say(#"{"jsonrpc":"2.0","id":2,"result":{"tools":[]}}"#).methods == ["subscriptions/listen"])
        _ = served.say(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}"#)
        #expect(served.wait(.seconds(29)) == [])
        #expect(served.wait(.seconds(1)).methods == ["subscriptions/listen", "tools/list"])
        #expect(served.handle(.requestFailed(id: 4, .lost("closed"))) == [])
        #expect(served.wait(.seconds(30)).methods.first == "subscriptions/listen")
        #expect(served.say(#"{"jsonrpc":"2.0","id":6,"error":{"code":-32601,"message":"x"}}"#).notes == [.subscription])
    }
}
