import Services

/// The pattern of a subscription: a subject in which `*` stands for one token and a last `>` for one or more.
public struct SubjectPattern: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The pattern in the form of the protocol.
    public let description: String

    /// A pattern in its written form; nil if it has an empty token, a blank, or a `>` that is not last.
    public init?(_ text: String) {
        guard SubjectSyntax.isPattern(text.utf8) else { return nil }
        description = text
    }

    /// A pattern in the program's own text; an invalid one is a bug of the program.
    public init(stringLiteral text: String) {
        precondition(SubjectSyntax.isPattern(text.utf8), "not a subject pattern: \(text)")
        description = text
    }

    /// The pattern that matches only one subject.
    public init(_ subject: Subject) { description = subject.description }

    /// Everything below a subject: `<subject>.>`.
    public static func below(_ subject: Subject) -> SubjectPattern {
        SubjectPattern(stringLiteral: "\(subject).>")
    }

    /// `svc.<service>.<operation>.*`: the requests of all callers to one operation.
    public static func requests(_ service: ServiceName, _ operation: String) -> SubjectPattern {
        SubjectPattern(stringLiteral: "svc.\(service.rawValue).\(Subject.encode(operation)).*")
    }

    /// `room.<room>.delta.*`: the words that any agent writes in a room.
    public static func roomDeltas(_ room: RoomName) -> SubjectPattern {
        SubjectPattern(stringLiteral: "room.\(room).delta.*")
    }

    /// Whether the pattern matches the subject.
    public func matches(_ subject: Subject) -> Bool {
        SubjectSyntax.covers(description.utf8, subject.description.utf8)
    }

    /// Whether this pattern matches everything that the other matches.
    public func covers(_ other: SubjectPattern) -> Bool {
        SubjectSyntax.covers(description.utf8, other.description.utf8)
    }
}
