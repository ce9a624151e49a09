import EventStream
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
    /// What the deltas have brought: a message beside them, or behind them, tells it again.
    private var told: (words: Bool, calls: Bool, thoughts: Bool) = (false, false, false)
    /// Whether calls come under the key of the API before `tool_calls`; some servers tell a call under both.
    private var isFunctionCall: Bool?
    /// Choices that are not the first one, while that has not come.
    private var heldChoices: [ChatCompletionsChunk.Choice]? = []
    /// How long the events are that brought them.
    private var heldBytes = 0

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
        let foreign = chunk.isForeign ? ProviderError.told(instead: data, named: event.name) : nil
        if let error = chunk.error ?? foreign {
            return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))]
        }
        var events: [AnswerEvent] = []
        do throws(StreamProblem) {
            let choices = firstChoices(chunk.choice, of: data.count)
            for choice in choices { try read(choice, into: &events) }
            // What is held is work too.
            if choices.isEmpty, chunk.choice?.delta?.text.isEmpty == false { events.append(.piece) }
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

    /// What a choice brings to the answer: nothing if another one is the first; some servers have others, unasked.
    ///
    /// - Parameter bytes: How long the event is that brings it.
    /// - Returns: The choices that are to be read. One that is not the first is held until it has ended without the
    ///   first one: then it is the only one.
    private mutating func firstChoices(
        _ choice: ChatCompletionsChunk.Choice?, of bytes: Int
    ) -> [ChatCompletionsChunk.Choice] {
        guard let choice else { return [] }
        guard choice.index > 0 else {
            heldChoices = nil
            return [choice]
        }
        guard let held = heldChoices else { return [] }
        let all = held.first.map { $0.index == choice.index } == false ? held : held + [choice]
        heldBytes = all.count > held.count ? heldBytes + bytes : heldBytes
        let isAll =
            choice.finishReason != nil || all.count > ModelLimits.heldChoicesMax
            || heldBytes > ModelLimits.answerBytesMax
        if isAll { heldBytes = 0 }
        heldChoices = isAll ? [] : all
        return isAll ? all : []
    }

    private mutating func read(
        _ choice: ChatCompletionsChunk.Choice, into events: inout [AnswerEvent]
    ) throws(StreamProblem) {
        if let delta = choice.delta {
            try read(delta, into: &events)
            told.words = told.words || !delta.text.isEmpty
            told.calls = told.calls || !delta.calls.isEmpty || delta.functionCall != nil
            told.thoughts = told.thoughts || !delta.reasoning.isEmpty
        } else if let text = choice.text {
            events += texts.said(text)
        }
        if let message = choice.message { try read(message, isUntold: true, into: &events) }
        if let reason = choice.finishReason { events.append(ChatOutcome.StopReason.event(forReason: reason)) }
    }

    /// - Parameter isUntold: Whether what the deltas have brought is passed over.
    private mutating func read(
        _ delta: ChatCompletionsChunk.Delta, isUntold: Bool = false, into events: inout [AnswerEvent]
    ) throws(StreamProblem) {
        if !isUntold || !told.thoughts {
            for (key, value) in delta.reasoning {
                reasoning.add(value, under: key)
                if value != .string("") && value != .array([]) { events.append(.piece) }
            }
        }
        if !isUntold || !told.words { events += texts.said(delta.text) }
        if isUntold && told.calls { return }
        if !delta.calls.isEmpty, isFunctionCall != true {
            isFunctionCall = false
            for call in delta.calls { try add(call.piece, extraContent: call.extraContent, into: &events) }
        }
        if let piece = delta.functionCall, isFunctionCall != false {
            isFunctionCall = true
            try add(piece, extraContent: nil, into: &events)
        }
    }

    private mutating func add(
        _ piece: ToolCallPiece, extraContent: JSONValue?, into events: inout [AnswerEvent]
    ) throws(StreamProblem) {
        guard try assembly.add(piece) else {
            if piece.arguments?.isEmpty == false { events.append(.piece) }
            return
        }
        if let thoughts = reasoning.take(extraContent: extraContent) { events.append(.opaque(thoughts)) }
        events.append(.callBegun)
    }
}
