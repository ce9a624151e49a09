import Services

/// What has become of each turn that a question to all agents has caused.
public struct ConsultationAnswers: Sendable, Hashable {
    /// How a turn ended.
    public enum Outcome: String, Codable, Sendable {
        /// With an answer, or with nothing to say.
        case answered, passed
        /// With the agent's notice why there is no answer, or with the coordinator's why nobody could give one.
        case failed, abandoned
    }

    /// The end of one agent's turn.
    public struct Answer: Codable, Sendable, Hashable {
        /// The record's id.
        public var agent: AgentID
        /// How it ended.
        public var outcome: Outcome
        /// The answer or the notice; empty when the agent has passed.
        public var text: String

        /// An end.
        public init(agent: AgentID, outcome: Outcome, text: String) {
            self.agent = agent
            self.outcome = outcome
            self.text = text
        }
    }

    /// In the order in which they came.
    public private(set) var answers: [Answer] = []
    private let agents: [TurnID: AgentID]

    /// Nothing has come yet.
    ///
    /// - Parameter question: What the coordinator said of the question.
    public init(_ question: Coordinator.Post.Reply) {
        agents = Dictionary(zip(question.turns, question.agents ?? []), uniquingKeysWith: { first, _ in first })
    }

    /// Takes what follows in the room. An agent that was asked by another one's answer is heard as well.
    public mutating func receive(_ event: RoomEvent) {
        let speaker = event.from.agent
        guard let turn = event.turn, let agent = speaker ?? agents[turn] else { return }
        switch event.type {
        case .message: answers.append(Answer(agent: agent, outcome: .answered, text: event.text))
        case .notice:
            answers.append(Answer(agent: agent, outcome: speaker == nil ? .abandoned : .failed, text: event.text))
        case .action:
            // An agent that has died is followed by its successor.
            if event.text == "passes" { answers.append(Answer(agent: agent, outcome: .passed, text: "")) }
        }
    }

    /// Whether anybody has answered.
    public var isAnswered: Bool { answers.contains { $0.outcome == .answered } }

    /// The answers as people read them, each under its agent's name.
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
