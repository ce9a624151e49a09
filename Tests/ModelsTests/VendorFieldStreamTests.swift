import Models
import Services
import Testing

/// Streams as vendors and model servers have really sent them, as each of the four APIs would send them, with the
/// outcome that is right. `FieldStreamTests` has more of them for chat completions.
struct VendorFieldStreamTests {
    private static func play(
        _ vendor: VendorStream, _ body: String, piece: Int = .max, ending: ProviderCall.Event = .completed
    ) -> PlayedStream {
        PlayedStream(Array(body.utf8), in: vendor.dialect, piece: piece, ending: ending)
    }

    private static func outcome(_ vendor: VendorStream, _ body: String) -> ChatOutcome? {
        for case .finish(let outcome) in PlayedStream.actions(Array(body.utf8), in: vendor.dialect) { return outcome }
        return nil
    }

    /// An event without a name, which no dialect needs.
    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    /// The ids of an answer's calls: those of `VendorStream`, and for Google's ours.
    private static func ids(_ vendor: VendorStream) -> [String] {
        vendor == .gemini ? ["call-1", "call-2"] : ["c0", "c1"]
    }

    private static func made(_ vendor: VendorStream, _ arguments: [String], words: String = "") -> PlayedStream {
        let calls = zip(ids(vendor), arguments).map { ToolCall(id: $0, name: "find", arguments: $1) }
        return PlayedStream(words: words, end: .toolCalls, calls: calls)
    }

    // An empty reason to stop.

