/// A text that nobody may read in a description, a log or a failure: a token, a password, a verifier.
///
/// It is written out by `Codable`, for the file that only its owner may read, and by `text`, for the request that
/// carries it; nowhere else.
public struct SecretValue: Hashable, Sendable, Codable, CustomStringConvertible, CustomReflectable {
    /// The secret itself.
    public let text: String

    /// A secret.
    public init(_ text: String) { self.text = text }

    /// Reads a text.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The same for every secret, and so also for its length.
    public var description: String { "[secret]" }

    /// Nothing: `dump` and string interpolation of what holds a secret look here.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
