extension Coordinator {
    /// `spending`: the tokens that agents have used today, UTC.
    public enum Spending: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.coordinator, name = "spending"

        /// The tokens.
        public struct Reply: Codable, Sendable, Hashable {
            /// Every agent that has used some, in the order of their ids.
            public var agents: [AgentSpending]

            /// A reply.
            public init(agents: [AgentSpending]) { self.agents = agents }
        }
    }
}

/// What an agent has used today.
public struct AgentSpending: Codable, Sendable, Hashable {
    /// The agent.
    public var agent: AgentID
    /// Prompts and answers together, as far as its providers count them.
    public var tokens: TokenCount

    /// A sum.
    public init(agent: AgentID, tokens: TokenCount) {
        self.agent = agent
        self.tokens = tokens
    }
}
