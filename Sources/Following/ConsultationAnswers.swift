import Services

/// The outcome of each turn that a question to all agents has caused.
public struct ConsultationAnswers: Sendable, Hashable {
    /// How a turn ended.
    public enum Outcome: String, Codable, Sendable {
        /// The agent answered, or had nothing to say.
        case answered, passed
        /// There is no answer: the agent says why in a notice, or the coordinator does because the agent could not.
        case failed, abandoned
    }

    /// The outcome of one agent's turn.
    public struct Answer: Codable, Sendable, Hashable {
        /// The record's id.
        public var agent: AgentID
        /// How the turn ended.
        public var outcome: Outcome
        /// The answer or the notice; empty if the agent passed.
        public var text: String

        /// An outcome with its text.
        public init(agent: AgentID, outcome: Outcome, text: String) {
            self.agent = agent
            self.outcome = outcome
            self.text = text
        }
    }

    /// The outcomes, in the order in which they arrived.
    public private(set) var answers: [Answer] = []
    private let agents: [TurnID: AgentID]

    /// A consultation without outcomes.
    ///
    /// - Parameter question: The coordinator's acknowledgement of the question; it names the turns and their agents.
    public init(_ question: Coordinator.Post.Reply) {
        agents = Dictionary(zip(question.turns, question.agents ?? []), uniquingKeysWith: { first, _ in first })
    }

    /// Takes an event of the room. The answer of an agent that another agent has asked counts as well.
    public mutating func receive(_ event: RoomEvent) {
        let speaker = event.from.agent
        // Neither a request to approve a call nor how far one is ends its turn.
        if event.isOfOpenTurn { return }
        guard let turn = event.turn, let agent = speaker ?? agents[turn] else { return }
        switch event.type {
        case .message: answers.append(Answer(agent: agent, outcome: .answered, text: event.text))
        case .notice:
            answers.append(Answer(agent: agent, outcome: speaker == nil ? .abandoned : .failed, text: event.text))
        case .action:
            // Other actions, such as a death, are not the end of the turn: it continues with the agent's successor.
            if event.outcome == .passed { answers.append(Answer(agent: agent, outcome: .passed, text: "")) }
        }
    }

    /// Whether any agent has answered.
    public var isAnswered: Bool { answers.contains { $0.outcome == .answered } }

    /// The outcomes as text for people, each under the name of its agent.
    public var text: String {
        answers.map { answer in
            switch answer.outcome {
            case .answered: "@\(answer.agent):\n\(answer.text)\n"
            case .passed: "@\(answer.agent) passes\n"
            case .failed, .abandoned: "@\(answer.agent):\n! \(answer.text)\n"
            }
        }.joined(separator: "\n")
    }
}
