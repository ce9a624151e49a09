import LinuxSystem
import Records
import Services

/// The agents of the catalogue, kept until the catalogue changes, because they are requested before each turn.
struct AgentList {
    /// The version of another store differs because it begins with another birth.
    private let birth = Clock.timestamp()
    private var version = -1
    private var agents: [AgentDefinition] = []

    /// A list without agents.
    init() {}

    /// Every agent that should exist, in the order of their ids.
    mutating func current(_ catalogue: Catalogue) -> [AgentDefinition] {
        if version != catalogue.agentsVersion {
            version = catalogue.agentsVersion
            agents = catalogue.agents
        }
        return agents
    }

    /// A page of the agents; empty if the caller already has this version.
    mutating func page(_ request: Store.Agents.Request, of catalogue: Catalogue) -> Store.Agents.Reply {
        let all = current(catalogue)
        var page = Store.Agents.Reply(agents: [], more: false, version: "\(birth)/\(version)"), bytes = 0
        if request.known == page.version { return page }
        for agent in all where request.after.map({ agent.id > $0 }) ?? true {
            bytes += agent.payloadBytes
            if bytes > RecordLimits.pageBytesMax, !page.agents.isEmpty {
                page.more = true
                break
            }
            page.agents.append(agent)
        }
        if !page.more { page.undecided = Array(catalogue.undecided.prefix(RecordLimits.problemsMax)) }
        return page
    }
}
