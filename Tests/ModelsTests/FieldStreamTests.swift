import Models
import Services
import Testing

/// Streams as vendors and model servers have really sent them, each with the outcome that is right.
struct FieldStreamTests {
    private static func delta(_ json: String) -> String {
        #"data: {"choices":[{"index":0,"delta":\#(json),"finish_reason":null}]}"# + "\n\n"
    }
    private static func words(_ text: String) -> String { delta(#"{"content":"\#(text)"}"#) }
    private static func end(_ reason: String) -> String {
        #"data: {"choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}]}"# + "\n\n"
    }
    private static func calls(_ json: String) -> String { delta(#"{"tool_calls":[\#(json)]}"#) }
    private static let done = "data: [DONE]\n\n", stop = end("stop")

    private typealias Outcome = PlayedStream

    /// Plays a body in pieces of a length.
    private static func play(_ body: String, piece: Int = .max, status: Int = 200) -> Outcome {
        PlayedStream(Array(body.utf8), piece: piece, status: status)
    }

    private static func play(_ body: [UInt8], piece: Int = .max, status: Int = 200) -> Outcome {
        PlayedStream(body, piece: piece, status: status)
    }

    @Test(
        arguments: [
            delta(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#)
                + delta(#"{"content":[{"type":"text","text":"Hello"}]}"#) + words(" there"),
            delta(#"{"content":[]}"#) + delta(#"{"content":[{"type":"citation"},7,null]}"#) + words("Hello there"),
            delta(#"{"content":{"text":"odd"},"tool_calls":"none"}"#) + words("Hello there"),
            "data: {\"choices\":\"none\"}\n\ndata: {\"object\":\"ping\",\"choices\":[7]}\n\n" + words("Hello there"),
            delta(#"{"refusal":"Hello there","content":null}"#),
        ]) func `words are read in every shape, and what is unknown is passed over`(body: String)
    {
        #expect(Self.play(body + Self.stop + Self.done) == Outcome(words: "Hello there", end: .end))
    }

    @Test(arguments: ["", Self.done, Self.end(""), Self.end("") + Self.done])
    func `half an answer without a reason is cut, however the stream ends`(end: String) {
        #expect(Self.play(Self.words("Half") + end) == Outcome(words: "Half", failure: .interrupted))
    }

    @Test(arguments: ["error", "abort", "insufficient_system_resource", "network_error", "ERROR", "cancelled"])
    func `an answer that the vendor could not finish is none`(reason: String) {
        #expect(
            Self.play(Self.words("Half") + Self.end(reason) + Self.done)
                == Outcome(words: "Half", failure: .serverError))
        let half = Self.calls(#"{"index":0,"id":"1","function":{"name":"f","arguments":"{\"x\""}}"#)
        #expect(Self.play(half + Self.end(reason) + Self.done) == Outcome(failure: .serverError))
        #expect(Self.play(half + Self.done) == Outcome(failure: .interrupted))
        #expect(Self.play(Self.end(reason) + Self.done) == Outcome(isTriedAgain: true))
    }

    @Test(
        arguments: [("stop", .end), ("STOP", .end), ("eos", .end), ("model_length", .length), ("sensitive", .filtered)]
            as [(String, ChatOutcome.StopReason)])
    func `the vendors' words for an end are understood`(reason: String, expected: ChatOutcome.StopReason) {
        #expect(Self.play(Self.words("Hi") + Self.end(reason)) == Outcome(words: "Hi", end: expected))
    }

    @Test(arguments: [
        #"{"error":{"message":"quota exceeded","code":402}}"#, "\n [{\"error\":{\"message\":\"x\",\"code\":402}}]",
    ])
    func `an error told with the status of success is what it says`(body: String) {
        for piece in [1, 7, Int.max] { #expect(Self.play(body, piece: piece) == Outcome(failure: .rateLimited)) }
    }

    @Test func `an answer that is not streamed is read all the same`() {
        let body = """
            {"object": "chat.completion",
             "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}
            """
        for piece in [1, 7, Int.max] {
            #expect(Self.play(body, piece: piece) == Outcome(words: "Hello", end: .end))
        }
    }

    @Test(arguments: ["\n", ""]) func `the last event needs no blank line`(rest: String) {
        let last = #"data: {"choices":[{"delta":{"content":" there"},"finish_reason":"stop"}]}"#
        #expect(Self.play(Self.words("Hello") + last + rest) == Outcome(words: "Hello there", end: .end))
    }

    @Test(arguments: [
        "data: [DONE] \n\n", "data:  [DONE]\n\n", "data: [DONE]\t\n\n", "data: {\n\n",
        "data: {\"error\":{\"message\":\"late\"}}\n\n", "data: {\"choices\":[{\"delta\":{\"content\":\"late\"}}]}\n\n",
    ])
    func `a finished answer stays one whatever follows`(rest: String) {
        #expect(Self.play(Self.words("Hello") + Self.stop + rest) == Outcome(words: "Hello", end: .end))
    }

    @Test(
        arguments: [
            (#""arguments":{"id":"x"}"#, #"{"id":"x"}"#), (#""arguments":null"#, "{}"), (#""arguments":"""#, "{}"),
            (#""arguments":" ""#, "{}"), (#""parameters":{}"#, "{}"), (#""arguments":"{\"id\":1}""#, #"{"id":1}"#),
        ]) func `arguments are read in every shape`(arguments: String, expected: String)
    {
        let call = Self.calls(#"{"index":0,"id":"1","function":{"name":"f",\#(arguments)}}"#)
        #expect(
            Self.play(call + Self.end("tool_calls") + Self.done)
                == Outcome(end: .toolCalls, calls: [ToolCall(id: "1", name: "f", arguments: expected)]))
    }

    @Test(
        arguments: [
            // Without index and id, in two events; of two tools, and of one.
            (
                [#"{"function":{"name":"f","arguments":"{}"}}"#, #"{"function":{"name":"g","arguments":"{}"}}"#],
                ["f{}", "g{}"]
            ), ([#"{"function":{"name":"f"}}"#, #"{"function":{"name":"g"}}"#], ["f{}", "g{}"]),
            (
                [#"{"function":{"name":"f","arguments":"{\"x\":"}}"#, #"{"function":{"arguments":"1}"}}"#],
                [#"f{"x":1}"#]
            ),
            // A continuation under another index, an index as a text, whole calls under one index.
            (
                [
                    #"{"index":0,"id":"1","function":{"name":"f","arguments":"{\"x\":"}}"#,
                    #"{"index":1,"function":{"arguments":"1}"}}"#,
                ], [#"f{"x":1}"#]
            ),
            (
                [
                    #"{"index":"0","id":"1","function":{"name":"f","arguments":"{\"x\":"}}"#,
                    #"{"index":"0","function":{"arguments":"1}"}}"#,
                ], [#"f{"x":1}"#]
            ),
            (
                [
                    #"{"index":0,"function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                    #"{"index":0,"function":{"name":"f","arguments":"{\"x\":2}"}}"#,
                ], [#"f{"x":1}"#, #"f{"x":2}"#]
            ),
            // The whole call once more at its end.
            (
                [
                    #"{"index":0,"id":"1","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                    #"{"index":0,"id":"1","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                ], [#"f{"x":1}"#]
            ),
            (["7", "null", #"{"index":0,"id":"1","function":{"name":"f"}}"#], ["f{}"]),
        ]) func `pieces belong to the calls that their servers mean`(pieces: [String], expected: [String])
    {
        let outcome = Self.play(pieces.map(Self.calls).joined() + Self.end("tool_calls") + Self.done)
        #expect(outcome.calls.map { $0.name + $0.arguments } == expected && outcome.failure == nil)
    }

    @Test(
        arguments: [
            ("<think>nothing to add</think>\\n/pass", "/pass"), ("</think>\\n/pass", "/pass"),
            ("\\n<think>\\nhm <b> </thin> hm</think>\\n\\nHello", "Hello"), ("<think>never ended", ""),
            ("A model says <think> first</think>.", "A model says <think> first</think>."), ("<thin", "<thin"),
            ("<thinking hard>", "<thinking hard>"), ("<think></think>", ""), ("<", "<"),
            ("[THINK]hm[/THINK]Hello", "Hello"), ("[/THINK]\\nHello", "Hello"), ("[THINKER]", "[THINKER]"),
            ("<thinking>hm</think> hm</thinking>\\nHello", "Hello"), ("<thought>hm</thought>Hello", "Hello"),
            ("<reasoning>hm</reasoning>Hello", "Hello"), ("<mm:think>hm</mm:think>Hello", "Hello"),
            ("<seed:think>hm</seed:think>Hello", "Hello"), ("<think>a</think>\\n\\n<think>b</think>\\nHello", "Hello"),
            ("<think>a</think>\\n<b>Hello", "<b>Hello"), ("<think>a</think>\\n <", "<"),
            ("<Think>hm</THINK>Hello", "Hello"), ("<analysis>hm</analysis>\\nHello", "Hello"),
            ("[Think] hm", "[Think] hm"),
            ("◁think▷hm◁/think▷Hello ◁ 😀", "Hello ◁ 😀"), ("◁", "◁"), ("◁tea▷", "◁tea▷"),
            ("<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>Hello <|x|>.<|END_RESPONSE|>", "Hello <|x|>."),
            ("<|START_RESPONSE|>Hello", "Hello"), ("<|START_RESPONSE|>Hello<|END_", "Hello<|END_"),
            ("<|channel>thought\\nhm<channel|>Hello", "Hello"), ("<|channel>thought\\n<channel|>\\nHello", "Hello"),
            ("thought\\nhm\\n<channel|>Hello", "Hello"), ("thought\\nHello", "Hello"), ("thoughtful", "thoughtful"),
            ("thought experiments\\nhm", "thought experiments\\nhm"), ("Thought\\nhm", "Thought\\nhm"),
        ]) func `thinking at the head is taken out in pieces of any length`(text: String, expected: String)
    {
        let words = text.replacing("\\n", with: "\n")
        for length in [1, 3, 100] {
            var body = "", rest = words[...]
            while !rest.isEmpty {
                body += Self.words(String(rest.prefix(length)).replacing("\n", with: "\\n"))
                rest = rest.dropFirst(length)
            }
            let outcome = Outcome(words: expected.replacing("\\n", with: "\n"), end: .end)
            #expect(Self.play(body + Self.stop + Self.done) == outcome, "by \(length)")
        }
    }

    @Test(
        arguments: [
            ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello", "Hello"),
            ("<|channel|>final<|message|>Hello < there<|return|>", "Hello < there"),
            (
                "analysis<|message|>hm<|end|>" + String(repeating: " ", count: 300)
                    + "<|channel|>final<|message|>Hello", "Hello"
            ),
            ("<|start|>assistant<|channel|>final<|message|>Hello<|end|>\n", "Hello"), ("<|message|>Hello", "Hello"),
            ("analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Hello", "Hello"),
            (
                "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|><|start|>assistant"
                    + "<|channel|>final <|constrain|>json<|message|>{\"a\":1}", "{\"a\":1}"
            ),
            (
                "<|channel|>final<|message|>Hello<|end|><|start|>assistant<|channel|>analysis<|message|>hm<|end|>"
                    + "<|start|>assistant<|channel|>final<|message|>there", "Hello\n\nthere"
            ), ("<|channel|>analysis<|message|>never ended", ""), ("<|channel|>analysis<|message|>hm<|end|>", ""),
            // What only speaks of the marks stays.
            ("<|channel|> names the channel.\nSo it is.", "<|channel|> names the channel.\nSo it is."),
            ("<|channel|>", "<|channel|>"), ("analysis of it", "analysis of it"), ("final", "final"),
            ("Then <|channel|>final<|message|>", "Then <|channel|>final<|message|>"),
            ("<|channel|>final<|message|>It ends <|end|> there.", "It ends <|end|> there."),
        ]) func `of the messages of a model the words are those of the final channel`(text: String, expected: String)
    {
        for length in [1, 3, 7, 200] {
            var body = "", rest = text[...]
            while !rest.isEmpty {
                let piece = rest.prefix(length).replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
                body += Self.words(String(piece))
                rest = rest.dropFirst(length)
            }
            #expect(Self.play(body + Self.stop + Self.done) == Outcome(words: expected, end: .end), "by \(length)")
        }
    }

    @Test(
        arguments: [
            ("Let me see.\nTwo.\n</think>\n\nIt is two.", "It is two."), ("hm</think>\n\nIt is two.", "It is two."),
            ("hm\n[/THINK]It is two.", "It is two."), ("hm\r\n</think>\r\nIt is two.", "It is two."),
            ("Write <think>hm</think>\nand more.", nil), ("Close with `</think>`\nand more.", nil),
            ("Like this:\n```\n</think>\n```\nand more.", nil), ("hm\n</think>\n\n", nil), ("It </think> is", nil),
            ("It is two.", nil), ("", nil), ("hm\n</think>\nIt is.\n</think>\nTwo.", "It is.\n</think>\nTwo."),
            ("hm\n</Think>\nTwo.", "Two."), ("hm\n◁/think▷Two.", "Two."), ("Hm. </think>\nTwo.", "Two."),
            ("So: two.\n\n</think>\nTwo.", "Two."), ("hm\n</think> Two.", "Two."),
            // What only speaks of the mark stays.
            ("Your template ends so:\n</think>\nand then the answer begins.", nil),
            ("It ends so：\n\n</think>\n\nand then the answer begins.", nil),
            ("It ends with </think>\nand goes on.", nil),
            ("There are two:\n- <b>\n- </think>\nand no more.", nil), ("So:\n\n    </think>\n\nand no more.", nil),
            ("The mark\n</think> ends them.", nil), ("Append\n</think>\nto the prompt.", nil),
            ("<think time=\"3\">\nhm\n</think>\nTwo.", nil), ("hm\n<think/>\n</think>\nTwo.", nil),
            ("<analysis id=\"1\">\n<b/>\n</analysis>\nTwo.", nil), ("hm\n</analysis>\nTwo.", nil),
            ("hm.\n</think>\ntwo", "two"), ("hm\n</think>\n\ntwo", "two"),
        ] as [(String, String?)])
    func `thoughts whose beginning the server keeps are told when the answer ends, and held from then on`(
        text: String, answer: String?
    ) {
        let bytes = UnopenedThoughts.bytes(in: text)
        #expect(bytes.map { String(decoding: text.utf8.dropFirst($0), as: UTF8.self) } == answer)
        guard let answer else { return }
        for length in [1, 2, 5, 100] {
            var profile = Sample.profile()
            profile.beginsWithinThoughts = true
            var call = ProviderCall(to: profile, seed: 1), words = "", rest = text[...]
            _ = call.resume()
            _ = call.handle(.response(status: 200, retryAfter: nil))
            while !rest.isEmpty {
                let escaped = rest.prefix(length).replacing("\r\n", with: "\n").replacing("\n", with: "\\n")
                for case .text(let said) in call.handle(.bytes(Array(Self.words(String(escaped)).utf8))) {
                    words += said
                }
                rest = rest.dropFirst(length)
            }
            for case .text(let said) in call.handle(.bytes(Array((Self.stop + Self.done).utf8))) { words += said }
            #expect(words == answer && call.hasEndedUnopenedThoughts, "by \(length)")
        }
    }

    @Test(
        arguments: [
            ([true], false), ([true, true], true), ([true, false, true], false), ([true, true, true, false], false),
            ([true, true, true, false, true, true], true), ([], false), ([false], false),
        ] as [([Bool], Bool)])
    func `two answers in a row tell that a model begins within thoughts, until one does not`(
        answers: [Bool], isKnown: Bool
    ) {
        var habit = UnopenedThoughts.Habit()
        for answer in answers { habit.note(answer) }
        #expect(habit.isKnown == isKnown)
    }

    @Test(
        arguments: [
            ("Two.", .end, nil, false), ("hm\n</think>\nTwo.", .end, 13, true),
            ("hm\n</think>\nTwo.", .length, 13, true),
            ("hm", .length, nil, nil), ("I look.", .toolCalls, nil, nil), (" \n", .end, nil, nil),
        ] as [(String, ChatOutcome.StopReason, Int?, Bool?)])
    func `only a whole answer in words tells that it began with none`(
        text: String, stop: ChatOutcome.StopReason, bytes: Int?, isBegun: Bool?
    ) {
        let outcome = ChatOutcome(stopReason: stop, usage: nil, provider: "p", model: "m", thoughtBytes: bytes)
        #expect(UnopenedThoughts.areBegun(outcome, text) == isBegun)
    }

    @Test func `thoughts without end are read as far as they are likely`() {
        let marks = String(repeating: "<think></think>", count: 60_000)
        let played = Self.play(Self.words(marks) + Self.stop + Self.done)
        #expect(played.end == .end && played.words.utf8.count == 15 * (60_000 - 65))
    }

    @Test(arguments: ["It is two.", "<think>hm</think>\nIt is two.", "hm </thin> [/THIN"])
    func `an answer without thoughts of a model that begins within them is whole`(text: String) {
        var profile = Sample.profile()
        profile.beginsWithinThoughts = true
        for length in [1, 3, 100] {
            var call = ProviderCall(to: profile, seed: 1), words = "", rest = text[...]
            _ = call.resume()
            _ = call.handle(.response(status: 200, retryAfter: nil))
            while !rest.isEmpty {
                let piece = Self.words(String(rest.prefix(length)).replacing("\n", with: "\\n"))
                for case .text(let said) in call.handle(.bytes(Array(piece.utf8))) { words += said }
                rest = rest.dropFirst(length)
            }
            for case .text(let said) in call.handle(.bytes(Array((Self.stop + Self.done).utf8))) { words += said }
            #expect(words == (text.hasPrefix("<") ? "It is two." : text), "by \(length)")
        }
    }

    @Test(
        arguments: [
            (#""thought":true"#, "Hello"), (#""thought":"true""#, "Hello"), (#""thought":false"#, "hm Hello"),
            (#""thought":"false""#, "hm Hello"), (#""thought":null"#, "hm Hello"),
        ]) func `a part that Google marks as a thought is none of the answer`(mark: String, expected: String)
    {
        let parts = #"{"text":"hm ",\#(mark)},{"text":"Hello"}"#
        let body = #"data: {"candidates":[{"content":{"parts":[\#(parts)]},"finishReason":"STOP"}]}"# + "\n\n"
        #expect(PlayedStream(Array(body.utf8), in: VendorStream.gemini.dialect) == Outcome(words: expected, end: .end))
    }

    @Test(
        arguments: [
            (["\\ud83d", "\\ude00!"], "😀!"), (["a\\ud83d", "", "\\ude00"], "a😀"), (["\\ud83dx"], "\u{FFFD}x"),
            (["\\ude00"], "\u{FFFD}"), (["\\ud83d\\ude00"], "😀"), (["\\\\ud83d"], "\\ud83d"), (["\\ud83d"], ""),
        ]) func `a character is put together from two events`(pieces: [String], expected: String)
    {
        var outcome = Self.play(pieces.map(Self.words).joined() + Self.stop + Self.done)
        // Three replacements for the three bytes of a half are as good as one.
        outcome.words = outcome.words.replacing("\u{FFFD}\u{FFFD}\u{FFFD}", with: "\u{FFFD}")
        #expect(outcome == Outcome(words: expected, end: .end))
    }

    @Test(arguments: [1, 2, 3]) func `the bytes of a character may come in two events`(cut: Int) {
        let bytes = Array("😀".utf8)
        let open = Array(#"data: {"choices":[{"delta":{"content":""#.utf8), close = Array("\"}}]}\n\n".utf8)
        let first = open + Array("a".utf8) + bytes[..<cut] + close, second = open + bytes[cut...] + close
        let body = first + second + Array((Self.stop + Self.done).utf8)
        for piece in [1, 5, Int.max] { #expect(Self.play(body, piece: piece) == Outcome(words: "a😀", end: .end)) }
    }

    @Test(
        arguments: [
            (["reasoning_content": "Let "], ["reasoning_content": "me see"], #""reasoning_content":"Let me see""#),
            (["reasoning": "Let "], ["reasoning": "me see"], #""reasoning":"Let me see""#),
        ]) func `thoughts before a call go back to their vendor and to nobody else`(
            first: [String: String], second: [String: String], expected: String
        ) throws
    {
        func thought(_ keys: [String: String]) -> String {
            Self.delta("{" + keys.map { #""\#($0)":"\#($1)""# }.joined() + "}")
        }
        let call = Self.calls(#"{"index":0,"id":"1","function":{"name":"f","arguments":"{}"}}"#)
        let body = thought(first) + thought(second) + Self.words("I look.") + call + Self.end("tool_calls") + Self.done
        let sent = try Self.sentAgain(after: body)
        #expect(sent.contains(#"{"content":"I look.",\#(expected),"role":"assistant","tool_calls":["#))
    }

    @Test func `what comes beside a call goes back beside it`() throws {
        let signature = #""extra_content":{"google":{"thought_signature":"abc"}}"#
        let call = Self.calls(#"{"index":0,"id":"1","function":{"name":"f","arguments":"{}"},\#(signature)}"#)
        let other = Self.calls(#"{"index":1,"id":"2","function":{"name":"g","arguments":"{}"}}"#)
        let sent = try Self.sentAgain(after: call + other + Self.end("tool_calls"))
        #expect(sent.contains(#"{\#(signature),"function":{"arguments":"{}","name":"f"},"id":"1","type":"function"}"#))
        #expect(sent.contains(#"{"function":{"arguments":"{}","name":"g"},"id":"2","type":"function"}"#))
    }

    /// The request that tells of the calls of an answer.
    private static func sentAgain(after body: String) throws -> String {
        var call = ProviderCall(to: Sample.profile(), seed: 1), words = "", outcome: ChatOutcome?
        _ = call.resume()
        _ = call.handle(.response(status: 200, retryAfter: nil))
        for action in call.handle(.bytes(Array(body.utf8))) + call.handle(.completed) {
            if case .text(let text) = action { words += text }
            if case .finish(let whole) = action { outcome = whole }
        }
        let calls = try #require(outcome?.toolCalls)
        let content =
            outcome?.layout?.content(words: words, calls: calls) ?? [.text(words)] + calls.map(ContentPart.call)
        let request = Gateway.Chat.Request(
            id: "1",
            messages: [ChatMessage(.user, "hi"), ChatMessage(.assistant, content), ChatMessage(outcomeOf: "1", "done")])
        return try Sample.body(of: request)
    }
}
