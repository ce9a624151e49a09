import EventStream
import FoundationEssentials
import Services

/// Reads a stream of Gemini.
///
/// ```
/// {"candidates":[{"content":{"parts":[{"text":"…","thought":true}]}}]}                        a piece of a thought
/// {"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}                                      text
/// {"candidates":[{"content":{"parts":[{"functionCall":{…},"thoughtSignature":"…"}]}}]}         opaque, callBegun
/// {"candidates":[{"finishReason":"STOP"}],"usageMetadata":{…}}                                 stop, usage
/// {"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}                                  refused
/// {"promptFeedback":{"blockReason":"SAFETY"}}                                                  stop: filtered
/// {"error":{"code":503,"message":"…","status":"UNAVAILABLE"}}                                  refused
/// ```
///
/// The stream ends without a mark. A list of events in place of a stream is what the vendor sends without `alt=sse`.
///
/// See: ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
struct GeminiDecoder: AnswerDecoder {
    /// Older models say `STOP` with each event.
    var goesOnAfterStop: Bool { true }

    private var assembly = ToolCallAssembly()
    private var texts = SplitCharacters()
    private var callCount = 0
    /// Whether anything has come of the answer, be it a thought.
    private var hasContent = false
    /// Whether the model has stopped before it had begun: the answer may follow, or there is none.
    private var hasStoppedUnbegun = false

    /// Reads the data of one event: `.malformed` if it is not a JSON object.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
        guard case .json(let bytes) = texts.text(of: event) else { return [] }
        let decoder = JSONDecoder()
        let read =
            bytes.first == UInt8(ascii: "[")
            ? try? decoder.decode([GeminiChunk].self, from: bytes)
            : (try? decoder.decode(GeminiChunk.self, from: bytes)).map { [$0] }
        guard let chunks = read else { return [.malformed(StreamProblem("an event is not generated content"))] }
        if chunks.allSatisfy(\.isForeign), let error = ProviderError.told(instead: bytes, named: event.name) {
            return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))]
        }
        var events: [AnswerEvent] = []
        do throws(StreamProblem) {
            for chunk in chunks { try interpret(chunk, into: &events) }
        } catch {
            return events + [.malformed(error)]
        }
        let isWork = chunks.contains { $0.candidate?.parts.contains { $0.text != "" } == true }
        return events.isEmpty && isWork ? [.piece] : events
    }

    /// The calls, each whole.
    func calls() -> [ToolCall] { assembly.whole() }

    private mutating func interpret(
        _ chunk: GeminiChunk, into events: inout [AnswerEvent]
    ) throws(StreamProblem) {
        if let error = chunk.error {
            return events.append(.refused(ProviderError(inStream: error).refusal(retryAfter: nil)))
        }
        for part in chunk.candidate?.parts ?? [] {
            if part.text != "" || part.functionCall != nil { hasContent = true }
            if let signature = part.thoughtSignature {
                let value = JSONValue.object(["thoughtSignature": .string(signature)])
                events.append(.opaque(OpaquePart(family: GeminiContent.family, value: value)))
            }
            events += texts.said(part.text)
            if let call = part.functionCall { try add(call, into: &events) }
        }
        if let usage = chunk.usage { events.append(.usage(usage)) }
        if chunk.blockReason != nil {
            events.append(.stop(.filtered))
        } else if let reason = chunk.candidate?.finishReason {
            events += stop(reason, words: chunk.candidate?.finishMessage)
        }
    }

    /// A call comes in whole, so each is one of its own, whatever id the vendor gives it.
    private mutating func add(
        _ call: GeminiChunk.Part.Call, into events: inout [AnswerEvent]
    ) throws(StreamProblem) {
        callCount += 1
        let piece = ToolCallPiece(
            index: callCount, id: "call-\(callCount)", name: call.name, arguments: call.arguments?.argumentsText)
        if try assembly.add(piece) { events.append(.callBegun) }
    }

    /// Some models end an answer of which nothing has come, and give one when they are asked again.
    var refusalAtEnd: ProviderRefusal? {
        guard hasStoppedUnbegun, !hasContent else { return nil }
        return ProviderRefusal(
            status: nil, words: "finishReason STOP without content", cause: .serverFault, mayPass: true)
    }

    private mutating func stop(_ reason: String, words: String?) -> [AnswerEvent] {
        switch reason.uppercased() {
        case _ where ChatOutcome.StopReason.isNone(reason): return []
        case "STOP" where !hasContent:
            hasStoppedUnbegun = true
            return []
        case "STOP": return [.stop(.end)]
        case "MAX_TOKENS", "CONTINUATION": return [.stop(.length)]
        case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE",
            "MISSING_THOUGHT_SIGNATURE", "OTHER":
            let words = "finishReason \(reason)" + (words.map { ": \($0)" } ?? "")
            return [.refused(.init(status: nil, words: words, cause: .serverFault, mayPass: true))]
        case _:
            // All others of the vendor's are names of filters, and new ones come each year.
            let event = ChatOutcome.StopReason.event(forReason: reason)
            return [event == .stop(.other) ? .stop(.filtered) : event]
        }
    }
}
