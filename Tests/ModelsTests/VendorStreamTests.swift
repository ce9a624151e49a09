import Models
import Services
import Testing

/// What holds for a stream of every vendor.
struct VendorStreamTests {
    private static func play(_ vendor: VendorStream, _ body: String, piece: Int = .max) -> PlayedStream {
        PlayedStream(Array(body.utf8), in: vendor.dialect, piece: piece)
    }

    private static func outcome(_ vendor: VendorStream, _ body: String) -> ChatOutcome? {
        for case .finish(let outcome) in PlayedStream.actions(Array(body.utf8), in: vendor.dialect) { return outcome }
        return nil
    }

    @Test(arguments: VendorStream.allCases)
    func `words and their cost`(vendor: VendorStream) {
        let body = vendor.begin + vendor.words("Hel") + vendor.words("lo") + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "Hello", end: .end))
        let usage = TokenUsage(inputTokens: 9, outputTokens: 3, cacheReadTokens: 2)
        #expect(Self.outcome(vendor, body)?.usage == usage)
    }

    @Test(arguments: VendorStream.allCases)
    func `calls, one and several, put together from their pieces`(vendor: VendorStream) {
        // Google's ids need not be there, nor be different.
        let ids = vendor == .gemini ? ["call-1", "call-2"] : ["c0", "c1"]
        let first = ToolCall(id: ids[0], name: "find", arguments: #"{"q":"x"}"#)
        let second = ToolCall(id: ids[1], name: "find", arguments: #"{"q":"y"}"#)
        let one = vendor.begin + vendor.call("find", first.arguments)
        #expect(Self.play(vendor, one + vendor.end(.calls)) == PlayedStream(end: .toolCalls, calls: [first]))
        let two = one + vendor.call("find", second.arguments, block: 1) + vendor.end(.calls)
        #expect(Self.play(vendor, two) == PlayedStream(end: .toolCalls, calls: [first, second]))
    }

    @Test(arguments: VendorStream.allCases)
    func `an answer cut at every byte says what the whole says`(vendor: VendorStream) {
        let body =
            vendor.begin + vendor.thought("hm") + vendor.words("Grüße 🥚, ", block: 1) + vendor.unknown
            + vendor.call("find", #"{"q":"ä"}"#, block: 2) + vendor.end(.calls)
        let whole = Self.play(vendor, body)
        #expect(whole.words == "Grüße 🥚, " && whole.calls.map(\.arguments) == [#"{"q":"ä"}"#])
        for piece in [1, 2, 3, 7] { #expect(Self.play(vendor, body, piece: piece) == whole, "pieces of \(piece)") }
    }

    @Test(arguments: VendorStream.allCases)
    func `a character in two halves`(vendor: VendorStream) {
        let body = vendor.begin + vendor.words(#"egg \ud83e"#) + vendor.words(#"\udd5a."#) + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "egg 🥚.", end: .end))
    }

    @Test(arguments: VendorStream.allCases)
    func `thoughts are not shown, and go back with a call unchanged`(vendor: VendorStream) throws {
        let block = vendor == .gemini ? 0 : 1
        let body = vendor.begin + vendor.thought("hm") + vendor.call("find", #"{"q":"x"}"#, block: block)
        let outcome = try #require(Self.outcome(vendor, body + vendor.end(.calls)))
        let calls = try #require(outcome.toolCalls)
        let said = ChatMessage(.assistant, "", calls: calls, layout: outcome.layout)
        let request = Gateway.Chat.Request(
            id: "1", messages: [ChatMessage(.user, "?"), said, ChatMessage(outcomeOf: calls[0].id, "found")])
        let written = try Sample.body(of: request, in: vendor.dialect)
        let expected =
            switch vendor {
            case .chatCompletions: #""reasoning_content":"hm""#
            case .responses: #"{"encrypted_content":"hm","id":"rs_1","summary":[],"type":"reasoning"}"#
            case .anthropic: #"{"signature":"Shm","thinking":"hm","type":"thinking"}"#
            case .gemini: #""thoughtSignature":"sig""#
            }
        #expect(written.contains(expected), "\(written)")
        for other in VendorStream.allCases where other != vendor {
            #expect(try !Sample.body(of: request, in: other.dialect).contains(expected), "\(other)")
        }
    }

    @Test(arguments: VendorStream.allCases)
    func `the reasons to stop`(vendor: VendorStream) {
        let half = vendor.begin + vendor.words("Half")
        #expect(Self.play(vendor, half + vendor.end(.length)) == PlayedStream(words: "Half", end: .length))
        #expect(Self.play(vendor, half + vendor.end(.filtered)) == PlayedStream(words: "Half", end: .filtered))
    }

    @Test(arguments: VendorStream.allCases)
    func `a call of an answer that was cut is never made`(vendor: VendorStream) {
        let call = vendor.begin + vendor.call("find", #"{"q":"x"}"#)
        #expect(Self.play(vendor, call + vendor.end(.length)) == PlayedStream(end: .length))
        #expect(Self.play(vendor, call) == PlayedStream(failure: .interrupted))
        #expect(Self.play(vendor, call + vendor.error("no more", overload: true)).calls.isEmpty)
    }

    @Test(arguments: VendorStream.allCases)
    func `half an answer is cut, however the stream ends`(vendor: VendorStream) {
        let half = vendor.begin + vendor.words("Half")
        #expect(Self.play(vendor, half) == PlayedStream(words: "Half", failure: .interrupted))
        #expect(
            Self.play(vendor, half + vendor.error("gone", overload: true))
                == PlayedStream(words: "Half", failure: .serverError))
    }

    @Test(arguments: VendorStream.allCases)
    func `an overload before the first word is tried again, a wrong request is not`(vendor: VendorStream) {
        #expect(
            Self.play(vendor, vendor.begin + vendor.error("busy", overload: true)) == PlayedStream(isTriedAgain: true))
        #expect(Self.play(vendor, vendor.error("this is wrong")).failure != nil)
        #expect(!Self.play(vendor, vendor.error("this is wrong")).isTriedAgain)
    }

    @Test(arguments: VendorStream.allCases)
    func `an overflow is one in a stream too, and tells the window`(vendor: VendorStream) {
        let body = vendor.error("prompt is too long: 210000 tokens > 200000 maximum")
        let failures = PlayedStream.actions(Array(body.utf8), in: vendor.dialect).compactMap {
            if case .fail(let failure) = $0 { failure } else { nil }
        }
        #expect(failures.map(\.code) == [.contextOverflow] && failures.first?.window == 200_000)
    }

    @Test(arguments: VendorStream.allCases)
    func `what is new is passed over, and what comes after the end changes nothing`(vendor: VendorStream) {
        let body =
            vendor.unknown + vendor.begin + vendor.words("Hello") + vendor.unknown + vendor.end() + vendor.unknown
            + vendor.words("late") + vendor.error("late", overload: true) + "data: {\n\n"
        let late = vendor == .gemini ? "late" : ""  // which goes on after a stop
        #expect(Self.play(vendor, body) == PlayedStream(words: "Hello" + late, end: .end))
    }

    @Test func `a model of Google's that says with each event that it stops`() {
        func event(_ text: String) -> String {
            #"data: {"candidates":[{"content":{"parts":[{"text":"\#(text)"}]},"finishReason":"STOP"}]}"# + "\r\n\r\n"
        }
        #expect(Self.play(.gemini, event("Hel") + event("lo")) == PlayedStream(words: "Hello", end: .end))
    }

    @Test(arguments: VendorStream.allCases)
    func `what is not JSON is no answer`(vendor: VendorStream) {
        #expect(Self.play(vendor, "data: {\"a\":\n\n") == PlayedStream(failure: .malformed))
        #expect(Self.play(vendor, "<html>") == PlayedStream(failure: .malformed))
    }

    @Test(
        arguments: [
            (
                .chatCompletions,
                #"{"object":"chat.completion","choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#
            ),
            (
                .responses,
                #"{"object":"response","status":"completed","output":[{"type":"message","content":"#
                    + #"[{"type":"output_text","text":"Hello"}]}]}"#
            ),
            (
                .anthropic,
                #"{"type":"message","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn"}"#
            ),
            (.gemini, #"[{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}]"#),
        ] as [(VendorStream, String)])
    func `a whole answer in place of a stream`(vendor: VendorStream, body: String) {
        #expect(Self.play(vendor, body) == PlayedStream(words: "Hello", end: .end))
    }

    @Test func `a prompt that Google blocks is filtered, and a call that it could not write is tried again`() {
        let blocked = #"data: {"promptFeedback":{"blockReason":"SAFETY"}}"# + "\r\n\r\n"
        #expect(Self.play(.gemini, blocked) == PlayedStream(end: .filtered))
        for reason in ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"] {
            let body = #"data: {"candidates":[{"finishReason":"\#(reason)"}]}"# + "\r\n\r\n"
            #expect(Self.play(.gemini, body) == PlayedStream(isTriedAgain: true))
        }
    }

    @Test func `an item of Responses is read where it is told first, and once`() {
        let item =
            #"{"type":"message","content":[{"type":"output_text","text":"Hello"}]}"#
        let done = #"data: {"type":"response.output_item.done","output_index":0,"item":\#(item)}"# + "\n\n"
        let end = #"data: {"type":"response.completed","response":{"status":"completed","output":[\#(item)]}}"# + "\n\n"
        let delta = VendorStream.responses.words("Hello")
        for body in [end, done + end, delta + end, delta + done + end] {
            #expect(Self.play(.responses, body) == PlayedStream(words: "Hello", end: .end))
        }
    }

    @Test func `an item of Responses that is told by its id alone is read once as well`() {
        let item = #"{"type":"message","id":"m1","content":[{"type":"output_text","text":"Hello"}]}"#
        let body =
            #"data: {"type":"response.output_text.delta","item_id":"m1","delta":"Hello"}"# + "\n\n"
            + #"data: {"type":"response.output_item.done","item":\#(item)}"# + "\n\n"
            + #"data: {"type":"response.completed","response":{"output":[\#(item)]}}"# + "\n\n"
        #expect(Self.play(.responses, body) == PlayedStream(words: "Hello", end: .end))
        let bare = VendorStream.responses.words("Hello") + #"data: {"type":"response.completed"}"# + "\n\n"
        #expect(Self.play(.responses, bare) == PlayedStream(words: "Hello", end: .end))
    }

    @Test func `a last event that repeats a long answer does not spoil it`() {
        let long = String(repeating: "word ", count: 100_000)
        let body =
            VendorStream.responses.words(String(long.prefix(200_000)))
            + VendorStream.responses.words(String(long.dropFirst(200_000)))
            + #"data: {"type":"response.completed","response":{"status":"completed","output":[{"type":"message","#
            + #""content":[{"type":"output_text","text":"\#(long)"}]}]}}"# + "\n\n"
        #expect(Self.play(.responses, body) == PlayedStream(words: long, end: .end))
    }

    @Test func `words at the place of a thought that has not ended are words`() {
        let thought =
            #"data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#
            + "\n\n"
        let body = thought + VendorStream.anthropic.words("Hello") + VendorStream.anthropic.end()
        #expect(Self.play(.anthropic, body) == PlayedStream(words: "Hello", end: .end))
    }

    @Test func `thoughts without an end have a bound`() {
        let start =
            #"data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#
            + "\n\n"
        let more = String(repeating: "x", count: 10_000)
        let delta =
            #"data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\#(more)"}}"#
        let body = start + String(repeating: delta + "\n\n", count: 30)
        #expect(Self.play(.anthropic, body) == PlayedStream(failure: .malformed))
    }

    @Test func `Anthropic counts what is cached apart, and later counts replace earlier ones`() {
        let body =
            #"data: {"type":"message_start","message":{"usage":{"input_tokens":5,"cache_creation_input_tokens":100,"#
            + #""cache_read_input_tokens":1000,"output_tokens":1}}}"# + "\n\n" + VendorStream.anthropic.words("Hi")
            + #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":6,"#
            + #""output_tokens":20}}"# + "\n\n" + #"data: {"type":"message_stop"}"# + "\n\n"
        let usage = TokenUsage(
            inputTokens: 1_106, outputTokens: 20, cacheReadTokens: 1_000, cacheWriteTokens: 100)
        #expect(Self.outcome(.anthropic, body)?.usage == usage)
    }

    @Test(arguments: VendorStream.allCases)
    func `arguments are read as a text and as the object itself`(vendor: VendorStream) {
        let text = #""{\"q\":\"x\"}""#, object = #"{"q":"x"}"#
        let bodies: [VendorStream: (String) -> String] = [
            .chatCompletions: {
                #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"find","#
                    + #""arguments":\#($0)}}]}}]}"#
            },
            .responses: {
                #"{"type":"response.output_item.done","output_index":0,"item":{"type":"function_call","call_id":"c","#
                    + #""name":"find","arguments":\#($0)}}"#
            },
            .anthropic: {
                #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"c","name":"find","#
                    + #""input":\#($0)}}"#
            },
            .gemini: {
                #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"find","args":\#($0)}}]}}]}"#
            },
        ]
        for shape in [text, object] {
            let event = "data: \(bodies[vendor]?(shape) ?? "")\n\n"
            let played = Self.play(vendor, vendor.begin + event + vendor.end(.calls))
            #expect(played.calls.map(\.arguments) == [object], "\(shape)")
        }
    }

    @Test(arguments: [VendorStream.chatCompletions, .responses, .anthropic])
    func `a character in two halves is whole in arguments, and in thoughts that go back`(vendor: VendorStream) throws {
        // Cut between the surrogates: the third character of the arguments is the first half.
        let whole = vendor.call("find", #"{"q":"\#u{1F95A}"}"#)
        #expect(whole.contains("\u{1F95A}"))
        func piece(_ text: String) -> String {
            switch vendor {
            case .chatCompletions:
                #"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\#(text)"}}]}}]}"#
                    + "\n\n"
            case .responses:
                #"data: {"type":"response.function_call_arguments.delta","output_index":0,"delta":"\#(text)"}"# + "\n\n"
            case .anthropic, .gemini:
                #"data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","#
                    + #""partial_json":"\#(text)"}}"# + "\n\n"
            }
        }
        let begin = vendor.call("find", "{  }", isCut: true).replacing(#"{  "#, with: "")
        let body = vendor.begin + begin + piece(#"{\"q\":\"\ud83e"#) + piece(#"\udd5a\"}"#) + vendor.end(.calls)
        #expect(Self.play(vendor, body).calls.map(\.arguments) == [#"{"q":"\#u{1F95A}"}"#], "\(body)")
    }

    /// Where each vendor writes what an answer has cost.
    private static let counts: [VendorStream: (input: String, output: String)] = [
        .chatCompletions: (#""prompt_tokens":9"#, #""completion_tokens":3"#),
        .responses: (#""input_tokens":9"#, #""output_tokens":3"#),
        .anthropic: (#""input_tokens":7"#, #""output_tokens":3"#),
        .gemini: (#""promptTokenCount":9"#, #""candidatesTokenCount":1"#),
    ]

    @Test(
        arguments: VendorStream.allCases,
        [
            "9223372036854775807", "1e30", "18446744073709551616", "12.5", #""12""#, "[3]", "-5", "null", #"{"a":1}"#,
            "true",
        ])
    func `a cost that is no count is none, and neither is one without measure, of every vendor`(
        vendor: VendorStream, value: String
    ) throws {
        let body = vendor.begin + vendor.words("Hello") + vendor.end()
        let places = try #require(Self.counts[vendor])
        for place in [places.input, places.output] {
            let key = place.prefix { $0 != ":" }
            let odd = body.replacing(place, with: "\(key):\(value)")
            #expect(odd != body)
            #expect(Self.play(vendor, odd) == PlayedStream(words: "Hello", end: .end))
            let usage = Self.outcome(vendor, odd)?.usage ?? TokenUsage(inputTokens: 0, outputTokens: 0)
            let count = place == places.input ? usage.inputTokens : usage.outputTokens
            // What is known beside it, such as tokens of a cache or of thoughts, counts.
            #expect(count <= 2, "\(usage)")
        }
    }

    @Test func `a call that is told again as a whole is made once, with its arguments once`() {
        let call = ToolCall(id: "c0", name: "find", arguments: #"{"q":"x"}"#)
        let made = PlayedStream(end: .toolCalls, calls: [call])
        let responses = VendorStream.responses
        let item =
            #"{"type":"function_call","id":"fc0","call_id":"c0","name":"find","arguments":"{\"q\":\"x\"}"}"#
        let done =
            #"data: {"type":"response.function_call_arguments.done","output_index":0,"item_id":"fc0","#
            + #""arguments":"{\"q\":\"x\"}"}"# + "\n\n"
        let added = #"data: {"type":"response.output_item.done","output_index":0,"item":\#(item)}"# + "\n\n"
        let end = #"data: {"type":"response.completed","response":{"status":"completed","output":[\#(item)]}}"# + "\n\n"
        let pieces = responses.begin + responses.call(call.name, call.arguments)
        for body in [pieces + end, pieces + done + added + end, done + added + end, added + end, end] {
            #expect(Self.play(responses, body) == made, "\(body)")
        }
        // Servers that are like Anthropic's write the arguments into the head of the block, and again in pieces.
        let anthropic = VendorStream.anthropic
        let whole = anthropic.call(call.name, call.arguments).replacing(#""input":{}"#, with: #""input":{"q":"x"}"#)
        #expect(Self.play(anthropic, whole + anthropic.end(.calls)) == made)
        let head = whole.split(separator: "\n\n")[0] + "\n\n"
        #expect(Self.play(anthropic, head + anthropic.end(.calls)) == made)
    }

    @Test func `of a cost that is told several times the last is the answer's`() {
        let early =
            #"data: {"candidates":[{"content":{"parts":[{"text":"Hel"}]}}],"usageMetadata":{"promptTokenCount":9,"#
            + #""candidatesTokenCount":1}}"# + "\r\n\r\n"
        let gemini = early + VendorStream.gemini.words("lo") + VendorStream.gemini.end()
        let usage = TokenUsage(inputTokens: 9, outputTokens: 3, cacheReadTokens: 2)
        #expect(Self.outcome(.gemini, gemini)?.usage == usage)
        let chunk = #"data: {"choices":[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":9,"#
        let chat = chunk + #""completion_tokens":1}}"# + "\n\n" + chunk + #""completion_tokens":2}}"# + "\n\n"
        #expect(Self.outcome(.chatCompletions, chat + VendorStream.chatCompletions.end())?.usage == usage)
        let progress =
            #"data: {"type":"response.in_progress","response":{"usage":{"input_tokens":9,"output_tokens":1}}}"# + "\n\n"
        let responses = progress + VendorStream.responses.words("Hello") + VendorStream.responses.end()
        #expect(Self.outcome(.responses, responses)?.usage == usage)
    }
}
