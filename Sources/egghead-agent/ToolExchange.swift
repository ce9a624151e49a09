import Models
import Services

/// What a model said and the tools that it then called, with what became of them: one step of a turn.
struct ToolExchange: Hashable {
    /// The words before the calls.
    var said: String
    /// The calls, in the model's order.
    var calls: [MadeToolCall]

    /// Whether every call has an outcome.
    var isComplete: Bool { calls.allSatisfy { $0.outcome != nil } }

    /// The records that the calls name, as far as their arguments and outcomes tell.
    var recordIDs: [String] { calls.compactMap(\.outcome).flatMap { Self.ids(in: $0.text) } }

    /// The step as the provider is told it. Of outcomes too long for the space the oldest are shortened first; what
    /// the session keeps stays whole.
    ///
    /// - Parameter tokensMax: What the messages of all the steps may cost together.
    static func messages(_ exchanges: [ToolExchange], tokensMax: Int) -> [ChatMessage] {
        var messages = exchanges.flatMap(\.messages)
        var excess = TokenEstimate.tokens(in: messages) - tokensMax
        let outcomes = messages.indices.filter { messages[$0].role == .tool }
        for index in outcomes where excess > 0 {
            // The newest outcome is what the model has just asked for: it keeps what there is room for.
            let whole = TokenEstimate.tokens(in: messages[index].content)
            let kept = index == outcomes.last ? max(shortTokens, whole - excess) : min(shortTokens, whole)
            messages[index].content = shortened(messages[index].content, tokensMax: kept)
            excess -= whole - TokenEstimate.tokens(in: messages[index].content)
        }
        return messages
    }

    /// The steps of a turn that has ended, as later turns remember it.
    static func remembered(_ exchanges: [ToolExchange]) -> [ChatMessage] { messages(exchanges, tokensMax: 0) }

    /// How much of an old outcome a prompt holds, in tokens.
    private static let shortTokens = 64

    private var messages: [ChatMessage] {
        [ChatMessage(.assistant, said, toolCalls: calls.map { Self.neutral($0.call) })]
            + calls.map { made in
                let outcome = made.outcome ?? ToolOutcome(.unknown, "It still runs.")
                let mark = outcome.status == .done ? "" : "(\(outcome.status.rawValue)) "
                return ChatMessage(.tool, mark + outcome.text, toolCallID: Self.neutral(made.call).id)
            }
    }

    /// Not every provider takes every character in an id.
    private static func neutral(_ call: ToolCall) -> ToolCall {
        var call = call
        call.id = String(call.id.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" ? $0 : "_" })
        return call
    }

    private static func shortened(_ text: String, tokensMax: Int) -> String {
        guard TokenEstimate.tokens(in: text) > tokensMax else { return text }
        return Transcript.cut(text, tokensMax: max(1, tokensMax - 16))
            + " [shortened here; call the tool again for all]"
    }

    /// The ids that stand in `[[…]]`.
    private static func ids(in text: String) -> [String] {
        var ids: [String] = [], rest = Substring(text)
        while let open = rest.firstIndex(of: "["), let next = rest.index(open, offsetBy: 2, limitedBy: rest.endIndex) {
            guard rest[open..<next] == "[[" else {
                rest = rest[rest.index(after: open)...]
                continue
            }
            let inside = rest[next...].prefix { $0 != "]" && $0 != "|" && $0 != "#" && !$0.isNewline }
            if !inside.isEmpty, inside.endIndex < rest.endIndex { ids.append(String(inside)) }
            rest = rest[inside.endIndex...]
        }
        return ids
    }
}
