import FoundationEssentials
import Services

/// Reads a chat-completions stream.
///
/// ```
/// data: {"choices":[{"delta":{"role":"assistant","content":null}}]}     nothing, also where it is repeated for ever
/// data: {"choices":[{"delta":{"content":"Hel"}}]}                        text
/// data: {"choices":[{"delta":{"tool_calls":[{"index":0,…}]}}]}           callBegun, with the first piece of a call
/// data: {"choices":[{"delta":{},"finish_reason":"stop"}]}                stop
/// data: {"choices":[{"delta":{},"finish_reason":"error"}]}               refused: the vendor could not go on
/// data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}} usage
/// data: {"error":{"message":"overloaded"}}                               refused, also in the middle
/// data: [DONE]                                                           done
/// ```
///
/// What is unknown is passed over: each vendor has keys of its own; see `ChatCompletionsChunk`. Events have no names.
///
/// Thinking is not shown. It is `opaque` before the call that follows it, since some vendors refuse the outcome of a
/// call without the thoughts that led to it; without a call nobody wants it again.
///
/// See: platform.openai.com/docs/api-reference/chat-streaming
struct ChatCompletionsDecoder: AnswerDecoder {
    private var assembly = ToolCallAssembly()
    private var reasoning = ChatCompletionsReasoning()
    private var texts = SplitCharacters()

    /// Reads the data of one event: `.malformed` if it is not a JSON object.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
        let data: Data
        switch texts.text(of: event) {
        case .nothing: return []
        case .done: return [.done]
        case .json(let text): data = text
        }
        guard let chunk = Self.chunk(data) else {
            return [.malformed(StreamProblem("an event is not a chat completion chunk"))]
        }
        if let error = chunk.error {
            return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))]
        }
        var events: [AnswerEvent] = []
        do throws(StreamProblem) {
            if let choice = chunk.choice { try read(choice, into: &events) }
        } catch {
            return events + [.malformed(error)]
        }
        if let usage = chunk.usage { events.append(.usage(usage)) }
        return events
    }

    /// Google sends a list with one error in it.
    private static func chunk(_ data: Data) -> ChatCompletionsChunk? {
        let decoder = JSONDecoder()
        return data.first == UInt8(ascii: "[")
            ? try? decoder.decode([ChatCompletionsChunk].self, from: data).first
            : try? decoder.decode(ChatCompletionsChunk.self, from: data)
    }

    /// The calls, each whole.
    func calls() -> [ToolCall] { assembly.whole() }

    private mutating func read(
        _ choice: ChatCompletionsChunk.Choice, into events: inout [AnswerEvent]
    ) throws(StreamProblem) {
        if let delta = choice.delta {
            for (key, value) in delta.reasoning {
                reasoning.add(value, under: key)
                if value != .string("") && value != .array([]) { events.append(.piece) }
            }
            events += texts.said(delta.text)
            for call in delta.calls {
                guard try assembly.add(call.piece) else {
                    if call.piece.arguments?.isEmpty == false { events.append(.piece) }
                    continue
                }
                if let thoughts = reasoning.take(extraContent: call.extraContent) { events.append(.opaque(thoughts)) }
                events.append(.callBegun)
            }
        }
        if let reason = choice.finishReason { events.append(ChatOutcome.StopReason.event(forReason: reason)) }
    }
}
