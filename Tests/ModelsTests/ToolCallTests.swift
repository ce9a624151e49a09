import Models
import Services
import Testing

@Suite struct ToolCallStreamTests {
    private func play(_ datas: [String]) -> [ProviderCall.Action] {
        let settings = ProviderSettings(
            name: "p", url: "https://api.example/v1", model: "m", contextWindow: 1_000, tools: true,
            idleTimeoutMilliseconds: 30_000, isSupervised: false)
        var call = ProviderCall(to: ProviderProfile(settings, key: nil, model: nil), seed: 1)
        _ = call.resume()
        _ = call.handle(.response(status: 200, retryAfter: nil))
        return datas.flatMap { call.handle(.bytes(Array("data: \($0)\n\n".utf8))) } + call.handle(.completed)
    }

    private func outcome(_ datas: [String]) -> ChatOutcome? {
        if case .finish(let outcome)? = play(datas).last { outcome } else { nil }
    }

    private func piece(_ json: String) -> String { #"{"choices":[{"delta":{"tool_calls":[\#(json)]}}]}"# }
    private func stop(_ reason: String) -> String { #"{"choices":[{"delta":{},"finish_reason":"\#(reason)"}]}"# }

    @Test(arguments: ["tool_calls", "stop"])
    func `calls are put together from their pieces, whatever the reason is called`(reason: String) {
        let outcome = outcome([
            piece(#"{"index":0,"id":"call_a","type":"function","function":{"name":"get_record","arguments":""}}"#),
            piece(#"{"index":0,"function":{"arguments":"{\"id\""}}"#),
            piece(#"{"index":0,"function":{"arguments":":\"x\"}"}}"#),
            piece(#"{"index":1,"id":"call_b","function":{"name":"search_records","arguments":"{}"}}"#),
            stop(reason), "[DONE]",
        ])
        #expect(outcome?.stopReason == .toolCalls)
        #expect(
            outcome?.toolCalls == [
                ToolCall(id: "call_a", name: "get_record", arguments: #"{"id":"x"}"#),
                ToolCall(id: "call_b", name: "search_records", arguments: "{}"),
            ])
    }

    @Test func `calls that come whole and without an index are told apart by their place`() {
        let both = piece(
            #"{"id":"1","function":{"name":"a","arguments":"{}"}},{"id":"2","function":{"name":"b","arguments":"{}"}}"#)
        #expect(outcome([both, stop("tool_calls"), "[DONE]"])?.toolCalls?.map(\.name) == ["a", "b"])
    }

    @Test func `an answer that was cut calls nothing`() {
        let outcome = outcome([
            piece(#"{"index":0,"id":"1","function":{"name":"a","arguments":"{\"id\":"}}"#), stop("length"), "[DONE]",
        ])
        #expect(outcome?.stopReason == .length && outcome?.toolCalls == nil)
    }

    @Test func `calls that come whole under one index are told apart by their ids, and indices may begin anywhere`() {
        let pieces = [
            #"{"index":0,"id":"1","function":{"name":"a","arguments":"{\"x\":1}"}}"#,
            #"{"index":0,"id":"2","function":{"name":"b","arguments":"{}"}}"#,
            #"{"index":7,"id":"3","function":{"name":"c","arguments":"{"}}"#,
            #"{"index":7,"function":{"arguments":"}"}}"#,
        ]
        let calls = outcome(pieces.map(piece) + [stop("tool_calls"), "[DONE]"])?.toolCalls
        #expect(calls?.map(\.name) == ["a", "b", "c"] && calls?.map(\.arguments) == [#"{"x":1}"#, "{}", "{}"])
    }

    @Test(arguments: [#"{"index":0,"function":{"arguments":"{}"}}"#, #"{"index":0,"id":"1"}"#])
    func `a call that names no tool is malformed`(json: String) {
        guard case .fail(let failure)? = play([piece(json), stop("tool_calls"), "[DONE]"]).last else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.code == .malformed)
    }

    @Test func `tool calls without bound are malformed`() {
        let long = piece(
            #"{"index":0,"function":{"name":"a","arguments":"\#(String(repeating: "x", count: 60_000))"}}"#)
        guard case .fail(let failure)? = play(Array(repeating: long, count: 6)).last else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.code == .malformed)
    }

    @Test(arguments: [(ModelLimits.toolCallsMax, true), (ModelLimits.toolCallsMax + 1, false)])
    func `the calls of an answer have a bound`(count: Int, isWhole: Bool) {
        let pieces = (0..<count).map { piece(#"{"index":\#($0),"id":"\#($0)","function":{"name":"a"}}"#) }
        #expect(outcome(pieces + [stop("tool_calls"), "[DONE]"])?.toolCalls?.count == (isWhole ? count : nil))
    }

    @Test(arguments: [(0, true), (1, false)])
    func `the calls of an answer have a bound to the byte`(excess: Int, isWhole: Bool) {
        // An id of three bytes and a name of one count as well.
        let half = String(repeating: "x", count: ModelLimits.toolCallBytesMax / 2 - 2)
        let datas = [
            piece(#"{"index":0,"id":"abc","function":{"name":"a","arguments":"\#(half)"}}"#),
            piece(#"{"index":0,"function":{"arguments":"\#(half)"}}"#),
            piece(#"{"index":0,"function":{"arguments":"\#(String(repeating: "y", count: excess))"}}"#),
        ]
        #expect((outcome(datas + [stop("tool_calls"), "[DONE]"]) != nil) == isWhole)
    }

    @Test func `an id and a name that are repeated with every piece are set and not added`() {
        let pieces = [#"{""#, #"x":1}"#].map { text in
            let arguments = text.replacing("\"", with: "\\\"")
            return piece(#"{"index":0,"id":"1","function":{"name":"a","arguments":"\#(arguments)"}}"#)
        }
        #expect(
            outcome(pieces + [stop("tool_calls"), "[DONE]"])?.toolCalls
                == [ToolCall(id: "1", name: "a", arguments: #"{"x":1}"#)])
    }

    @Test func `a filtered answer calls nothing`() {
        let outcome = outcome([
            piece(#"{"index":0,"id":"1","function":{"name":"a","arguments":"{}"}}"#), stop("content_filter"), "[DONE]",
        ])
        #expect(outcome?.stopReason == .filtered && outcome?.toolCalls == nil)
    }

    @Test func `tools, calls and their outcomes travel in the vendor's words`() throws {
        let call = ToolCall(id: "c1", name: "get_record", arguments: #"{"id":"x"}"#)
        let request = Gateway.Chat.Request(
            id: "1",
            messages: [
                ChatMessage(.user, "?"), ChatMessage(.assistant, "", calls: [call]),
                ChatMessage(outcomeOf: "c1", "the text"),
            ], tools: [ToolDefinition(name: "get_record", description: "Reads.", parameters: .object([:]))])
        let body = try Sample.body(of: request)
        #expect(
            body == #"{"messages":[{"content":"?","role":"user"},{"role":"assistant","tool_calls":[{"function":"#
                + #"{"arguments":"{\"id\":\"x\"}","name":"get_record"},"id":"c1","type":"function"}]},"#
                + #"{"content":"the text","role":"tool","tool_call_id":"c1"}],"model":"m","stream":true,"#
                + #""stream_options":{"include_usage":true},"tools":[{"function":{"description":"Reads.","#
                + #""name":"get_record","parameters":{}},"type":"function"}]}"#)
    }
}
