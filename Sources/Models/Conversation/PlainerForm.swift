import Services

/// What is left out of a conversation that a provider has refused for its shape, so that the same refusal does not
/// come again for ever.
public enum PlainerForm: Int, CaseIterable, Sendable {
    /// The vendor's thoughts and signatures go.
    case withoutOpaqueParts
    /// Nothing but words stays: calls and outcomes are told in words, and no tool is offered.
    case wordsOnly
}

/// What a request that a provider has refused is changed in before it is sent once more.
public enum RequestCorrection: Hashable, Sendable {
    /// It does without a parameter that the model does not take; later requests do so too.
    case without(parameter: String)
    /// The conversation is in a plainer form.
    case plainer(PlainerForm)
}

extension Conversation {
    /// The forms that have less than the conversation itself, each with less than the one before.
    public var plainerForms: [PlainerForm] {
        let parts = messages.flatMap(\.content)
        let hasOpaque = parts.contains { if case .opaque = $0 { true } else { false } }
        let hasCalls = parts.contains { part in
            switch part {
            case .call, .outcome: true
            case .text, .opaque: false
            }
        }
        return (hasOpaque ? [.withoutOpaqueParts] : []) + (hasCalls || tools?.isEmpty == false ? [.wordsOnly] : [])
    }

    /// The conversation in a plainer form.
    public func plainer(_ form: PlainerForm) -> Conversation {
        var plainer = self
        plainer.messages = messages.map { message in
            let content = message.content.compactMap { part -> ContentPart? in
                switch (part, form) {
                case (.text, _): part
                case (.opaque, _): nil
                case (.call, .withoutOpaqueParts), (.outcome, .withoutOpaqueParts): part
                case (.call(let call), .wordsOnly): .text("\n[called \(call.name) with \(call.arguments)]")
                case (.outcome(of: _, text: let text), .wordsOnly): .text("[outcome: \(text)]")
                }
            }
            let isTold = form == .wordsOnly && message.role == .tool
            return ChatMessage(isTold ? .user : message.role, content)
        }
        if form == .wordsOnly { plainer.tools = nil }
        return plainer
    }
}
