import EventStream
import FoundationEssentials
import Services

/// Reads a stream of Anthropic's Messages.
///
/// ```
/// {"type":"message_start","message":{"usage":{"input_tokens":9,…}}}                      usage
/// {"type":"content_block_start","index":0,"content_block":{"type":"thinking",…}}         a piece of the thought
/// {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",…}}           a piece of the thought
/// {"type":"content_block_stop","index":0}                                                opaque: the whole thought
/// {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":…}}    callBegun
/// {"type":"content_block_delta","index":1,"delta":{"partial_json":"{\"ci"}}              a piece of the call
/// {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"Hel"}}    text
/// {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{…}}                stop, usage
/// {"type":"message_stop"}                                                                done
/// {"type":"error","error":{"type":"overloaded_error","message":"…"}}                     refused
/// {"type":"ping"}, and whatever is new                                                   nothing
/// ```
///
/// A whole message in place of a stream is read as its blocks one after the other. Some servers write the first words
/// of a block into its beginning and into its first delta: they are held until it is known whether they come again.
///
/// See: platform.claude.com/docs/en/build-with-claude/streaming
struct AnthropicDecoder: AnswerDecoder {
    private var assembly = ToolCallAssembly()
    private var texts = SplitCharacters()
    private var cost: AnthropicEvent.Cost?
    /// The thoughts that have begun and not ended, by the index of their block.
    private var thoughts: [Int: [String: JSONValue]] = [:]
    private var thoughtBytes = 0
    /// The words in the beginning of a block, and those of its deltas that may be the same ones.
    private var held: (words: String, again: String)?
    /// The blocks that are not ours to read, such as the calls of a vendor's own tools, by their indices.
    private var foreignBlocks: Set<Int> = []

    /// Reads the data of one event: `.malformed` if it is not a JSON object.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
        let data: Data
        switch texts.text(of: event) {
        case .nothing: return []
        case .done: return release() + [.done]
        case .json(let text): data = text
        }
        guard let read = try? JSONDecoder().decode(AnthropicEvent.self, from: data) else {
            return [.malformed(StreamProblem("an event is not one of a message"))]
        }
        let foreign = read.isForeign ? ProviderError.told(instead: data, named: event.name) : nil
        if let error = read.error ?? foreign {
            return [.refused(ProviderError(inStream: error).refusal(retryAfter: nil))]
        }
        do throws(StreamProblem) {
            let events = try interpret(read)
            // The blocks of a vendor's own tools are work too.
            return events.isEmpty && read.type.hasPrefix("content_block_") ? [.piece] : events
        } catch {
            return [.malformed(error)]
        }
    }

    /// The calls, each whole.
    func calls() -> [ToolCall] { assembly.whole() }

    private mutating func interpret(_ event: AnthropicEvent) throws(StreamProblem) -> [AnswerEvent] {
        switch event.type {
        case "ping", "": return []
        case "content_block_delta" where event.delta?.text != nil: break
        case "content_block_start" where event.contentBlock?["text"]?.string == held?.words: break
        case _:
            let words = release()
            if !words.isEmpty { return words + (try follow(event)) }
        }
        return try follow(event)
    }

    private mutating func follow(_ event: AnthropicEvent) throws(StreamProblem) -> [AnswerEvent] {
        switch event.type {
        case "message_start": return count(event.message?.usage)
        case "content_block_start": return try begin(event.contentBlock, at: event.index)
        case "content_block_delta": return try add(event.delta, at: event.index)
        case "content_block_stop": return event.index.map { end(at: $0) } ?? []
        case "message_delta": return count(event.usage) + stop(event.delta?.stopReason)
        case "message_stop": return [.done]
        case "message":
            var events: [AnswerEvent] = []
            for (index, block) in event.content.enumerated() {
                events += try begin(block, at: index)
                events += release() + end(at: index)
            }
            return events + count(event.usage) + stop(event.stopReason) + [.done]
        case _: return []
        }
    }

    /// A block begins; in a whole message it is complete.
    private mutating func begin(_ block: JSONValue?, at index: Int?) throws(StreamProblem) -> [AnswerEvent] {
        guard let block else { return [] }
        switch block["type"]?.string {
        case "text":
            hold(block["text"]?.string)
            return []
        case "thinking", "redacted_thinking":
            if let index, case .object(let members) = block { thoughts[index] = members }
            return []
        case "tool_use":
            let piece = ToolCallPiece(
                index: index, id: block["id"]?.string, name: block["name"]?.string ?? "",
                arguments: block["input"].flatMap { $0 == .object([:]) ? nil : $0.argumentsText }, isFirst: true)
            return try assembly.add(piece) ? [.callBegun] : []
        case _:
            if let index { foreignBlocks.insert(index) }
            return []
        }
    }

    private mutating func add(
        _ delta: AnthropicEvent.Delta?, at index: Int?
    ) throws(StreamProblem) -> [AnswerEvent] {
        guard let delta else { return [] }
        if let input = delta.input { return try continueCall(input, at: index) }
        try grow(at: index, "thinking", by: delta.thinking)
        try grow(at: index, "signature", by: delta.signature)
        return say(delta.text)
    }

    private mutating func hold(_ text: String?) {
        var words = ""
        for case .text(let said) in texts.said(text) { words += said }
        held = words.isEmpty ? nil : (words, "")
    }

    /// The words of a delta, unless they may be those that are held.
    private mutating func say(_ text: String?) -> [AnswerEvent] {
        let events = texts.said(text)
        guard let before = held else { return events }
        var again = before.again
        for case .text(let said) in events { again += said }
        if again.utf8.count < before.words.utf8.count, before.words.hasPrefix(again) {
            held = (before.words, again)
            return []
        }
        held = nil
        return [.text(again.hasPrefix(before.words) ? again : before.words + again)]
    }

    /// The words that are held, when no more come in their block.
    private mutating func release() -> [AnswerEvent] {
        guard let words = held else { return [] }
        held = nil
        return [.text(words.words + words.again)]
    }

    private mutating func continueCall(_ input: String, at index: Int?) throws(StreamProblem) -> [AnswerEvent] {
        guard index.map(foreignBlocks.contains) != true, assembly.hasCall else { return [] }
        return try assembly.add(ToolCallPiece(index: index, arguments: input)) ? [.callBegun] : []
    }

    private mutating func grow(at index: Int?, _ key: String, by more: String?) throws(StreamProblem) {
        guard let index, thoughts[index] != nil, let more else { return }
        thoughtBytes += more.utf8.count
        guard thoughtBytes <= ModelLimits.opaqueBytesMax else {
            throw StreamProblem("its thoughts are longer than \(ModelLimits.opaqueBytesMax) bytes")
        }
        let before = thoughts[index]?[key]?.string ?? ""
        thoughts[index]?[key] = .string(before + more)
    }

    private mutating func end(at index: Int) -> [AnswerEvent] {
        guard var thought = thoughts.removeValue(forKey: index) else { return [] }
        thought["thinking"] = thought["thinking"]?.string.map { .string(SplitCharacters.restored($0)) }
        return [.opaque(OpaquePart(family: AnthropicMessages.family, value: .object(thought)))]
    }

    private mutating func count(_ later: AnthropicEvent.Cost?) -> [AnswerEvent] {
        guard let later else { return [] }
        let sum = cost?.updated(by: later) ?? later
        cost = sum
        return sum.usage.map { [.usage($0)] } ?? []
    }

    private func stop(_ reason: String?) -> [AnswerEvent] {
        guard let reason, !ChatOutcome.StopReason.isNone(reason) else { return [] }
        return [ChatOutcome.StopReason.event(forReason: reason)]
    }
}
