import Services

// Copies of agents: two files that say the same, of which a person wants one to act.
extension Catalogue {
    /// The agent's file of which this one is a copy, as their names say; nil if there is none. A copy starts no agent.
    func agent(copiedAs path: String) -> String? {
        CopyName.originals(of: path).first { agentsByPath[$0] != nil || undecidedPaths.contains($0) }
    }

    /// Whether a file is the copy of another, as their names say: it never takes an id from that.
    func isCopy(_ path: String) -> Bool {
        ConflictCopy.program(of: path) != nil || CopyName.originals(of: path).contains { entry(path: $0) != nil }
    }

    /// What is wrong with agents that are copies: by their names, or by what they say.
    var copyProblems: [RecordProblem] {
        var problems: [RecordProblem] = []
        // Equal agents have equal digests, which are compared faster than their texts.
        var known: [String: [(agent: AgentDefinition, path: String)]] = [:]
        for path in agentsByPath.keys.sorted(by: { ExactText($0) < ExactText($1) }) where knows(path) {
            if let original = agent(copiedAs: path) {
                let message =
                    "the file is a copy of \(original), as its name says, and starts no agent while that is there; "
                    + "give it another name or delete it"
                problems.append(RecordProblem(path: path, line: nil, message: message))
                continue
            }
            guard let agent = agentsByPath[path], !agent.disposition.isEmpty else { continue }
            if let first = known[agent.digest]?.first(where: { $0.agent.saysTheSame(as: agent) }) {
                let message = "the agent says word for word the same as \(first.path); delete one of them, or change it"
                problems.append(RecordProblem(path: path, line: nil, message: message))
            } else {
                known[agent.digest, default: []].append((agent, path))
            }
        }
        return problems
    }
}

extension AgentDefinition {
    /// Whether another agent is the same, but for its id and its title.
    fileprivate func saysTheSame(as other: AgentDefinition) -> Bool {
        var copy = self
        (copy.id, copy.title, copy.problem) = (other.id, other.title, other.problem)
        return copy == other
    }
}
