import Models
import Services
import Testing

/// Drives one call as a transport would.
struct ProviderCallTests {
    private static let usage = TokenUsage(inputTokens: 9, outputTokens: 2)
    private static let ok = ProviderCall.Event.response(status: 200, retryAfter: nil)

    private static func settings(isSupervised: Bool) -> ProviderSettings {
        ProviderSettings(
            name: "p", url: "https://api.example/v1", model: "m", contextWindow: 1_000, tools: true,
            idleTimeoutMilliseconds: 30_000, isSupervised: isSupervised)
    }

    private static func call(isSupervised: Bool = false, seed: UInt64 = 1) -> ProviderCall {
        ProviderCall(
            to: ProviderProfile(settings(isSupervised: isSupervised), key: "sk-secret", model: nil), seed: seed)
    }

    private static func bytes(_ text: String) -> ProviderCall.Event { .bytes(Array(text.utf8)) }
    private static func delta(_ text: String) -> ProviderCall.Event {
        bytes(#"data: {"choices":[{"delta":{"content":"\#(text)"}}]}"# + "\n\n")
    }
    private static let stop = bytes(#"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\n")
    private static let cost = bytes(
        #"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}"# + "\n\n")
    private static let done = bytes("data: [DONE]\n\n")
    private static func refusal(_ message: String) -> ProviderCall.Event {
        bytes(#"{"error":{"message":"\#(message)"}}"#)
    }

    /// What an attempt comes to, in short.
    enum Outcome: Hashable {
        case text(String)
        case again
        case done(ChatOutcome.StopReason, TokenUsage?)
        case failed(ProviderFailure.Code)
    }

    private static func play(_ events: [ProviderCall.Event], isSupervised: Bool = false) -> [Outcome] {
        var call = call(isSupervised: isSupervised)
        #expect(call.resume() == [.send])
        return events.flatMap { call.handle($0) }.compactMap { action -> Outcome? in
            switch action {
            case .send, .sendCorrected, .taken: nil
            case .wait, .pause: .again
            case .text(let text): .text(text)
            case .finish(let outcome): .done(outcome.stopReason, outcome.usage)
            case .fail(let failure): .failed(failure.code)
            }
        }
    }

    @Test(
        arguments: [
            (
                [ok, delta("Hel"), delta("lo"), stop, cost, done, .completed],
                [.text("Hel"), .text("lo"), .done(.end, usage)]
            ),
            ([ok, delta("Hel"), stop, .completed], [.text("Hel"), .done(.end, nil)]),
            ([ok, delta("Hel"), stop, .broken("reset")], [.text("Hel"), .done(.end, nil)]),
            ([ok, delta("Hel"), .completed], [.text("Hel"), .failed(.interrupted)]),
            ([ok, delta("Hel"), .broken("reset")], [.text("Hel"), .failed(.interrupted)]),
            ([.broken("reset")], [.failed(.interrupted)]),
            ([ok, delta("Hel"), .silent], [.text("Hel"), .failed(.idleTimeout)]),
            ([.silent], [.failed(.idleTimeout)]),
            ([ok, delta("Hel"), .overdue], [.text("Hel"), .failed(.interrupted)]),
            ([ok, delta("Hel"), stop, .overdue], [.text("Hel"), .done(.end, nil)]),
            ([ok, delta("Hel"), stop, .silent], [.text("Hel"), .done(.end, nil)]),
            ([ok, delta("Hel"), bytes("data:\n\n"), stop, done], [.text("Hel"), .done(.end, nil)]),
            ([.response(status: 401, retryAfter: nil), refusal("x"), .silent], [.failed(.unauthorized)]),
            ([.response(status: 401, retryAfter: nil), refusal("x"), .broken("reset")], [.failed(.unauthorized)]),
            ([.response(status: 500, retryAfter: nil), .broken("reset")], [.again]),
            ([ok, delta("Hel"), bytes("data: {\n\n"), delta("lo")], [.text("Hel"), .failed(.malformed)]),
            ([ok, bytes("<html>"), .completed], [.failed(.malformed)]),
            ([.completed], [.failed(.malformed)]),
            (
                [ok, delta("Hel"), bytes("data: {\"error\":{\"message\":\"x\"}}\n\n"), done],
                [.text("Hel"), .failed(.serverError)]
            ),
            ([ok, bytes("data: {\"error\":{\"message\":\"x\"}}\n\n"), .completed], [.again]),
            ([ok, delta("Hel"), .cancelled, delta("lo"), .completed], [.text("Hel"), .failed(.cancelled)]),
            ([.unreachable("refused")], [.again]), ([.unconnected("10 s")], [.failed(.unreachable)]),
            ([.response(status: 500, retryAfter: nil), refusal("x"), .completed], [.again]),
            ([.response(status: 429, retryAfter: .seconds(1)), refusal("x"), .completed], [.again]),
            ([.response(status: 429, retryAfter: .seconds(3_600)), refusal("x"), .completed], [.failed(.rateLimited)]),
            ([.response(status: 401, retryAfter: nil), refusal("x"), .completed], [.failed(.unauthorized)]),
            ([.response(status: 301, retryAfter: nil), .completed], [.failed(.rejected)]),
        ] as [([ProviderCall.Event], [Outcome])])
    func `an attempt comes to what its transport met`(events: [ProviderCall.Event], expected: [Outcome]) {
        #expect(Self.play(events) == expected)
    }

    @Test(arguments: VendorStream.allCases)
    func `what a model does is progress, and what only keeps the connection alive is none`(vendor: VendorStream) {
        func progress(_ body: String) -> Int {
            var profile = Sample.profile()
            profile.dialect = vendor.dialect
            var call = ProviderCall(to: profile, seed: 1)
            _ = call.resume()
            _ = call.handle(Self.ok)
            let before = call.progress
            _ = call.handle(.bytes(Array(body.utf8)))
            return call.progress - before
        }
        #expect(progress(vendor.words("Hel")) == 1)
        #expect(progress(vendor.thought("hm")) > 0)
        #expect(progress(vendor.call("find", #"{"q":"x"}"#)) > 0)
        let signs: [VendorStream: [String]] = [
            .chatCompletions: [
                #"{"choices":[{"index":0,"delta":{},"finish_reason":null}]}"#,
                #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#, #"{"choices":[]}"#,
                #"{"choices":[{"index":0,"delta":{"content":"","reasoning_content":"","reasoning_details":[]}}]}"#,
            ],
            .responses: [
                #"{"type":"keepalive","sequence_number":3}"#,
                #"{"type":"response.in_progress","response":{"status":"in_progress","output":[]}}"#,
            ],
            .anthropic: [#"{"type":"ping"}"#],
            .gemini: [#"{}"#, #"{"candidates":[{"content":{"role":"model","parts":[{"text":""}]}}]}"#],
        ]
        for sign in signs[vendor] ?? [] {
            #expect(progress("data: \(sign)\n\n") == 0, "\(sign)")
        }
        #expect(progress(": still here\n\n") == 0)
    }

    @Test func `heads and events are progress, comments and refusals that drip are none`() {
        var call = Self.call()
        _ = call.resume()
        func progress(_ event: ProviderCall.Event) -> Int {
            let before = call.progress
            _ = call.handle(event)
            return call.progress - before
        }
        #expect(progress(Self.ok) == 1)
        #expect(progress(Self.bytes(": still here\n\n")) == 0)
        #expect(progress(Self.delta("Hel")) == 1)
        #expect(progress(Self.bytes("data: {")) == 0)
        var refused = Self.call()
        _ = refused.resume()
        _ = refused.handle(.response(status: 500, retryAfter: nil))
        #expect(refused.progress == 1)
        _ = refused.handle(Self.bytes("<html>"))
        #expect(refused.progress == 1)
    }

    @Test func `a server of our own that breaks off before its first word is asked again`() {
        #expect(Self.play([.broken("reset")], isSupervised: true) == [.again])
        #expect(
            Self.play([Self.ok, Self.delta("Hel"), .broken("reset")], isSupervised: true)
                == [.text("Hel"), .failed(.interrupted)])
    }

    @Test func `a second attempt knows nothing of the first`() {
        var call = Self.call()
        _ = call.resume()
        _ = call.handle(.response(status: 500, retryAfter: nil))
        #expect(call.handle(.completed).count == 1)
        #expect(call.resume() == [.send])
        #expect(call.handle(Self.ok) == [.taken])
        #expect(call.handle(Self.delta("Hi")) == [.text("Hi")])
        #expect(call.handle(Self.stop) == [])
        let outcome = ChatOutcome(stopReason: .end, usage: nil, provider: "p", model: "m")
        #expect(call.handle(Self.done) == [.finish(outcome)])
        #expect(call.resume() == [])
    }

    /// The waits of a call whose every attempt fails.
    private func waits(_ event: [ProviderCall.Event], isSupervised: Bool) -> [Duration] {
        var call = Self.call(isSupervised: isSupervised), waits: [Duration] = []
        while call.resume() == [.send] {
            for case .wait(let wait) in event.flatMap({ call.handle($0) }) { waits.append(wait) }
        }
        return waits
    }

    @Test func `a provider elsewhere has four attempts, each wait about twice the one before`() {
        let waits = waits([.unreachable("refused")], isSupervised: false)
        #expect(waits.count == 3)
        for (wait, longest) in zip(waits, [Duration.milliseconds(500), .seconds(1), .seconds(2)]) {
            #expect(wait > longest / 2 && wait <= longest)
        }
    }

    @Test(arguments: [
        [ProviderCall.Event.unreachable("no such file")],
        [.response(status: 503, retryAfter: nil), .completed],
    ])
    func `a server of our own has a minute to start`(event: [ProviderCall.Event]) {
        let waits = waits(event, isSupervised: true), total = waits.reduce(.zero, +)
        #expect(total >= .seconds(60) && total <= .seconds(61))
        #expect(waits.allSatisfy { $0 <= .seconds(1) })
    }

    @Test func `Retry-After is honoured as it is`() {
        let event: [ProviderCall.Event] = [.response(status: 429, retryAfter: .seconds(7)), .completed]
        #expect(waits(event, isSupervised: false) == [.seconds(7), .seconds(7), .seconds(7)])
    }

    @Test func `what only says that the connection is alive is no progress`() {
        var call = Self.call()
        _ = call.resume()
        _ = call.handle(Self.ok)
        let before = call.progress
        for _ in 0..<100 { _ = call.handle(Self.bytes("event: ping\ndata: {\"type\":\"ping\"}\n\n: comment\n\n")) }
        #expect(call.progress == before)
        _ = call.handle(Self.delta("a"))
        #expect(call.progress == before + 1)
    }

    @Test func `what comes behind the end is counted, and changes nothing`() {
        var call = Self.call(), actions: [ProviderCall.Action] = []
        _ = call.resume()
        let late = Self.bytes("data: {\"error\":{\"message\":\"x\"}}\n\n")
        for event in [Self.ok, Self.delta("Hel"), Self.stop, Self.delta("lo"), late] { actions += call.handle(event) }
        #expect(actions.contains(.text("Hel")) && !actions.contains(.text("lo")))
        let isWhole = if case .finish? = actions.last { true } else { false }
        #expect(isWhole && call.ignoredCount == 2, "\(actions)")
    }

    @Test func `an answer over its limit is malformed`() {
        var call = Self.call(), actions: [ProviderCall.Action] = []
        _ = call.resume()
        _ = call.handle(Self.ok)
        let piece = Self.delta(String(repeating: "x", count: 100_000))
        for _ in 0..<20 { actions += call.handle(piece) }
        let words = actions.filter { if case .text = $0 { true } else { false } }
        let codes = actions.compactMap { if case .fail(let failure) = $0 { failure.code } else { nil } }
        #expect(words.count == 10)
        #expect(codes == [.malformed])
    }

    @Test(arguments: [(0, true), (1, false)])
    func `an answer has a bound to the byte`(excess: Int, isWhole: Bool) {
        var call = Self.call()
        _ = call.resume() + call.handle(Self.ok)
        let piece = Self.delta(String(repeating: "x", count: ModelLimits.answerBytesMax / 8))
        for _ in 0..<8 { #expect(call.handle(piece).count == 1) }
        let actions =
            call.handle(Self.delta(String(repeating: "y", count: excess))) + call.handle(Self.stop)
            + call.handle(Self.done)
        #expect(actions.contains { if case .finish = $0 { true } else { false } } == isWhole)
    }

    @Test(arguments: RecordedStream.allCases)
    func `a recorded stream comes to a whole answer at every split`(stream: RecordedStream) {
        func actions(_ pieces: [ArraySlice<UInt8>]) -> [ProviderCall.Action] {
            var call = Self.call()
            _ = call.resume() + call.handle(Self.ok)
            return pieces.flatMap { call.handle(.bytes(Array($0))) }
        }
        let bytes = stream.bytes, whole = actions([bytes[...]])
        let expected =
            stream == .llama
            ? (["One", " two", "."], TokenUsage(inputTokens: 34, outputTokens: 4))
            : (["You ", "said: ", "where ", "is ", "the ", "key."], TokenUsage(inputTokens: 12, outputTokens: 6))
        let outcome = ChatOutcome(stopReason: .end, usage: expected.1, provider: "p", model: "m")
        #expect(whole == expected.0.map { .text($0) } + [.finish(outcome)])
        for split in stride(from: 0, to: bytes.count, by: 7) {
            #expect(actions([bytes[..<split], bytes[split...]]) == whole)
        }
    }
}
