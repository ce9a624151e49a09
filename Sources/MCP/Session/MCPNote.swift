/// Something about a server that an operator may want to know, for a log.
public struct MCPNote: Hashable, Sendable {
    /// What it is about.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// A line of its output is no message.
        case noMessage = "no_message"
        /// A message is longer than it may be.
        case tooLong = "too_long"
        /// It has answered something that was not asked.
        case unknownResponse = "unknown_response"
        /// It has asked for something that it is not given.
        case refusedRequest = "refused_request"
        /// It has sent news that nobody listens to, or that are none.
        case ignored
        /// A message for its log.
        case log
        /// A tool, or a part of its list of tools, is left out.
        case leftOut = "left_out"
        /// Its list of tools has not been read, or not all of it.
        case listing
        /// Changes of its list are not heard of.
        case subscription
        /// What happened on the way to its start.
        case start
    }

    /// What it is about.
    public var kind: Kind
    /// On one line, with the server's own words made readable.
    public var text: String
    /// The how manieth note of its kind it is. Of many only some are told: the first ten, then the 100th, the 1000th…
    public var count: Int
}

/// Counts notes, and says which are told.
struct NoteCounts: Sendable {
    private var counts: [MCPNote.Kind: Int] = [:]

    mutating func note(_ kind: MCPNote.Kind, _ text: String) -> MCPNote? {
        let count = (counts[kind] ?? 0) + 1
        counts[kind] = count
        var power = 10
        while power < count, power <= Int.max / 10 { power *= 10 }
        return count <= 10 || count == power ? MCPNote(kind: kind, text: text, count: count) : nil
    }
}
