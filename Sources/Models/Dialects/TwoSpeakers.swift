import Services

/// A conversation for vendors that know two speakers, who take turns, and a system that speaks once, before them.
///
/// | in the conversation | here |
/// |---|---|
/// | the system's words at the beginning | `system` |
/// | the system's words later on | words of the user, in their place |
/// | what the user says and what the program tells of calls | one message, outcomes first |
/// | two messages of the model | one message |
/// | the model speaks first | the user's `…` goes before it |
struct TwoSpeakers {
    /// What one of the two says until the other one speaks.
    struct Message {
        /// Whether the model speaks; if not, the user does.
        var isModel: Bool
        /// What is said; may be empty.
        var parts: [ContentPart]
    }

    /// The system's words; empty if there are none.
    private(set) var system = ""
    /// At least one; the first is the user's.
    private(set) var messages: [Message] = []

    /// The speakers of a conversation.
    init(_ conversation: [ChatMessage]) {
        for message in conversation {
            if message.role == .system, messages.isEmpty {
                system += (system.isEmpty ? "" : "\n\n") + message.words
            } else {
                add(message.content, isModel: message.role == .assistant)
            }
        }
        if messages.first?.isModel != false { messages.insert(Message(isModel: false, parts: [.text("…")]), at: 0) }
    }

    private mutating func add(_ parts: [ContentPart], isModel: Bool) {
        if messages.last?.isModel != isModel { messages.append(Message(isModel: isModel, parts: [])) }
        let last = messages.count - 1
        for part in parts {
            if case .outcome = part {
                let place = messages[last].parts.firstIndex { if case .outcome = $0 { false } else { true } }
                messages[last].parts.insert(part, at: place ?? messages[last].parts.count)
            } else {
                messages[last].parts.append(part)
            }
        }
    }
}
