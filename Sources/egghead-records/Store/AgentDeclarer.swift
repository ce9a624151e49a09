import JSON
import Records
import Runtime
import Services

/// Declares to eggheadd which agents should exist: the full set, after the first complete scan and whenever it has
/// changed and no further change followed. eggheadd compares and acts; it reads no record.
final class AgentDeclarer {
    private let process: ChildProcess
    private let scanner: Scanner
    private var timer: Timer?
    private var declared: [AgentDeclaration]?

    /// An editor may remove a file before it writes the new one: an agent that is missing for less than this stays.
    private static let settleTime = Duration.milliseconds(50)

    /// A declarer that has declared nothing yet.
    init(process: ChildProcess, scanner: Scanner) {
        self.process = process
        self.scanner = scanner
    }

    /// The set of agents may have changed.
    func agentsChanged() {
        if timer?.isPending == true { return }
        timer = process.loop.schedule(after: Self.settleTime) { [unowned self] in declare() }
    }

    private func declare() {
        let catalogue = scanner.catalogue
        let agents =
            catalogue.agents.map { AgentDeclaration(id: $0.id, digest: $0.digest, limits: $0.limits) }
            + catalogue.undecided.map { AgentDeclaration(id: $0.id, digest: nil) }
        if agents == declared { return }
        declared = agents
        let parts = Self.parts(of: agents)
        for (part, agents) in parts.enumerated() {
            process.channel.send(.declare(part: part, of: parts.count, agents: agents))
        }
        process.log.notice("agents.declared", ["agents": "\(agents.count)"])
    }

    /// Parts that each fit a message of the channel, escapes included.
    private static func parts(of agents: [AgentDeclaration]) -> [[AgentDeclaration]] {
        var parts: [[AgentDeclaration]] = [[]], bytes = 0
        for agent in agents {
            let size = JSON.encode(agent).count + 1
            if bytes + size > ParentChannelLimits.messageBytesMax - 256 {
                parts.append([])
                bytes = 0
            }
            parts[parts.count - 1].append(agent)
            bytes += size
        }
        return parts
    }
}
