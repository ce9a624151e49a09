import Models
import Services
import Testing

/// Which of an answer's stops counts, and what it outlasts, at the vendors that tell one apart from the end.
@Suite struct AnswerStopTests {
    /// The vendors that tell a stop in an event of its own.
    private static let vendors: [VendorStream] = [.chatCompletions, .anthropic, .gemini]
    private static let reset: ProviderCall.Event = .broken("connection reset")

    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    private static func stop(_ vendor: VendorStream, _ reason: String) -> String {
        switch vendor {
        case .chatCompletions: event(#"{"choices":[{"index":0,"delta":{},"finish_reason":"\#(reason)"}]}"#)
        case .anthropic: event(#"{"type":"message_delta","delta":{"stop_reason":"\#(reason)"}}"#)
        case .gemini: event(#"{"candidates":[{"content":{"parts":[]},"finishReason":"\#(reason)"}]}"#)
        case .responses:
            event(
                #"{"type":"response.incomplete","response":{"status":"incomplete","#
                    + #""incomplete_details":{"reason":"\#(reason)"}}}"#)
        }
    }

    /// Words with a stop in one event.
    private static func words(_ text: String, _ reason: String, at vendor: VendorStream = .chatCompletions) -> String {
        vendor == .gemini
            ? event(#"{"candidates":[{"content":{"parts":[{"text":"\#(text)"}]},"finishReason":"\#(reason)"}]}"#)
            : event(#"{"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":"\#(reason)"}]}"#)
    }

    private static func done(_ vendor: VendorStream) -> String {
        switch vendor {
        case .chatCompletions: "data: [DONE]\n\n"
        case .anthropic: event(#"{"type":"message_stop"}"#)
        case .responses, .gemini: ""
        }
    }

    private static func check(
        _ vendor: VendorStream, _ body: String, _ ending: ProviderCall.Event, _ right: PlayedStream,
        at place: SourceLocation = #_sourceLocation
    ) {
        for piece in [1, 7, Int.max] {
            let played = PlayedStream(Array(body.utf8), in: vendor.dialect, piece: piece, ending: ending)
            #expect(played == right, "in pieces of \(piece)", sourceLocation: place)
        }
    }

    private static func check(
        _ vendor: VendorStream, _ body: String, _ right: PlayedStream, at place: SourceLocation = #_sourceLocation
    ) {
        check(vendor, body, .completed, right, at: place)
    }

    @Test(arguments: vendors)
    func `a stop behind a cut makes no end of it`(vendor: VendorStream) {
        let length = vendor == .gemini ? "MAX_TOKENS" : vendor == .anthropic ? "max_tokens" : "length"
        let filter = vendor == .gemini ? "SAFETY" : vendor == .anthropic ? "refusal" : "content_filter"
        let stop = vendor == .anthropic ? "end_turn" : "STOP", half = vendor.begin + vendor.words("Half")
        for (reason, end) in [(length, .length), (filter, .filtered)] as [(String, ChatOutcome.StopReason)] {
            let both = Self.stop(vendor, reason) + Self.stop(vendor, stop) + Self.done(vendor)
            Self.check(vendor, half + both, PlayedStream(words: "Half", end: end))
            let other = Self.stop(vendor, stop) + Self.stop(vendor, reason) + Self.done(vendor)
            Self.check(vendor, half + other, PlayedStream(words: "Half", end: end))
            Self.check(vendor, vendor.begin + both, PlayedStream(end: end))
        }
    }

    @Test(arguments: vendors)
    func `an answer behind a stop is whole with the mark of the end or a stop of its own`(vendor: VendorStream) {
        let stop = Self.stop(vendor, vendor == .anthropic ? "end_turn" : "STOP")
        let early = vendor.begin + stop + vendor.words("Half an ") + vendor.words("answer")
        Self.check(vendor, early + stop + Self.done(vendor), PlayedStream(words: "Half an answer", end: .end))
        Self.check(vendor, early + stop, PlayedStream(words: "Half an answer", end: .end))
        if vendor != .gemini {
            Self.check(vendor, early + Self.done(vendor), PlayedStream(words: "Half an answer", end: .end))
        }
        let cut = PlayedStream(words: "Half an answer", failure: .interrupted)
        for ending in [.completed, Self.reset] { Self.check(vendor, early, ending, cut) }
        let failed = PlayedStream(words: "Half an answer", failure: .serverError)
        Self.check(vendor, early + vendor.error("busy", overload: true), failed)
    }

    @Test(arguments: [VendorStream.chatCompletions, .gemini])
    func `where each piece has a stop, what breaks off is cut`(vendor: VendorStream) {
        let half = Self.words("Half an ", "STOP", at: vendor) + Self.words("ans", "STOP", at: vendor)
        Self.check(vendor, half, PlayedStream(words: "Half an ans", end: .end))
        Self.check(vendor, half, Self.reset, PlayedStream(words: "Half an ans", failure: .interrupted))
        Self.check(vendor, half, .silent, PlayedStream(words: "Half an ans", failure: .idleTimeout))
        let error = vendor.error("busy", overload: true)
        Self.check(vendor, half + error, PlayedStream(words: "Half an ans", failure: .serverError))
        let alone = half + Self.stop(vendor, "STOP")
        Self.check(vendor, alone + error, PlayedStream(words: "Half an ans", end: .end))
        Self.check(vendor, alone, Self.reset, PlayedStream(words: "Half an ans", end: .end))
    }

    @Test func `an error behind a stop that Google's older models tell with each piece counts`() {
        let error = VendorStream.gemini.error("busy", overload: true)
        let only = Self.words("Half an ", "STOP", at: .gemini)
        Self.check(.gemini, only + error, PlayedStream(words: "Half an ", failure: .serverError))
        Self.check(.gemini, only, Self.reset, PlayedStream(words: "Half an ", end: .end))
        let later = VendorStream.gemini.words("Hello ") + Self.words("there.", "STOP", at: .gemini)
        Self.check(.gemini, later + error, PlayedStream(words: "Hello there.", end: .end))
        let usage = Self.event(#"{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":3}}"#)
        Self.check(.gemini, only + usage + error, PlayedStream(words: "Half an ", end: .end))
    }

    @Test(arguments: [VendorStream.chatCompletions, .gemini])
    func `a failure that is told with the last piece is one, whatever stood with those before`(vendor: VendorStream) {
        let body = Self.words("Half ", "stop", at: vendor) + Self.words("ans", "ERROR", at: vendor) + Self.done(vendor)
        Self.check(vendor, body, PlayedStream(words: "Half ans", failure: .serverError))
    }

    @Test func `what follows the last word, told with its stop, changes nothing`() {
        let vendor = VendorStream.chatCompletions, hello = PlayedStream(words: "Hello", end: .end)
        let whole = Self.words("Hello", "stop")
        Self.check(vendor, whole, Self.reset, hello)
        Self.check(vendor, whole + vendor.error("busy", overload: true), hello)
        Self.check(vendor, whole + "data: {\"cho\n\n", hello)
        Self.check(vendor, whole + "data: {\"cho\n\n" + Self.done(vendor), hello)
        // But words behind an event that cannot be read may be half of what was said.
        let lost = whole + "data: {\"cho\n\n" + Self.words(" there", "stop") + Self.done(vendor)
        Self.check(vendor, lost, PlayedStream(words: "Hello", failure: .malformed))
    }

    @Test func `a line over its limit behind the end changes nothing`() {
        let long = String(repeating: "x", count: ModelLimits.eventBytesMax + 1)
        for vendor in Self.vendors {
            let body = Array((vendor.begin + vendor.words("Hello") + vendor.end() + long).utf8)
            let played = PlayedStream(body, in: vendor.dialect, piece: 1 << 14)
            #expect(played == PlayedStream(words: "Hello", end: .end), "\(vendor)")
        }
    }

    @Test func `a call whose arguments go on behind its stop is made in whole or not at all`() {
        func piece(_ call: String, _ reason: String) -> String {
            Self.event(
                #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,\#(call)}]},"finish_reason":\#(reason)}]}"#)
        }
        let head = piece(#""id":"c","function":{"name":"find","arguments":"{\"q\":"}"#, #""tool_calls""#)
        let vendor = VendorStream.chatCompletions, tail = piece(#""function":{"arguments":"1}"}"#, "null")
        let call = ToolCall(id: "c", name: "find", arguments: "{\"q\":1}")
        Self.check(vendor, head + tail + Self.done(vendor), PlayedStream(end: .toolCalls, calls: [call]))
        for ending in [.completed, Self.reset] {
            Self.check(vendor, head + tail, ending, PlayedStream(failure: .interrupted))
        }
    }

    @Test(arguments: vendors, ["null", "None", "NULL", "STOP_REASON_UNSPECIFIED"])
    func `a word for no reason is none, at every vendor`(vendor: VendorStream, word: String) {
        let half = vendor.begin + vendor.words("Half") + Self.stop(vendor, word)
        let cut = PlayedStream(words: "Half", failure: .interrupted)
        Self.check(vendor, half + Self.done(vendor), cut)
        Self.check(vendor, half + vendor.end(.length), PlayedStream(words: "Half", end: .length))
    }

    @Test(arguments: vendors, ["OTHER", "unknown", "ERROR", "engine_crash"])
    func `an end of which nobody knows the reason is a failure`(vendor: VendorStream, word: String) {
        let stop = Self.stop(vendor, word) + Self.done(vendor)
        let half = vendor.begin + vendor.words("Half") + stop
        Self.check(vendor, half, PlayedStream(words: "Half", failure: .serverError))
        Self.check(vendor, vendor.begin + stop, PlayedStream(isTriedAgain: true))
    }

    @Test func `a response that is cut for an unknown reason is cut`() {
        for word in ["null", "None", "max_output_tokens", "token_limit"] {
            let body = VendorStream.responses.words("Half") + Self.stop(.responses, word)
            Self.check(.responses, body, PlayedStream(words: "Half", end: .length))
        }
    }
}
