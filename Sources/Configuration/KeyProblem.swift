/// Why there is no key where one is to be.
public struct KeyProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// For example `open /etc/egghead/key: No such file or directory`.
    public let description: String

    /// A problem in words.
    public init(_ description: String) { self.description = description }
}
