/// A part of what a message says.
public enum ContentPart: Sendable, Hashable {
    /// Words.
    case text(String)
    /// A tool that the assistant calls.
    case call(ToolCall)
    /// What the program tells of the call with an id.
    case outcome(of: String, text: String)
    /// What only the vendor understands: a thought, a signature.
    case opaque(OpaquePart)
}

/// Data of a vendor that goes back to it unchanged, at the same place of the conversation, and to no other vendor.
/// Nobody else reads it, and no person sees it.
public struct OpaquePart: Codable, Sendable, Hashable {
    /// The family of providers that made it and takes it back; a dialect leaves out what is of another family.
    public var family: String
    /// The data; its shape is the family's own.
    public var value: JSONValue

    /// Data of a family.
    public init(family: String, value: JSONValue) {
        self.family = family
        self.value = value
    }

    /// About how long its JSON text is, in bytes; too short only by what JSON escapes.
    public var bytesEstimate: Int { family.utf8.count + Self.bytesEstimate(of: value) }

    private static func bytesEstimate(of value: JSONValue) -> Int {
        switch value {
        case .null, .bool, .integer, .number: 8
        case .string(let text): text.utf8.count + 2
        case .array(let items): items.reduce(2) { $0 + bytesEstimate(of: $1) + 1 }
        case .object(let members): members.reduce(2) { $0 + $1.key.utf8.count + 4 + bytesEstimate(of: $1.value) }
        }
    }
}
