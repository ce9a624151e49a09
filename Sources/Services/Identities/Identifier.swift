/// A name that is one string on the wire and in files, and a type of its own everywhere else.
///
/// A text becomes one where it enters the program: when a message, a journal or a command line is read. From there on
/// nothing takes it apart again.
public protocol Identifier: RawRepresentable, Hashable, Comparable, Codable, Sendable, CustomStringConvertible,
    ExpressibleByStringLiteral
where RawValue == String {
    /// What a text must be to be one, in words that follow its key; told to whoever sent another.
    static var requirement: String { get }
}

extension Identifier {
    /// A name in the program's own text.
    ///
    /// - Precondition: It meets the requirement.
    public init(stringLiteral text: String) {
        guard let value = Self(rawValue: text) else { preconditionFailure("\"\(text)\": \(Self.requirement)") }
        self = value
    }

    /// Reads the string.
    ///
    /// - Throws: `DecodingError` with an `IdentifierProblem` below it.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer(), text = try container.decode(String.self)
        guard let value = Self(rawValue: text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: container.codingPath, debugDescription: Self.requirement,
                    underlyingError: IdentifierProblem(description: Self.requirement)))
        }
        self = value
    }

    /// Writes the string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// The string.
    public var description: String { rawValue }

    /// Whether the strings are the same bytes: a name is that of a file, and an entry of a database.
    public static func == (first: Self, second: Self) -> Bool { first.rawValue.hasSameBytes(as: second.rawValue) }

    /// Hashes the bytes of the string.
    public func hash(into hasher: inout Hasher) { rawValue.hashBytes(into: &hasher) }

    /// In the order of the bytes of their strings.
    public static func < (first: Self, second: Self) -> Bool {
        first.rawValue.utf8.lexicographicallyPrecedes(second.rawValue.utf8)
    }
}

/// Why a text is no identifier of the kind that was wanted.
public struct IdentifierProblem: Error, Hashable, CustomStringConvertible {
    /// What is wanted.
    public let description: String
}
