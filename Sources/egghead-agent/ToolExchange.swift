import JSON
import Models
import Services

/// What a model said and the tools that it then called, with what became of them: one step of a turn.
struct ToolExchange: Hashable {
    /// The words before the calls.
    var said: String
    /// The calls, in the model's order.
    var calls: [MadeToolCall]
    /// Where the vendor's opaque parts stand among words and calls; nil if there are none.
    var layout: ContentLayout?
    /// How many of the calls, from the first one on, the toolbox was asked for.
    var askedCount = 0

    /// The exchange as the session keeps it when its turn has ended: no later turn sends opaque parts back.
    var withoutOpaqueParts: ToolExchange { ToolExchange(said: said, calls: calls) }

    /// The records that the calls name, as far as their arguments and outcomes tell.
    var recordIDs: [RecordID] { calls.compactMap(\.outcome).flatMap { Self.ids(in: $0.text) } }

    /// The steps of the turn as the provider is told them. Of outcomes too long for the space the oldest are shortened
    /// first, then the arguments of old calls; what the session keeps stays whole.
    ///
    /// - Parameter tokensMax: What the messages of all the steps may cost together.
    static func messages(_ exchanges: [ToolExchange], tokensMax: Int) -> [ChatMessage] {
        var messages: [ChatMessage] = [], count = 0
        for exchange in exchanges { messages += exchange.messages(numberedAfter: &count) }
        var excess = TokenEstimate.tokens(in: messages) - tokensMax
        let outcomes = messages.indices.filter { messages[$0].role == .tool }
        for index in outcomes where excess > 0 {
            guard case .outcome(of: let id, text: let text)? = messages[index].content.first else { continue }
            // The newest outcome is what the model has just asked for: it keeps what there is room for.
            let whole = TokenEstimate.tokens(in: text)
            let kept = index == outcomes.last ? max(shortTokens, whole - excess) : min(shortTokens, whole)
            let short = shortened(text, tokensMax: kept)
            messages[index].content = [.outcome(of: id, text: short)]
            excess -= whole - TokenEstimate.tokens(in: short)
        }
        if excess > 0 { shortenArguments(of: &messages) }
        return messages
    }

    /// The steps in words, for a conversation in which no tool can be called, and for later turns: some providers take
    /// a call only where it was made.
    static func words(_ exchanges: [ToolExchange]) -> String {
        let lines = exchanges.flatMap(\.calls).map { made in
            let outcome = made.outcome ?? ToolOutcome(.unknown, "")
            let arguments = Transcript.cut(made.call.arguments, tokensMax: shortTokens)
            return "\(made.call.name) \(arguments): \(outcome.status.rawValue): "
                + cut(outcome.text, tokensMax: shortTokens)
        }
        return "(Told by the program: in your turn on this you called\n" + lines.joined(separator: "\n") + ")"
    }

    /// How much of an old outcome a prompt holds, in tokens.
    private static let shortTokens = 64

    private func messages(numberedAfter count: inout Int) -> [ChatMessage] {
        let neutral = calls.map { made in
            count += 1
            return Self.neutral(made.call, number: count)
        }
        return [ChatMessage(.assistant, said, calls: neutral, layout: layout)]
            + zip(calls, neutral).map { made, call in
                let outcome = made.outcome ?? ToolOutcome(.unknown, "It still runs.")
                let mark = outcome.status == .done ? "" : "(\(outcome.status.rawValue)) "
                return ChatMessage(outcomeOf: call.id, mark + outcome.text)
            }
    }

    /// A call as every provider takes it: an id of nine letters and digits, which is the strictest rule among them, and
    /// arguments that are an object.
    private static func neutral(_ call: ToolCall, number: Int) -> ToolCall {
        let digits = String(number)
        return ToolCall(
            id: "call" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits, name: call.name,
            arguments: object(call.arguments))
    }

    /// Arguments as an object: as they are, or as the toolbox has read them, or else with what the model has written as
    /// a text, so that it sees its mistake.
    private static func object(_ arguments: String) -> String {
        if let object = JSON.objectText(repairing: arguments) { return object }
        let written = JSONValue.string(Transcript.cut(arguments, tokensMax: unreadableTokens))
        return String(decoding: JSON.encode(["not_a_json_object": written]), as: UTF8.self)
    }

    /// How much a prompt holds of arguments that are no object, in tokens.
    private static let unreadableTokens = 512

    /// Of all steps but the newest.
    private static func shortenArguments(of messages: inout [ChatMessage]) {
        let steps = messages.indices.filter { messages[$0].role == .assistant }
        for index in steps.dropLast() {
            messages[index].content = messages[index].content.map { part in
                guard case .call(var call) = part, TokenEstimate.tokens(in: call.arguments) > shortTokens else {
                    return part
                }
                call.arguments = #"{"shortened":true}"#
                return .call(call)
            }
        }
    }

    private static func shortened(_ text: String, tokensMax: Int) -> String {
        guard TokenEstimate.tokens(in: text) > tokensMax else { return text }
        return cut(text, tokensMax: max(1, tokensMax - 16)) + " [shortened here; call the tool again for all]"
    }

    /// The beginning of an outcome; one from outside ends with its mark all the same.
    private static func cut(_ text: String, tokensMax: Int) -> String {
        let beginning = Transcript.cut(text, tokensMax: tokensMax)
        return beginning == text ? text : beginning + OutsideText.end(of: text)
    }

    /// The ids that stand in `[[…]]`.
    private static func ids(in text: String) -> [RecordID] {
        var ids: [RecordID] = [], rest = Substring(text)
        while let open = rest.firstIndex(of: "["), let next = rest.index(open, offsetBy: 2, limitedBy: rest.endIndex) {
            guard rest[open..<next] == "[[" else {
                rest = rest[rest.index(after: open)...]
                continue
            }
            let inside = rest[next...].prefix { $0 != "]" && $0 != "|" && $0 != "#" && !$0.isNewline }
            if !inside.isEmpty, inside.endIndex < rest.endIndex { ids.append(RecordID(inside)) }
            rest = rest[inside.endIndex...]
        }
        return ids
    }
}
