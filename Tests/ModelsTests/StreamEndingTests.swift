import Models
import Services
import Testing

/// Where an answer ends, in the ways in which servers tell it, and what of a stream is no part of it.
@Suite struct StreamEndingTests {
    private static func delta(_ words: String, _ reason: String? = nil) -> String {
        let reason = reason.map { "\"\($0)\"" } ?? "null"
        return #"data: {"choices":[{"index":0,"delta":{"content":"\#(words)"},"finish_reason":\#(reason)}]}"# + "\n\n"
    }
    private static let done = "data: [DONE]\n\n"

    private static func play(_ body: String) -> PlayedStream { PlayedStream(Array(body.utf8)) }

    private static func play(_ vendor: VendorStream, _ body: String) -> PlayedStream {
        PlayedStream(Array(body.utf8), in: vendor.dialect)
    }

    @Test(arguments: ["null", "None", "FINISH_REASON_UNSPECIFIED", ""])
    func `a word for no reason is none`(word: String) {
        let half = Self.delta("Half one, ", word) + Self.delta("half two.", word)
        #expect(
            Self.play(half + Self.delta("", "stop") + Self.done)
                == PlayedStream(words: "Half one, half two.", end: .end))
        #expect(Self.play(half) == PlayedStream(words: "Half one, half two.", failure: .interrupted))
    }

    @Test func `a stop with each piece is none before the last`() {
        let each = Self.delta("Half one, ", "stop") + Self.delta("half two.", "stop") + Self.done
        #expect(Self.play(each) == PlayedStream(words: "Half one, half two.", end: .end))
        let early = Self.delta("", "stop") + Self.delta("Hello there.") + Self.delta("", "stop") + Self.done
        #expect(Self.play(early) == PlayedStream(words: "Hello there.", end: .end))
        let cut = Self.delta("Half an ", "stop") + Self.delta("ans", "length") + Self.done
        #expect(Self.play(cut) == PlayedStream(words: "Half an ans", end: .length))
        let alone = Self.delta("Hello.") + Self.delta("", "stop") + Self.delta(" late") + Self.done
        #expect(Self.play(alone) == PlayedStream(words: "Hello.", end: .end))
        let later = Self.delta("Hello.") + Self.delta("", "stop") + Self.delta("", "content_filter") + Self.done
        #expect(Self.play(later) == PlayedStream(words: "Hello.", end: .filtered))
    }

    @Test(arguments: [("MAX_TOKENS", .length), ("SAFETY", .filtered)] as [(String, ChatOutcome.StopReason)])
    func `the last reason of Google's counts`(reason: String, end: ChatOutcome.StopReason) {
        func event(_ part: String, _ reason: String) -> String {
            #"data: {"candidates":[{"content":{"parts":[\#(part)]},"finishReason":"\#(reason)"}]}"# + "\n\n"
        }
        let words = event(#"{"text":"Half an "}"#, "STOP") + event(#"{"text":"ans"}"#, reason)
        #expect(Self.play(.gemini, words) == PlayedStream(words: "Half an ans", end: end))
        let call = event(#"{"text":"Let me "}"#, "STOP") + event(#"{"functionCall":{"name":"f","args":{}}}"#, reason)
        #expect(Self.play(.gemini, call) == PlayedStream(words: "Let me ", end: end), "half a call may be another one")
    }

    @Test(
        arguments: [
            ("truncated", .length), ("max_length", .length), ("output_limit", .length), ("pause_turn", .length),
            ("content_filter: RECITATION", .filtered), ("PROHIBITED_CONTENT", .filtered), ("SPII", .filtered),
            ("guardrail_intervened", .filtered), ("LANGUAGE", .filtered), ("tool_use", .end),
        ] as [(String, ChatOutcome.StopReason)])
    func `a vendor's own word is read by what is in it`(word: String, end: ChatOutcome.StopReason) {
        let played = Self.play(Self.delta("Half") + Self.delta("", word) + Self.done)
        #expect(played == PlayedStream(words: "Half", end: word == "tool_use" ? .toolCalls : end))
    }

    @Test(arguments: [
        "failed", "incomplete", "unavailable", "rate_limited", "engine_crash", "client_disconnect", "load",
    ])
    func `a word for a failure is none for an end`(word: String) {
        let half = Self.play(Self.delta("Half") + Self.delta("", word) + Self.done)
        #expect(half == PlayedStream(words: "Half", failure: .serverError))
        #expect(Self.play(Self.delta("", word) + Self.done) == PlayedStream(isTriedAgain: true))
    }

    @Test(arguments: VendorStream.allCases)
    func `an event that the end of the stream cuts off is a cut`(vendor: VendorStream) {
        let body = vendor.begin + vendor.words("Half an ans") + vendor.words("wer").dropLast(9)
        #expect(Self.play(vendor, body) == PlayedStream(words: "Half an ans", failure: .interrupted))
    }

    @Test(arguments: VendorStream.allCases)
    func `control characters and wrong escapes cost no words`(vendor: VendorStream) {
        let body = vendor.begin + vendor.words("a\tb\u{0}, it\\'s \\x41 \\u12 b") + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "a\tb\u{0}, it's \\x41 \\u12 b", end: .end))
        let call = vendor.begin + vendor.call("find", "{\"q\":\"x\ty\"}") + vendor.end(.calls)
        #expect(Self.play(vendor, call).calls.map(\.arguments.count) == [vendor == .gemini ? 12 : 11])
    }

    @Test(arguments: VendorStream.allCases, ["null", "[]", "\"x\"", "ping", "[KEEPALIVE]", "7"])
    func `what is no object is passed over`(vendor: VendorStream, odd: String) {
        let odd = "data: \(odd)\n\n"
        let body = odd + vendor.begin + odd + vendor.words("Hello") + odd + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "Hello", end: .end))
    }

    @Test
    func `events without an empty line between them are read line by line, and a mark of the order of bytes is none`() {
        let lines = (Self.delta("Hel") + Self.delta("lo") + Self.delta("", "stop")).replacing("\n\n", with: "\n")
        #expect(Self.play(lines + "\n") == PlayedStream(words: "Hello", end: .end))
        #expect(Self.play("\u{FEFF}" + Self.delta("Hello", "stop")) == PlayedStream(words: "Hello", end: .end))
        let whole = #"{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}"#
        #expect(Self.play("\u{FEFF}" + whole) == PlayedStream(words: "Hello", end: .end))
    }

    @Test(arguments: VendorStream.allCases)
    func `events with one line end between them are read one by one, with what is between them`(vendor: VendorStream) {
        let body = vendor.begin + vendor.words("Hel") + "data: ping\n\n" + vendor.words("lo") + vendor.end()
        let lines = body.replacing("\r\n", with: "\n").replacing("\n\n", with: "\n")
        #expect(Self.play(vendor, lines + "\n") == PlayedStream(words: "Hello", end: .end))
        #expect(Self.play(vendor, lines) == PlayedStream(words: "Hello", end: .end))
        let bare = lines.split(separator: "\n").filter { !$0.hasPrefix("event:") }
            .map { $0.replacing("data: ", with: "", maxReplacements: 1) }
        #expect(Self.play(vendor, bare.joined(separator: "\n")) == PlayedStream(words: "Hello", end: .end))
        let cut = (vendor.begin + vendor.words("Half an ans") + vendor.words("wer").trimmed.dropLast(9))
            .replacing("\r\n", with: "\n").replacing("\n\n", with: "\n")
        #expect(Self.play(vendor, cut) == PlayedStream(words: "Half an ans", failure: .interrupted))
    }

    @Test(arguments: VendorStream.allCases)
    func `numbers that JSON has none for spoil nothing`(vendor: VendorStream) {
        let numbers = #","logprobs":NaN,"least":[-Infinity,Infinity]}"# + "\n\n"
        let body = vendor.begin + vendor.words("NaN, -Infinity").trimmed.dropLast() + numbers + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "NaN, -Infinity", end: .end))
    }

    @Test(arguments: [1, 2, 3, 1000])
    func `a mark of the order of bytes may come in pieces`(piece: Int) {
        func play(_ vendor: VendorStream, _ body: String) -> PlayedStream {
            PlayedStream(Array("\u{FEFF}\(body)".utf8), in: vendor.dialect, piece: piece)
        }
        let hello = PlayedStream(words: "Hello", end: .end)
        for vendor in VendorStream.allCases {
            #expect(play(vendor, vendor.begin + vendor.words("Hello") + vendor.end()) == hello, "\(vendor)")
        }
        let pretty = "{\n\n\"choices\":[\n\n{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}"
        #expect(play(.chatCompletions, pretty) == hello)
        let first = #"{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}"#
        let last = #"{"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}]}"#
        #expect(play(.gemini, "[\(first)\n,\n\(last)\n]") == hello)
    }

    @Test(
        arguments: VendorStream.allCases,
        ["{\"choices\":[{\"message\":{\"content\":\"Half", "[{\"a\":{}", "{\"a\":1}\n{\"a"])
    func `half a document is a cut`(vendor: VendorStream, document: String) {
        #expect(Self.play(vendor, document) == PlayedStream(failure: .interrupted))
    }

    @Test(arguments: VendorStream.allCases)
    func `an object that cannot be read may have held words, so the answer has failed`(vendor: VendorStream) {
        let broken = "data: {\"a\":\n\n"
        let body = vendor.begin + vendor.words("Hel") + broken + vendor.words("lo") + vendor.end()
        #expect(Self.play(vendor, body) == PlayedStream(words: "Hel", failure: .malformed))
        #expect(Self.play(vendor, broken) == PlayedStream(failure: .malformed))
    }
}

extension String {
    /// Without line ends behind it.
    fileprivate var trimmed: Substring { self[..<(lastIndex { !$0.isNewline }.map(index(after:)) ?? startIndex)] }
}
