/// The id of an agent, which is that of the record that defines it.
public struct AgentID: Identifier {
    /// See `Identifier`.
    public static let requirement = "an agent's id is that of a record"

    /// The record's id as people write it.
    public let rawValue: String

    /// The id of this text.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The id of this text.
    public init(_ text: some StringProtocol) { rawValue = String(text) }

    /// The agent that a record defines.
    public init(_ record: RecordID) { rawValue = record.rawValue }

    /// The record that defines the agent.
    public var record: RecordID { RecordID(rawValue: rawValue) }

    /// The agent's process in the tree, which has the name of the agent on the bus.
    public var child: String { Principal.agent(self).description }
}
