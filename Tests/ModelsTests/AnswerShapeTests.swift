import Models
import Services
import Testing

/// Words that are told in the ways in which servers have been seen to tell them: all of them, and once.
struct AnswerShapeTests {
    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    private static func play(_ vendor: VendorStream, _ body: String, piece: Int = .max) -> PlayedStream {
        PlayedStream(Array(body.utf8), in: vendor.dialect, piece: piece)
    }

    private static let hello = PlayedStream(words: "Hello there.", end: .end)

    private static func check(_ vendor: VendorStream, _ body: String, _ expected: PlayedStream = hello) {
        for piece in [Int.max, 5] { #expect(play(vendor, body, piece: piece) == expected, "\(body)") }
    }

    // Chat completions.

    private static func choice(_ members: String, index: Int = 0) -> String {
        event(#"{"choices":[{"index":\#(index),\#(members)}]}"#)
    }

    private static func message(_ members: String) -> String {
        event(
            #"{"object":"chat.completion","choices":[{"index":0,"finish_reason":"stop","message":{\#(members)}}],"#
                + #""usage":{"prompt_tokens":9,"completion_tokens":3}}"#)
    }

    private static let chatWords =
        VendorStream.chatCompletions.words("Hello ")
        + VendorStream.chatCompletions.words("there.")
    private static let chatEnd = VendorStream.chatCompletions.end()
    private static let two = #"{"index":1,"delta":{"content":"Another one."}}"#

    @Test(
        arguments: [
            chatWords + message(#""content":"Hello there.""#),
            chatWords + choice(#""delta":{},"message":{"content":"Hello there."},"finish_reason":"stop""#),
            message(#""content":"Hello there.""#),
            choice(#""delta":{},"message":{"content":"Hello there."},"finish_reason":"stop""#),
            choice(#""message":{"content":"Hello "}"#) + choice(#""message":{"content":"there."}"#) + chatEnd,
            choice(#""delta":{"content":{"type":"text","text":"Hello there."}}"#) + chatEnd,
            choice(#""delta":{"content":[{"type":"text","text":{"value":"Hello "}},"there."]}"#) + chatEnd,
            choice(#""delta":{"content":{"type":"text","text":{"value":"Hello there."}}}"#) + chatEnd,
            choice(#""text":"Hello ""#) + choice(#""text":"there.""#) + chatEnd,
            event(#"{"choices":[\#(two),{"index":0,"delta":{"content":"Hello there."}}]}"#) + chatEnd,
            event(#"{"choices":[\#(two)]}"#) + chatWords + event(#"{"choices":[\#(two)]}"#) + chatEnd,
            choice(#""delta":{"content":"Hello "}"#, index: 1) + choice(#""delta":{"content":"there."}"#, index: 1)
                + choice(#""delta":{},"finish_reason":"stop""#, index: 1),
        ]) func `the words of a chat completion are said once, in every shape`(body: String)
    {
        Self.check(.chatCompletions, body)
    }

    private static let x = #"{\"q\":\"x\"}"#
    private static let call = #"{"index":0,"id":"A","function":{"name":"find","arguments":"\#(x)"}}"#
    private static let made = PlayedStream(
        end: .toolCalls, calls: [ToolCall(id: "A", name: "find", arguments: #"{"q":"x"}"#)])
    private static let legacyMade = PlayedStream(
        end: .toolCalls, calls: [ToolCall(id: "", name: "find", arguments: #"{"q":"x"}"#)])

    @Test(
        arguments: [
            (choice(#""delta":{"tool_calls":\#(call)}"#) + chatEnd, made),
            (choice(#""delta":{"tool_calls":[\#(call)]}"#) + message(#""tool_calls":[\#(call)]"#), made),
            (message(#""tool_calls":[\#(call)]"#), made),
            (choice(#""delta":{"function_call":{"name":"find","arguments":"\#(x)"}}"#) + chatEnd, legacyMade),
            (
                choice(#""delta":{"function_call":{"name":"find","arguments":""}}"#)
                    + choice(#""delta":{"function_call":{"arguments":"{\"q\":"}}"#)
                    + choice(#""delta":{"function_call":{"arguments":"\"x\"}"}}"#)
                    + choice(#""delta":{},"finish_reason":"function_call""#), legacyMade
            ),
            (
                choice(#""delta":{"function_call":{"name":"find","arguments":"\#(x)"},"tool_calls":[\#(call)]}"#)
                    + chatEnd, made
            ),
        ]) func `the calls of a chat completion are made once, in every shape`(body: String, expected: PlayedStream)
    {
        Self.check(.chatCompletions, body, expected)
    }

    // Anthropic.

    private static func begin(_ text: String) -> String {
        event(#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"\#(text)"}}"#)
    }

    private static func deltas(_ texts: String...) -> String {
        texts.map { VendorStream.anthropic.words($0) }.joined()
    }

    private static let blockEnd = event(#"{"type":"content_block_stop","index":0}"#)

    @Test(
        arguments: [
            begin("Hello") + deltas("Hello", " there.") + blockEnd, begin("Hello") + deltas(" there.") + blockEnd,
            begin("Hello") + deltas("Hel", "lo there.") + blockEnd, begin("Hello there.") + blockEnd,
            begin("Hello") + begin("Hello") + deltas("Hello there."), begin("Hello there."),
            begin("Hello there.") + deltas("Hello there."), begin("Hello the") + deltas("re.") + blockEnd,
            begin("") + deltas("Hello") + event(#"{"type":"ping"}"#) + deltas(" there."),
        ]) func `words in the beginning of a block are said once`(body: String)
    {
        let vendor = VendorStream.anthropic
        Self.check(vendor, vendor.begin + body + vendor.end())
    }

    @Test(arguments: [
        #""Hello there.""#, #"{"type":"text","text":"Hello there."}"#, #"[{"type":"text","text":"Hello there."}]"#,
    ])
    func `the content of a whole message is a text, a block or a list of them`(content: String) {
        let body = #"{"type":"message","role":"assistant","content":\#(content),"stop_reason":"end_turn"}"#
        Self.check(.anthropic, body)
        Self.check(.anthropic, Self.event(body))
    }

    // Responses.

    private static func piece(_ text: String, _ members: String) -> String {
        event(#"{"type":"response.output_text.delta",\#(members),"delta":"\#(text)"}"#)
    }

    private static func item(_ id: String, _ text: String = "Hello there.") -> String {
        #"{"type":"message","id":"\#(id)","content":[{"type":"output_text","text":"\#(text)"}]}"#
    }

    private static func done(_ place: Int, _ item: String) -> String {
        event(#"{"type":"response.output_item.done","output_index":\#(place),"item":\#(item)}"#)
    }

    private static func completed(_ items: String..., status: String = "completed") -> String {
        let output = items.joined(separator: ",")
        return event(#"{"type":"response.completed","response":{"status":"\#(status)","output":[\#(output)]}}"#)
    }

    private static let reasoning = #"{"type":"reasoning","id":"r1","summary":[]}"#
    private static let m1 = #""output_index":0,"item_id":"m1""#
    private static let pieces = piece("Hello ", m1) + piece("there.", m1)
    private static let rotating = piece("Hello ", #""item_id":"a""#) + piece("there.", #""item_id":"b""#)
    private static let wholes = [
        (#"response.output_text.done","text":"Hello there.""#), (#"response.refusal.done","refusal":"Hello there.""#),
        (#"response.content_part.done","part":{"type":"output_text","text":"Hello there."}"#),
        (#"response.content_part.done","part":{"type":"refusal","refusal":"Hello there."}"#),
    ].map { event(#"{"type":"\#($0),\#(m1),"content_index":0}"#) }

    @Test(
        arguments: [
            pieces + completed(reasoning, item("m9")), pieces + done(1, item("m9")) + completed(),
            pieces + done(1, item("m9")) + completed(reasoning, item("m8")),
            pieces + done(0, item("m1")) + done(0, item("m1")) + completed(item("m1")),
            rotating + completed(item("c")), rotating + done(1, item("b")) + completed(item("d")),
            rotating + done(1, item("c")) + completed(reasoning, item("d")),
            piece("Hello ", #""output_index":1,"item_id":"a""#) + piece("there.", #""output_index":1,"item_id":"b""#)
                + completed(item("c")),
            done(0, item("a", "Hello ")) + done(0, item("b", "there.")) + completed(),
            done(0, item("a", "Hello ")) + done(1, item("b", "there."))
                + completed(item("a", "Hello "), item("b", "there.")),
            completed(item("a", "Hello "), item("b", "there.")), pieces + completed(item("m1"), status: "in_progress"),
            completed(#"{"type":"message","content":"Hello there."}"#),
            pieces + wholes.joined() + done(0, item("m1")) + completed(item("m1")),
        ] + wholes.map { $0 + completed() } + wholes.map { $0 + $0 + done(0, item("m1")) + completed(item("m9")) })
    func `the words of a response are said once, in every shape`(body: String) { Self.check(.responses, body) }

    @Test func `two messages with the same words are both said`() {
        let body = Self.done(0, Self.item("a", "Yes. ")) + Self.done(1, Self.item("b", "Yes. "))
        let whole = Self.completed(Self.item("a", "Yes. "), Self.item("b", "Yes. "))
        for body in [body + Self.completed(), body + whole, whole] {
            Self.check(.responses, body, PlayedStream(words: "Yes. Yes. ", end: .end))
        }
    }

    @Test func `messages whose ids change with each piece stay one, however many there are`() {
        let count = ModelLimits.responseItemsMax + 50
        let body = (0..<count).map { Self.piece("ab", #""item_id":"\#($0)""#) }.joined()
        let words = String(repeating: "ab", count: count)
        Self.check(.responses, body + Self.completed(Self.item("z", words)), PlayedStream(words: words, end: .end))
    }

    // Gemini.

    @Test(
        arguments: [(1, .end), (2, .length), (3, .filtered), (5, nil), (8, .filtered)]
            as [(Int, ChatOutcome.StopReason?)])
    func `Google's reasons to stop may be numbers`(number: Int, end: ChatOutcome.StopReason?) {
        let vendor = VendorStream.gemini
        let body =
            vendor.words("Hello there.") + Self.event(#"{"candidates":[{"finishReason":\#(number)}]}"#)
        let failure: ProviderFailure.Code? = end == nil ? .serverError : nil  // "other" says that it was cut
        Self.check(vendor, body, PlayedStream(words: "Hello there.", end: end, failure: failure))
    }

    @Test(arguments: [#"{"finishReason":"STOP"}"#, #"{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}"#])
    func `an answer of Google's that stops without any part is asked for again`(candidate: String) {
        let vendor = VendorStream.gemini, stop = Self.event(#"{"candidates":[\#(candidate)]}"#)
        Self.check(vendor, stop, PlayedStream(isTriedAgain: true))
        Self.check(vendor, stop + vendor.words("Hello there.") + vendor.end())
    }
}