    /// Events that hold an empty reason, after which the stream is open.
    private static let emptyReasons: [VendorStream: [String]] = [
        .chatCompletions: [event(#"{"choices":[{"index":0,"delta":{},"finish_reason":""}]}"#)],
        .responses: [
            event(#"{"type":"response.in_progress","response":{"status":"","output":[]}}"#),
            event(#"{"type":"","response":{"status":"","output":[]}}"#),
            event(
                #"{"type":"response.output_item.added","output_index":9,"item":{"type":"message","status":"","#
                    + #""content":[]}}"#),
        ],
        .anthropic: [event(#"{"type":"message_delta","delta":{"stop_reason":""},"usage":{"output_tokens":3}}"#)],
        .gemini: [
            event(#"{"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":""}]}"#),
            event(#"{"candidates":[{"finishReason":"FINISH_REASON_UNSPECIFIED"}]}"#),
            event(#"{"candidates":[{"finishReason":""}]}"#) + event("[DONE]"),
            event(#"{"promptFeedback":{"blockReason":""}}"#),
            event(#"{"promptFeedback":{"blockReason":"BLOCK_REASON_UNSPECIFIED"}}"#),
        ],
    ]

    /// The same with the mark of the end; Google's stream has none.
    private static let emptyEnds: [VendorStream: String] = [
        .chatCompletions: event(#"{"choices":[{"index":0,"delta":{},"finish_reason":""}]}"#) + event("[DONE]"),
        .responses: event(#"{"type":"response.failed","response":{"status":"","output":[]}}"#),
        .anthropic: event(#"{"type":"message_delta","delta":{"stop_reason":""}}"#)
            + event(#"{"type":"message_stop"}"#),
    ]

    @Test(arguments: VendorStream.allCases)
    func `an answer with an empty reason to stop is cut, however its stream ends`(vendor: VendorStream) throws {
        let half = vendor.begin + vendor.words("Half"), call = vendor.begin + vendor.call("find", #"{"q":"x"}"#)
        for reason in try #require(Self.emptyReasons[vendor]) {
            for ending in [ProviderCall.Event.completed, .broken("reset")] {
                let cut = Self.play(vendor, half + reason, ending: ending)
                #expect(cut == PlayedStream(words: "Half", failure: .interrupted), "\(reason)")
                #expect(Self.play(vendor, call + reason, ending: ending) == PlayedStream(failure: .interrupted))
            }
            let silent = Self.play(vendor, half + reason, ending: .silent)
            #expect(silent == PlayedStream(words: "Half", failure: .idleTimeout), "\(reason)")
            // A reason that follows counts.
            #expect(Self.play(vendor, half + reason + vendor.end()) == PlayedStream(words: "Half", end: .end))
        }
        guard let end = Self.emptyEnds[vendor] else { return }
        #expect(Self.play(vendor, half + end) == PlayedStream(words: "Half", failure: .interrupted))
        #expect(Self.play(vendor, call + end) == PlayedStream(failure: .interrupted))
    }

    @Test(arguments: ["", "steered", "max_messages"])
    func `an incomplete response without a reason that is known is cut, and calls nothing`(reason: String) {
        let vendor = VendorStream.responses
        let end = Self.event(
            #"{"type":"response.incomplete","response":{"status":"","incomplete_details":{"reason":"\#(reason)"}}}"#)
        let half = vendor.begin + vendor.words("Half")
        #expect(Self.play(vendor, half + end) == PlayedStream(words: "Half", end: .length))
        let call = vendor.begin + vendor.call("find", #"{"q":"x"}"#, isCut: true)
        #expect(Self.play(vendor, call + end) == PlayedStream(end: .length))
    }

    @Test func `a response that is completed by its event needs no status`() {
        let vendor = VendorStream.responses
        let end = Self.event(#"{"type":"response.completed","response":{"status":""}}"#)
        #expect(Self.play(vendor, vendor.words("Hello") + end) == PlayedStream(words: "Hello", end: .end))
    }

    // The last event.

    /// The beginning of an answer, and its last event with as many of its words as the API lets it have.
    private static let lastEvents: [VendorStream: [(begin: String, last: String)]] = [
        .chatCompletions: [
            ("Hello", #"data: {"choices":[{"index":0,"delta":{"content":" there"},"finish_reason":"stop"}]}"#)
        ],
        .responses: [
            (
                "Hello",
                #"event: response.completed\#ndata: {"type":"response.completed","response":{"status":"completed","#
                    + #""output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]},"#
                    + #"{"type":"message","content":[{"type":"output_text","text":" there"}]}]}}"#
            )
        ],
        .anthropic: [
            (
                "Hello there",
                #"event: message_delta\#ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"#
                    + #""usage":{"output_tokens":3}}"#
            ),
            (
                "Hello there",
                #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\#n\#n"#
                    + #"event: message_stop\#ndata: {"type":"message_stop"}"#
            ),
        ],
        .gemini: [
            ("Hello", #"data: {"candidates":[{"content":{"parts":[{"text":" there"}]},"finishReason":"STOP"}]}"#)
        ],
    ]

    @Test(arguments: VendorStream.allCases, ["", "\n", "\r\n", "\r"])
    func `the last event needs no blank line and no line end`(vendor: VendorStream, rest: String) throws {
        for (begin, last) in try #require(Self.lastEvents[vendor]) {
            let body = vendor.begin + vendor.words(begin) + last + rest
            for piece in [1, 7, Int.max] {
                let played = Self.play(vendor, body, piece: piece)
                #expect(played == PlayedStream(words: "Hello there", end: .end), "\(last) by \(piece)")
            }
        }
    }

    // Arguments.

    /// A call in one event, with its arguments as the value of the API's own key, or without the key.
    private static func call(_ vendor: VendorStream, arguments: String?) -> String {
        func member(_ key: String) -> String { arguments.map { #","\#(key)":\#($0)"# } ?? "" }
        return switch vendor {
        case .chatCompletions:
            event(
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c0","function":{"name":"find""#
                    + member("arguments") + "}}]}}]}")
        case .responses:
            event(
                #"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","id":"fc0","#
                    + #""call_id":"c0","name":"find""# + member("arguments") + "}}")
        case .anthropic:
            event(
                #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c0","name":"find""#
                    + member("input") + "}}") + event(#"{"type":"content_block_stop","index":0}"#)
        case .gemini:
            event(#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"find""# + member("args") + "}}]}}]}")
        }
    }

    @Test(
        arguments: VendorStream.allCases,
        [
            (#"{"q":"x"}"#, #"{"q":"x"}"#), (#""{\"q\":\"x\"}""#, #"{"q":"x"}"#), ("null", "{}"), ("\"\"", "{}"),
            (#"" ""#, "{}"), ("{}", "{}"), (nil, "{}"),
        ] as [(String?, String)])
    func `arguments are an object, a text, or none`(
        vendor: VendorStream, shape: (written: String?, read: String)
    ) {
        let body = vendor.begin + Self.call(vendor, arguments: shape.written) + vendor.end(.calls)
        for piece in [1, Int.max] {
            #expect(Self.play(vendor, body, piece: piece) == Self.made(vendor, [shape.read]))
        }
    }

    /// Google's calls come in one event.
    @Test(arguments: [VendorStream.chatCompletions, .responses, .anthropic], ["null", "\"\"", "{}"])
    func `arguments in pieces follow a head that has none, in every shape`(vendor: VendorStream, head: String) {
        let end = Self.event(#"{"type":"content_block_stop","index":0}"#)
        let begun = Self.call(vendor, arguments: head).replacing(end, with: "")
            .replacing("output_item.done", with: "output_item.added")
        let pieces = vendor.call("find", #"{"q":"x"}"#)
        #expect(
            Self.play(vendor, vendor.begin + begun + pieces + vendor.end(.calls)) == Self.made(vendor, [#"{"q":"x"}"#]))
    }

    // Which call a piece belongs to.

    /// A call that has neither id nor index, as far as the API can be without.
    private static func nameless(_ vendor: VendorStream, _ tool: String, _ arguments: String) -> String {
        let quoted = arguments.replacing("\"", with: "\\\"")
        return switch vendor {
        case .chatCompletions:
            event(
                #"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"\#(tool)","arguments":"\#(quoted)"}}]}}]}"#)
        case .responses: event(#"{"type":"response.output_item.done","item":\#(item(tool, arguments))}"#)
        case .anthropic:
            event(#"{"type":"content_block_start","content_block":{"type":"tool_use","name":"\#(tool)","input":{}}}"#)
                + event(
                    #"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"\#(quoted)"}}"#)
                + event(#"{"type":"content_block_stop"}"#)
        case .gemini:
            event(
                #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"\#(tool)","args":\#(arguments)}}]}}]}"#)
        }
    }

    /// An item of a response that has no id.
    private static func item(_ tool: String, _ arguments: String) -> String {
        let quoted = arguments.replacing("\"", with: "\\\"")
        return #"{"type":"function_call","name":"\#(tool)","arguments":"\#(quoted)"}"#
    }

    @Test(arguments: VendorStream.allCases, [["find", "find"], ["find", "get"]])
    func `calls without id and index are as many as were told`(vendor: VendorStream, tools: [String]) {
        let arguments = [#"{"q":"x"}"#, #"{"q":"y"}"#]
        let told = zip(tools, arguments).map { Self.nameless(vendor, $0, $1) }.joined()
        let ids = vendor == .gemini ? Self.ids(vendor) : ["", ""]
        let expected = PlayedStream(
            end: .toolCalls,
            calls: zip(ids, zip(tools, arguments)).map { ToolCall(id: $0, name: $1.0, arguments: $1.1) })
        #expect(Self.play(vendor, vendor.begin + told + vendor.end(.calls)) == expected)
        guard vendor == .responses else { return }
        // The whole response tells them again.
        let items = zip(tools, arguments).map { Self.item($0, $1) }.joined(separator: ",")
        let end = Self.event(#"{"type":"response.completed","response":{"output":[\#(items)]}}"#)
        #expect(Self.play(vendor, vendor.begin + told + end) == expected)
        #expect(Self.play(vendor, end) == expected)
    }

    @Test func `words of a response that has neither place nor id are said once`() {
        let item = #"{"type":"message","content":[{"type":"output_text","text":"Hello"}]}"#
        let delta = Self.event(#"{"type":"response.output_text.delta","delta":"Hello"}"#)
        let done = Self.event(#"{"type":"response.output_item.done","item":\#(item)}"#)
        let end = Self.event(#"{"type":"response.completed","response":{"output":[\#(item)]}}"#)
        for body in [delta + done + end, delta + end, done + end, end] {
            #expect(Self.play(.responses, body) == PlayedStream(words: "Hello", end: .end), "\(body)")
        }
        let twice = delta + done + delta + done
        #expect(Self.play(.responses, twice + end) == PlayedStream(words: "HelloHello", end: .end))
    }

    @Test(arguments: VendorStream.allCases)
    func `whole calls under one index, or under one id of Google's, are told apart`(vendor: VendorStream) {
        let arguments = [#"{"q":"x"}"#, #"{"q":"y"}"#]
        let second =
            vendor == .gemini
            ? vendor.call("find", arguments[1])
            : vendor.call("find", arguments[1], block: 1).replacing(#"index":1"#, with: #"index":0"#)
        let body = vendor.begin + vendor.call("find", arguments[0]) + second + vendor.end(.calls)
        #expect(Self.play(vendor, body) == Self.made(vendor, arguments))
    }

    @Test(arguments: VendorStream.allCases)
    func `a call under the index of the words before it is made`(vendor: VendorStream) {
        let message = Self.event(
            #"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"m1","content":"#
                + #"[{"type":"output_text","text":"I look."}]}}"#)
        let said = vendor.words("I look.") + (vendor == .responses ? message : "")
        let body = vendor.begin + said + vendor.call("find", #"{"q":"x"}"#) + vendor.end(.calls)
        #expect(Self.play(vendor, body) == Self.made(vendor, [#"{"q":"x"}"#], words: "I look."))
    }

    @Test(arguments: VendorStream.allCases)
    func `an index may be a text`(vendor: VendorStream) throws {
        let body =
            vendor.begin + vendor.thought("hm") + vendor.words("I look.", block: 1)
            + vendor.call("find", #"{"q":"x"}"#, block: vendor == .gemini ? 0 : 2) + vendor.end(.calls)
        let texts = (0...2).reduce(body) { $0.replacing(#"index":\#($1)"#, with: #"index":"\#($1)""#) }
        #expect(texts != body || vendor == .gemini)
        let outcome = try #require(Self.outcome(vendor, body))
        #expect(outcome.toolCalls?.map(\.arguments) == [#"{"q":"x"}"#] && outcome.layout?.hasOpaqueParts == true)
        #expect(Self.outcome(vendor, texts) == outcome)
    }

    /// Google's calls come in one event.
    @Test(arguments: [VendorStream.chatCompletions, .responses, .anthropic])
    func `pieces of several calls may alternate, under a number and under a text`(vendor: VendorStream) {
        let arguments = [#"{"q":"x"}"#, #"{"q":"y"}"#]
        let events = arguments.enumerated().map { block, text in
            vendor.call("find", text, block: block).split(separator: "\n\n").map { "\($0)\n\n" }
        }
        let pieces = zip(events[0], events[1]).map { $0 + $1 }.joined()
        let texts = (0...1).reduce(pieces) { $0.replacing(#"index":\#($1)"#, with: #"index":"\#($1)""#) }
        for pieces in [pieces, texts] {
            let body = vendor.begin + pieces + vendor.end(.calls)
            #expect(Self.play(vendor, body) == Self.made(vendor, arguments), "\(body)")
        }
    }

    @Test func `arguments may be told in whole alone, under any index, and by blocks that begin alike`() {
        let begun = Self.event(
            #"{"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c0","#
                + #""name":"find","arguments":""}}"#)
        let whole = Self.event(
            #"{"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"q\":\"x\"}"}"#)
        let piece = whole.replacing(".done", with: ".delta").replacing("arguments\":", with: "delta\":")
        let end = Self.event(#"{"type":"response.completed","response":{"status":"completed","output":[]}}"#)
        for body in [begun + whole + end, begun + piece + whole + end] {
            #expect(Self.play(.responses, body) == Self.made(.responses, [#"{"q":"x"}"#]), "\(body)")
        }

        let call = VendorStream.anthropic.call("find", #"{"q":"x"}"#)
        let elsewhere = call.replacing(#""index":0,"delta""#, with: #""index":5,"delta""#)
        #expect(elsewhere != call)
        let body = VendorStream.anthropic.begin + elsewhere + VendorStream.anthropic.end(.calls)
        #expect(Self.play(.anthropic, body) == Self.made(.anthropic, [#"{"q":"x"}"#]))
        let foreign =
            Self.event(
                #"{"type":"content_block_start","index":7,"content_block":{"type":"server_tool_use","id":"s"}}"#)
            + Self.event(#"{"type":"content_block_delta","index":7,"delta":{"partial_json":"{}"}}"#)
        #expect(
            Self.play(.anthropic, VendorStream.anthropic.begin + call + foreign + VendorStream.anthropic.end(.calls))
                == Self.made(.anthropic, [#"{"q":"x"}"#]))
        let empty = Self.event(#"{"type":"content_block_start","content_block":{"type":"tool_use","name":"now"}}"#)
        let twice = Self.play(
            .anthropic, VendorStream.anthropic.begin + empty + empty + VendorStream.anthropic.end(.calls))
        #expect(twice.calls == Array(repeating: ToolCall(id: "", name: "now", arguments: "{}"), count: 2))
    }

    // Characters.

    /// Stands for half of the bytes of a character until a body is written.
    private static let first = "\u{E000}", second = "\u{E001}"

    /// A body in which the two stand for the bytes of a character up to a place, and from there.
    private static func bytes(of body: String, cut: Int) -> [UInt8] {
        let character = Array("😀".utf8)
        return Array(body.utf8).replacing(Array(first.utf8), with: character[..<cut])
            .replacing(Array(second.utf8), with: character[cut...])
    }

    @Test(arguments: VendorStream.allCases, [1, 2, 3])
    func `the bytes of a character may come in two events, and in pieces of any length`(
        vendor: VendorStream, cut: Int
    ) {
        let body = vendor.begin + vendor.words("a\(Self.first)") + vendor.words("\(Self.second)b") + vendor.end()
        let whole = vendor.begin + vendor.words("a\(Self.first)\(Self.second)b") + vendor.end()
        for text in [body, whole] {
            for piece in [1, 2, 3, 5, Int.max] {
                let played = PlayedStream(Self.bytes(of: text, cut: cut), in: vendor.dialect, piece: piece)
                #expect(played == PlayedStream(words: "a😀b", end: .end), "by \(piece)")
            }
        }
    }

    /// Google's calls come in one event.
    @Test(arguments: [VendorStream.chatCompletions, .responses, .anthropic], [1, 2, 3])
    func `the bytes of a character in arguments may come in two events`(vendor: VendorStream, cut: Int) {
        // The pieces are cut before the character; its first half goes to the end of the first piece.
        let pieces = vendor.call("find", "{\"\(Self.first)\(Self.second)\":1}")
            .replacing("{\\\"\"", with: "{\\\"\(Self.first)\"")
            .replacing(":\"\(Self.first)", with: ":\"")
        let body = vendor.begin + pieces + vendor.end(.calls)
        let played = PlayedStream(Self.bytes(of: body, cut: cut), in: vendor.dialect)
        #expect(played == Self.made(vendor, [#"{"😀":1}"#]))
    }
}
