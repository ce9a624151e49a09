import EventStream
import Models
import Services
import Testing

/// The shared part of a call speaks with every dialect, and not only with the ones that there are.
@Suite struct ProviderDialectTests {
    /// A dialect in which every event is one word: what it says, by its first letter.
    private struct LetterDialect: ProviderDialect {
        var apiName: String { "an API of letters" }

        func request(
            for conversation: Conversation, to provider: ProviderProfile
        ) throws(ServiceFailure) -> ProviderRequest {
            ProviderRequest(path: "/\(provider.model):letters?alt=sse", headers: [], body: [])
        }

        func headers(for provider: ProviderProfile) -> [ProviderRequest.Header] { [] }

        var modelListPath: String { "/letters" }

        func makeDecoder() -> any AnswerDecoder { LetterDecoder() }

        func canDoWithout(_ parameter: String, refused: Set<String>) -> Bool { false }

        func refusal(status: Int, retryAfter: Duration?, body: [UInt8]) -> ProviderRefusal {
            let mayPass = body == Array("again".utf8)
            return ProviderRefusal(
                status: status, words: String(decoding: body, as: UTF8.self), cause: .limited, mayPass: mayPass,
                retryAfter: retryAfter)
        }
    }

    private struct LetterDecoder: AnswerDecoder {
        private var names: [String] = []
        private var eventCount = 0

        mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
            let word = event.name ?? String(decoding: event.data, as: UTF8.self)
            eventCount += 1
            switch word.first {
            case "n": return [.text("\(eventCount)")]
            case "c":
                names.append(word)
                return [.callBegun]
            case "o": return [.opaque(OpaquePart(family: "letters", value: .string(word)))]
            case "t": return [.text(word)]
            case "s": return [.text("before"), .stop(.end), .done, .text("late")]
            case "u": return [.usage(TokenUsage(inputTokens: TokenCount(word.count), outputTokens: 1))]
            case "m": return [.text("before"), .malformed(StreamProblem("it is m")), .text("late")]
            case "r": return [.refused(ProviderRefusal(status: nil, words: word, cause: .rejected, mayPass: true))]
            case _: return []
            }
        }

        func calls() -> [ToolCall] {
            names.map { ToolCall(id: $0, name: $0, arguments: "{}") }
        }
    }

    private static let ok = ProviderCall.Event.response(status: 200, retryAfter: nil)
    private static let thought = OpaquePart(family: "letters", value: .string("o"))

    private static func call() -> ProviderCall {
        var profile = Sample.profile()
        profile.dialect = LetterDialect()
        var call = ProviderCall(to: profile, seed: 1)
        _ = call.resume()
        return call
    }

    private static func bytes(_ words: [String]) -> ProviderCall.Event {
        .bytes(words.flatMap { Array("data: \($0)\n\n".utf8) })
    }

    private static func play(_ words: [String]) -> [ProviderCall.Action] {
        var call = call()
        return call.handle(ok) + call.handle(bytes(words)) + call.handle(.completed)
    }

    private static func outcome(_ words: [String]) -> ChatOutcome? {
        if case .finish(let outcome)? = play(words).last { outcome } else { nil }
    }

    @Test func `an answer comes out in its order, and nothing after its end`() {
        let end = ChatOutcome(
            stopReason: .end, usage: TokenUsage(inputTokens: 2, outputTokens: 1), provider: "p", model: "m")
        #expect(
            Self.play(["t1", "x", "u", "t2", "uu", "s", "t3"])
                == [.taken, .text("t1"), .text("t2"), .text("before"), .finish(end)])
    }

    @Test func `opaque parts come with the calls, at their places, and without calls not at all`() {
        let outcome = Self.outcome(["o", "t1", "t23", "o", "c1", "c2", "o", "s"])
        #expect(outcome?.toolCalls?.map(\.name) == ["c1", "c2"])
        #expect(
            outcome?.layout?.items == [
                .opaque(Self.thought), .text(bytes: 5), .opaque(Self.thought), .calls(2), .opaque(Self.thought),
                .text(bytes: 6),
            ])
        #expect(Self.outcome(["o", "t1", "s"])?.layout == nil)
        #expect(Self.outcome(["t1", "c1", "s"])?.layout == nil)
    }

    @Test func `an event by its name is the decoder's to read`() {
        var call = Self.call()
        _ = call.handle(Self.ok)
        #expect(call.handle(.bytes(Array("event: t9\ndata: {}\n\n".utf8))) == [.text("t9")])
    }

    @Test func `what the decoder calls malformed ends the answer behind the words before it`() {
        let actions = Self.play(["m", "t1"])
        #expect(actions.prefix(2) == [.taken, .text("before")])
        let message =
            "provider p did not answer as an API of letters does: it is m; check url of this provider in config.yml"
        #expect(actions.dropFirst(2) == [.fail(ProviderFailure(.malformed, message))])
    }

    @Test(arguments: [("again", true), ("never", false)])
    func `the dialect says whether a refusal passes`(words: String, passes: Bool) {
        var call = Self.call()
        _ = call.handle(.response(status: 400, retryAfter: .seconds(2)))
        let actions = call.handle(.bytes(Array(words.utf8))) + call.handle(.completed)
        let failure = ProviderFailure(
            .rateLimited,
            "provider p refused the call: too many requests or no quota left (HTTP 400: never); try again in 2 s",
            retryAfterSeconds: 2)
        #expect(actions == [passes ? .pause(.seconds(2)) : .fail(failure)])
    }

    @Test func `each attempt has a decoder of its own and forgets the parts of the one before`() {
        var call = Self.call()
        _ = call.handle(Self.ok)
        #expect(call.handle(Self.bytes(["o", "u", "r"])).count == 1)
        #expect(call.resume() == [.send])
        _ = call.handle(Self.ok)
        let actions = call.handle(Self.bytes(["n", "c1", "s"]))
        let outcome = ChatOutcome(
            stopReason: .toolCalls, usage: nil, provider: "p", model: "m",
            toolCalls: [ToolCall(id: "c1", name: "c1", arguments: "{}")])
        #expect(actions == [.text("1"), .text("before"), .finish(outcome)])
    }

    @Test func `opaque parts over their limit end the answer`() {
        // A part counts its family and two bytes more than its text.
        let fits = "o" + String(repeating: "x", count: ModelLimits.opaqueBytesMax / 2 - 10)
        #expect(Self.outcome([fits, fits, "c1", "s"]) != nil)
        guard case .fail(let failure)? = Self.play([fits, fits + "x", "c1", "s"]).last else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.code == .malformed && failure.message.contains("opaque parts are longer than 262144 bytes"))
    }

    @Test func `a conversation keeps what the caller wants of the model`() throws {
        let tool = ToolDefinition(name: "a", description: "b", parameters: .object([:]))
        let request = Gateway.Chat.Request(
            id: "1", messages: [ChatMessage(.user, "hi")], temperature: 2, maxTokens: 1, thinking: .low, tools: [tool])
        let conversation = try Conversation(request)
        #expect(conversation.id == "1" && conversation.messages == request.messages && conversation.tools == [tool])
        #expect(conversation.temperature == 2 && conversation.maxTokens == 1 && conversation.thinking == .low)
        #expect(
            try LetterDialect().request(for: conversation, to: Sample.profile()).path == "/m:letters?alt=sse")
    }
}
