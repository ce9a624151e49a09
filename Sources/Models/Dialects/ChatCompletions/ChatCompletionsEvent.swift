import FoundationEssentials
import Services

/// What one event of an OpenAI chat-completions stream says, in the provider-neutral words that follow from it.
///
/// ```
/// data: {"choices":[{"delta":{"role":"assistant","content":null}}]}     nothing
/// data: {"choices":[{"delta":{"content":"Hel"}}]}                        text
/// data: {"choices":[{"delta":{"tool_calls":[{"index":0,…}]}}]}           toolCall, the first piece names the tool
/// data: {"choices":[{"delta":{},"finish_reason":"stop"}]}                stop
/// data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}} usage
/// data: {"error":{"message":"overloaded"}}                               refused, also in the middle
/// data: [DONE]                                                           done
/// ```
///
/// Keys that are not named here are ignored: each vendor has its own. `null` is as good as an absent key.
///
/// See: platform.openai.com/docs/api-reference/chat-streaming
public enum ChatCompletionsEvent: Hashable, Sendable {
    /// Words of the answer.
    case text(String)
    /// A piece of a tool call.
    case toolCall(ToolCallPiece)
    /// The model has stopped; usage may follow.
    case stop(ChatOutcome.StopReason)
    /// What the call cost.
    case usage(TokenUsage)
    /// The provider gave up.
    case refused(ProviderRefusal)
    /// The stream is complete.
    case done

    /// Reads the data of one server-sent event.
    ///
    /// - Returns: What it says, in order; empty when it says nothing that matters here.
    /// - Throws: `StreamProblem` when it is not JSON or has values of the wrong type.
    public static func decode(_ data: [UInt8]) throws(StreamProblem) -> [ChatCompletionsEvent] {
        if data.isEmpty { return [] }  // sent by some to keep a connection open
        if data.elementsEqual("[DONE]".utf8) { return [.done] }
        guard let chunk = try? JSONDecoder().decode(Chunk.self, from: Data(data)) else {
            throw StreamProblem("an event is not a chat completion chunk")
        }
        if let error = chunk.error, error != .null { return [.refused(ProviderRefusal(error: error))] }

        var events: [ChatCompletionsEvent] = []
        if let choice = chunk.choices?.first {
            if let text = choice.delta?.content, !text.isEmpty { events.append(.text(text)) }
            events += (choice.delta?.toolCalls ?? []).enumerated().map { .toolCall(ToolCallPiece($1, at: $0)) }
            if let reason = choice.finishReason { events.append(.stop(.init(finishReason: reason))) }
        }
        if let usage = chunk.usage {
            events.append(
                .usage(TokenUsage(inputTokens: usage.promptTokens ?? 0, outputTokens: usage.completionTokens ?? 0)))
        }
        return events
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

    struct Usage: Decodable {
        var promptTokens: Int?
        var completionTokens: Int?

        enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens", completionTokens = "completion_tokens"
        }
    }

    var choices: [Choice]?
    var usage: Usage?
    var error: JSONValue?
}

/// A piece of a tool call: the first one of a call tells its id and its tool, each one may add to its arguments.
public struct ToolCallPiece: Hashable, Sendable {
    /// Which call of this answer, from 0.
    public var index: Int
    /// The provider's id for the call.
    public var id: String?
    /// The tool.
    public var name: String?
    /// The next part of the arguments' text.
    public var arguments: String?
}

extension ToolCallPiece {
    /// - Parameter place: Where in its event it stands: the index that some servers leave out.
    fileprivate init(_ call: Chunk.Choice.Call, at place: Int) {
        self.init(
            index: call.index ?? place, id: call.id, name: call.function?.name, arguments: call.function?.arguments)
    }
}
