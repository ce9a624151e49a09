import Services

/// How many tokens a text has when no provider has counted them.
///
/// The rule is four bytes of UTF-8 a token, rounded up. English prose has 4 to 4.5 bytes a token with today's
/// tokenisers, source code about 3, and other scripts 2 to 3 bytes of theirs; so this is an estimate to be compared
/// with thresholds that leave room, never with the window itself. A count that a provider reports is always better.
public enum TokenEstimate {
    /// Bytes of UTF-8 in a token.
    public static let bytesPerToken = 4
    /// What a message costs besides its words: the marks of role, begin and end.
    public static let tokensPerMessage = 4

    /// The estimate for a text.
    public static func tokens(in text: String) -> Int { tokens(inBytes: text.utf8.count) }

    private static func tokens(inBytes bytes: Int) -> Int { (bytes + bytesPerToken - 1) / bytesPerToken }

    /// The estimate for a conversation.
    public static func tokens(in messages: [ChatMessage]) -> Int {
        messages.reduce(0) { sum, message in
            message.content.reduce(sum + tokensPerMessage) { $0 + tokens(in: $1) }
        }
    }

    private static func tokens(in part: ContentPart) -> Int {
        switch part {
        case .text(let text), .outcome(of: _, text: let text): tokens(in: text)
        case .call(let call): tokens(in: call.name) + tokens(in: call.arguments)
        case .opaque(let part): tokens(inBytes: part.bytesEstimate)
        }
    }

    /// The estimate for a menu of tools, whose schemas a provider writes into the conversation.
    public static func tokens(in menu: [ToolDefinition]) -> Int {
        menu.reduce(0) { $0 + tokensPerMessage + tokens(in: $1.name) + tokens(in: $1.description) + schemaTokens }
    }

    /// What the schema of a tool's parameters costs: a few keys, each with a sentence.
    private static let schemaTokens = 64
}
