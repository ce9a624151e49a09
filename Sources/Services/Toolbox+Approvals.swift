// A person's yes to what an agent would do.
extension Toolbox {
    /// `requests`: the calls that wait for a person's yes, for people.
    public enum Requests: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "requests"

        /// Which of them.
        public struct Request: Codable, Sendable, Hashable {
            /// The number of the one that is told whole; all are told in short when nil.
            public var number: Int?

            /// A request.
            public init(number: Int?) { self.number = number }
        }

        /// The calls.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their numbers.
            public var requests: [ApprovalRequest]

            /// A reply.
            public init(requests: [ApprovalRequest]) { self.requests = requests }
        }
    }

    /// `approve`: a call that waits may run. For people alone, and of these for those whom the record or the
    /// configuration names, if any. Answered once the yes is on the disk and in the room; a repeated yes is answered as
    /// the first one was.
    public enum Approve: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "approve"

        /// Which one.
        public struct Request: Codable, Sendable, Hashable {
            /// The request's number.
            public var number: Int
            /// Whether the agent's record is to grant it from now on, so that nobody is asked again.
            public var always: Bool
            /// What a server has asked for, by the names of its fields, as people write it.
            public var values: [String: String]?

            /// A request.
            public init(number: Int, always: Bool = false, values: [String: String]? = nil) {
                self.number = number
                self.always = always
                self.values = values
            }
        }

        /// What was approved.
        public struct Reply: Codable, Sendable, Hashable {
            /// The agent.
            public var agent: AgentID
            /// What it does, on one line.
            public var summary: String
            /// What its record grants from now on, when that was asked for.
            public var granted: [Grant]

            /// A reply.
            public init(agent: AgentID, summary: String, granted: [Grant]) {
                self.agent = agent
                self.summary = summary
                self.granted = granted
            }
        }
    }

    /// `deny`: a call that waits does not run, and its agent is told so. For the same people as `approve`.
    public enum Deny: ServiceOperation {
        /// See `Approve.Reply`; nothing is granted.
        public typealias Reply = Approve.Reply
        public static let service = ServiceName.toolbox, name = "deny"

        /// Which one.
        public struct Request: Codable, Sendable, Hashable {
            /// The request's number.
            public var number: Int
            /// Why, for the agent and the room; may be left out.
            public var reason: String?

            /// A request.
            public init(number: Int, reason: String? = nil) {
                self.number = number
                self.reason = reason
            }
        }
    }

    /// `end_turn`: a turn has ended without its agent: what it has called and runs is stopped, and what waits does not
    /// run. For the coordinator alone.
    public enum EndTurn: ServiceOperation {
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.toolbox, name = "end_turn"

        /// Whose turn.
        public struct Request: Codable, Sendable, Hashable {
            /// The agent.
            public var agent: AgentID
            /// Its turn.
            public var turn: TurnID

            /// A request.
            public init(agent: AgentID, turn: TurnID) {
                self.agent = agent
                self.turn = turn
            }
        }
    }
}

/// A call that waits for a person's yes.
public struct ApprovalRequest: Codable, Sendable, Hashable {
    /// Its number, unique on the node.
    public var number: Int
    /// The agent.
    public var agent: AgentID
    /// The turn in which it is wanted; its room is where people are asked.
    public var turn: TurnID
    /// The tool.
    public var tool: String
    /// What it would do, on one line.
    public var summary: String
    /// All of what it would do, several lines.
    public var details: [String]
    /// What the agent said before it; nil when it said nothing.
    public var reason: String?
    /// When the agent asked, RFC 3339.
    public var askedAt: String
    /// How long after that it is denied, in seconds.
    public var timeoutSeconds: Int

    /// A request.
    public init(
        number: Int, agent: AgentID, turn: TurnID, tool: String, summary: String, details: [String], reason: String?,
        askedAt: String, timeoutSeconds: Int
    ) {
        self.number = number
        self.agent = agent
        self.turn = turn
        self.tool = tool
        self.summary = summary
        self.details = details
        self.reason = reason
        self.askedAt = askedAt
        self.timeoutSeconds = timeoutSeconds
    }
}
