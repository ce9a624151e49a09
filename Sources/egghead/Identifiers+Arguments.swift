import ArgumentParser
import Services

// How the identifiers are read from the command line.

extension RecordID: ExpressibleByArgument {}

extension AgentID: ExpressibleByArgument {
    /// Reads an id, also as a mention has it: `@scout`. Nil when nothing is left.
    public init?(argument: String) {
        let id = argument.withoutMentionSign
        if id.isEmpty { return nil }
        self.init(rawValue: id)
    }
}

extension String {
    /// The name of an agent as a person types it, without the `@` of a mention.
    var withoutMentionSign: String { hasPrefix("@") ? String(dropFirst()) : self }
}

extension RoomName {
    /// The room that a person has named.
    ///
    /// - Parameters:
    ///   - text: What was typed.
    ///   - attempt: What is to be done with the room, such as `post to`.
    /// - Throws: `invalid` when no room can be called so.
    init(typed text: String, _ attempt: String) throws(ServiceFailure) {
        guard let name = RoomName(rawValue: text) else {
            throw ServiceFailure(.invalid, "\(attempt) room \(text.prefix(Self.bytesMax)): \(Self.requirement)")
        }
        self = name
    }
}
