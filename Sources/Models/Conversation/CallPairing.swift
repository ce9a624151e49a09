import Services

/// Puts calls and their outcomes together: vendors refuse a conversation, and so each one that goes on from it, in
/// which a call is not answered at once, or an outcome has no call.
///
/// | in the conversation | after it |
/// |---|---|
/// | a call without an outcome | has one that says that nothing is known |
/// | an outcome that comes later, after other words | follows its call |
/// | a second outcome of a call | is left out |
/// | an outcome without a call | is told as words of the user |
/// | a call without an id, or with that of an earlier one | has an id of its own |
///
/// A conversation in which they are together is left as it is.
enum CallPairing {
    /// What a call is answered with when nobody knows what became of it.
    static let unknownOutcome = "The outcome of this call is not known: it may or may not have run."

    /// A conversation in which each message with calls is followed by their outcomes, and no other outcome is there.
    static func paired(_ messages: [ChatMessage]) -> [ChatMessage] {
        var rest = messages[...], paired: [ChatMessage] = [], ids: Set<String> = []
        while let message = rest.popFirst() {
            let calls = message.calls
            guard !calls.isEmpty else {
                paired += told(message)
                continue
            }
            let outcomes = calls.enumerated().map { place, call in
                let isLast = !calls[(place + 1)...].contains { $0.id == call.id }
                return take(outcomeOf: call.id, all: isLast, from: &rest) ?? unknownOutcome
            }
            let ownIDs = calls.map { unused($0.id, &ids) }
            paired.append(message.withCallIDs(ownIDs))
            paired += zip(ownIDs, outcomes).map { ChatMessage(outcomeOf: $0, $1) }
            paired += told(ChatMessage(message.role, message.content.filter(\.isOutcome)))
        }
        return paired
    }

    /// Takes the outcome of a call out of what follows, up to the next message with a call of that id.
    ///
    /// - Parameter all: Whether further outcomes of the id are left out.
    private static func take(outcomeOf id: String, all: Bool, from rest: inout ArraySlice<ChatMessage>) -> String? {
        var found: String?
        for place in rest.indices {
            if rest[place].calls.contains(where: { $0.id == id }) { break }
            rest[place].content.removeAll {
                guard case .outcome(of: id, text: let text) = $0, all || found == nil else { return false }
                found = found ?? text
                return true
            }
        }
        rest.removeAll { $0.content.isEmpty && $0.role == .tool }
        return found
    }

    /// A message without calls, its outcomes as words; nothing if it had nothing else than them.
    private static func told(_ message: ChatMessage) -> [ChatMessage] {
        let outcomes = message.content.compactMap { part -> ChatMessage? in
            guard case .outcome(of: _, text: let text) = part else { return nil }
            return ChatMessage(.user, "The outcome of a call that is no longer shown: \(text)")
        }
        let isEmpty = message.content.isEmpty && message.role != .user
        if outcomes.isEmpty { return message.role == .tool || isEmpty ? [] : [message] }
        let words = message.content.filter { !$0.isOutcome }
        return outcomes + (words.isEmpty ? [] : [ChatMessage(message.role, words)])
    }

    private static func unused(_ id: String, _ used: inout Set<String>) -> String {
        var own = id.isEmpty ? "call" : id, number = 1
        while !used.insert(own).inserted {
            number += 1
            own = "\(id.isEmpty ? "call" : id)-\(number)"
        }
        return own
    }
}

extension ContentPart {
    fileprivate var isOutcome: Bool {
        if case .outcome = self { true } else { false }
    }
}

extension ChatMessage {
    /// The message without outcomes, its calls under other ids.
    fileprivate func withCallIDs(_ ids: [String]) -> ChatMessage {
        var ids = ids[...]
        return ChatMessage(
            role,
            content.compactMap { part in
                guard case .call(var call) = part else { return part.isOutcome ? nil : part }
                call.id = ids.popFirst() ?? call.id
                return .call(call)
            })
    }
}
