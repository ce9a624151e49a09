/// Bounds of what a provider may send. What is over them is not the provider's protocol, and ends the call.
public enum ModelLimits {
    /// The longest line of a stream, and the longest event, which may have several, in bytes: some vendors' last event
    /// repeats the whole answer with its thoughts, and the request besides.
    public static let eventBytesMax = 4 * 1_048_576
    /// The longest answer, in bytes of UTF-8.
    public static let answerBytesMax = 1_048_576
    /// The most tool calls of one answer.
    public static let toolCallsMax = 1_024
    /// The most events of a second answer, which nobody has asked for, that are held while the first has not begun.
    public static let heldChoicesMax = 4_096
    /// The most messages of one response that are told apart.
    public static let responseItemsMax = 256
    /// The longest text of an answer's tool calls, in bytes: they travel in one message of the bus (1 MiB).
    public static let toolCallBytesMax = 262_144
    /// The longest opaque parts of an answer together, in bytes: they travel in the same message as the tool calls.
    public static let opaqueBytesMax = 262_144
    /// The longest list of a provider's models, in bytes; OpenRouter's has some 600 KB.
    public static let modelListBytesMax = 8 * 1_048_576
    /// How much of a refusal's body is read, in bytes.
    public static let refusalBytesMax = 65_536
    /// How much of a provider's own words is quoted in a failure, in characters.
    public static let quoteCharactersMax = 200
    /// The fewest tokens to which every vendor lets an answer be bounded.
    public static let boundTokensMin = 16
}
