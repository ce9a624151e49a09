extension Toolbox {
    /// `skills`: every skill, for people.
    public enum Skills: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "skills"

        /// For whom.
        public struct Request: Codable, Sendable, Hashable {
            /// The agent to which they are offered; all skills when nil.
            public var agent: AgentID?

            /// A request.
            public init(agent: AgentID?) { self.agent = agent }
        }

        /// The skills.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their names.
            public var skills: [SkillDescription]

            /// A reply.
            public init(skills: [SkillDescription]) { self.skills = skills }
        }
    }
}

/// A skill, or what was to be one, for people.
public struct SkillDescription: Codable, Sendable, Hashable {
    /// What models call it; where it is, when it has no usable name.
    public var name: String
    /// What it is for.
    public var description: String
    /// The record or the directory that it is.
    public var source: String
    /// The tools that it needs, as it names them.
    public var allowedTools: [String]
    /// Its instructions.
    public var text: String
    /// Why nobody is offered it, if so.
    public var problem: String?

    /// A skill.
    public init(
        name: String, description: String = "", source: String, allowedTools: [String] = [], text: String = "",
        problem: String?
    ) {
        self.name = name
        self.description = description
        self.source = source
        self.allowedTools = allowedTools
        self.text = text
        self.problem = problem
    }
}
