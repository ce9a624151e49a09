import Services

// Copies of agents: two files that say the same, of which a person wants one to act.
extension Catalogue {
    /// The agent's file of which this one is a copy, as their names say; nil if there is none. A copy starts no agent,
    /// also after its original has gone, unless it has a text or a key `id` of its own: who deletes an agent does not
    /// want it back because a program has kept the file under another name.
    func agent(copiedAs path: String) -> String? {
        let originals = CopyName.originals(of: path)
        return originals.first { agentsByPath[$0] != nil || undecidedPaths.contains($0) }
            ?? agentsByPath[path].flatMap { agent in
                originals.first { formerAgents[$0].map { isSame(agent, as: $0, at: path) } == true }
            }
    }

    /// Whether an agent is what another one was, but for a title and an id that its path gives it.
    private func isSame(_ agent: AgentDefinition, as former: AgentDefinition, at path: String) -> Bool {
        let ownID = entry(path: path)?.ownID
        return agent.saysTheSame(as: former) && (ownID == nil || agent.id == former.id)
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
                let isThere = agentsByPath[original] != nil || undecidedPaths.contains(original)
                let message =
                    "the file is a copy of \(original), as its name says, and starts no agent "
                    + (isThere ? "while that is there; " : "although that has gone; ")
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
    func saysTheSame(as other: AgentDefinition) -> Bool {
        var copy = self
        (copy.id, copy.title, copy.problem) = (other.id, other.title, other.problem)
        return copy == other
    }
}
