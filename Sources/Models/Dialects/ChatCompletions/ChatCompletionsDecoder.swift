import FoundationEssentials
import Services

/// Reads a chat-completions stream.
///
/// ```
/// data: {"choices":[{"delta":{"role":"assistant","content":null}}]}     nothing
/// data: {"choices":[{"delta":{"content":"Hel"}}]}                        text
/// data: {"choices":[{"delta":{"tool_calls":[{"index":0,…}]}}]}           callBegun, with the first piece of a call
/// data: {"choices":[{"delta":{},"finish_reason":"stop"}]}                stop
/// data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}} usage
/// data: {"error":{"message":"overloaded"}}                               refused, also in the middle
/// data: [DONE]                                                           done
/// ```
///
/// Keys that are not named here are ignored: each vendor has its own. `null` is as good as an absent key. Events have
/// no names.
///
/// See: platform.openai.com/docs/api-reference/chat-streaming
struct ChatCompletionsDecoder: AnswerDecoder {
    private var assembly = ToolCallAssembly()

    /// Reads the data of one event: `.malformed` if it is not JSON or has values of the wrong type.
    mutating func decode(_ event: ServerSentEvent) -> [AnswerEvent] {
        if event.data.isEmpty { return [] }  // sent by some to keep a connection open
        if event.data.elementsEqual("[DONE]".utf8) { return [.done] }
        guard let chunk = try? JSONDecoder().decode(Chunk.self, from: Data(event.data)) else {
            return [.malformed(StreamProblem("an event is not a chat completion chunk"))]
        }
        if let error = chunk.error, error != .null {
            return [.refused(ChatCompletionsError(inStream: error).refusal(retryAfter: nil))]
        }
        var events: [AnswerEvent] = []
        do throws(StreamProblem) {
            if let choice = chunk.choices?.first { try read(choice, into: &events) }
        } catch {
            return events + [.malformed(error)]
        }
        if let usage = chunk.cost?.usage { events.append(.usage(usage)) }
        return events
    }

    /// The calls, each whole.
    func calls() throws(StreamProblem) -> [ToolCall] { try assembly.whole() }

    private mutating func read(_ choice: Chunk.Choice, into events: inout [AnswerEvent]) throws(StreamProblem) {
        if let text = choice.delta?.content, !text.isEmpty { events.append(.text(text)) }
        for (place, call) in (choice.delta?.toolCalls ?? []).enumerated() {
            if try assembly.add(ToolCallPiece(call, at: place)) { events.append(.callBegun) }
        }
        if let reason = choice.finishReason { events.append(.stop(.init(finishReason: reason))) }
    }
}

extension ChatOutcome.StopReason {
    /// Reads OpenAI's `finish_reason`; a word that a vendor has made up is `other`.
    init(finishReason: String) {
        switch finishReason {
        case "stop": self = .end
        case "length": self = .length
        case "content_filter": self = .filtered
        case "tool_calls", "function_call": self = .toolCalls
        case _: self = .other
        }
    }
}

private struct Chunk: Decodable {
    struct Choice: Decodable {
        struct Delta: Decodable {
            var content: String?
            var toolCalls: [Call]?

            enum CodingKeys: String, CodingKey { case content, toolCalls = "tool_calls" }
        }

        struct Call: Decodable {
            struct Function: Decodable { var name: String?, arguments: String? }

            var index: Int?
            var id: String?
            var function: Function?
        }

        var delta: Delta?
        var finishReason: String?

        enum CodingKeys: String, CodingKey {
            case delta, finishReason = "finish_reason"
        }
    }

    /// What the answer costs. What is no count says nothing, and never spoils the words beside it.
    struct Cost: Decodable {
        var usage: TokenUsage?

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens", completionTokens = "completion_tokens"
        }

        init(from decoder: any Decoder) {
            guard let fields = try? decoder.container(keyedBy: CodingKeys.self) else { return }
            let input = try? fields.decode(TokenCount.self, forKey: .promptTokens)
            let output = try? fields.decode(TokenCount.self, forKey: .completionTokens)
            if input != nil || output != nil { usage = TokenUsage(inputTokens: input ?? 0, outputTokens: output ?? 0) }
        }
    }

    var choices: [Choice]?
    var cost: Cost?
    var error: JSONValue?

    enum CodingKeys: String, CodingKey { case choices, cost = "usage", error }
}

extension ToolCallPiece {
    /// - Parameter place: Where in its event it stands: the index that some servers leave out.
    fileprivate init(_ call: Chunk.Choice.Call, at place: Int) {
        self.init(
            index: call.index ?? place, id: call.id, name: call.function?.name, arguments: call.function?.arguments)
    }
}
