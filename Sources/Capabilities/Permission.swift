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

    /// To find passages of records.
    public static let searchRecords = Permission("records", "search")
    /// To read a record whole.
    public static let readRecords = Permission("records", "read")
    /// To make a new record.
    public static let createRecords = Permission("records", "create")
    /// To write one's own deliberations. No record grants it: every agent has it.
    public static let writeDeliberations = Permission("deliberations", "write")
    /// To read one's own deliberations. No record grants it: every agent has it.
    public static let readDeliberations = Permission("deliberations", "read")
}
