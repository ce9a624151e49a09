/// The id of a record: its own key `id`, or its path below the records directory without the extension.
///
/// Any text can be asked for; which ones a record may be given is a rule of `Records`.
public struct RecordID: Identifier {
    /// See `Identifier`.
    public static let requirement = "a record's id is text"

    /// The id as people write it.
    public let rawValue: String

    /// The id of this text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The id of this text.
    public init(_ text: some StringProtocol) { rawValue = String(text) }
}
