/// One thing that may be done to one kind of resource, written `resource.verb`, for example `records.search`.
public struct Permission: Hashable, Sendable, CustomStringConvertible {
    /// What it is about: `records`, `deliberations`, …
    public let resource: String
    /// What is done to it.
    public let verb: String

    /// A permission of these two words.
    public init(_ resource: String, _ verb: String) {
        self.resource = resource
        self.verb = verb
    }

    /// `records.search`
    public var description: String { "\(resource).\(verb)" }
}
