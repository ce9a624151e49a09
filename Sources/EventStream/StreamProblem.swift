/// Why bytes are not the stream that they should be.
public struct StreamProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// For example `a line of the stream is longer than 262144 bytes`.
    public let description: String

    /// A problem in words.
    public init(_ description: String) { self.description = description }
}
