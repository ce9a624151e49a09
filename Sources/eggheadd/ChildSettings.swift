import Configuration
import JSON
import Runtime
import Services
import Supervision

/// Each child's part of the configuration. Only the part of `llm` has API keys.
struct ChildSettings {
    /// The directories of the node.
    let home: Home
    /// The present `config.yml`.
    let configuration: NodeConfiguration
    /// The file with the vendors' prices.
    let pricesFile: String
    /// The program that reads pages for agents.
    let pageReader: String
    /// Where systemd has put the credentials of the service; nil when there are none.
    let credentialsDirectory: String?
    /// The cgroup below which calls of tools have theirs; nil where there is none.
    let toolsCgroup: String?

    /// The settings of a child of the built-in tree; an empty object for one that has none.
    ///
    /// - Parameter digest: The launch digest, for an agent.
    func settings(of id: ChildID, digest: String?) -> JSONValue {
        if let agent = BuiltInTree.agent(of: id) {
            return Self.value(
                AgentSettings(
                    id: agent, digest: digest ?? "", contextThreshold: configuration.contextThreshold))
        }
        if let name = BuiltInTree.mcpServer(of: id) {
            var settings = configuration.servers.first { $0.name == name }
            settings?.node = MCPServerSettings.Node(
                reserved: hidden + [home.recordsDirectory], stateDirectory: home.stateDirectory,
                credentialsDirectory: credentialsDirectory)
            return settings.map(Self.value) ?? .object([:])
        }
        switch BuiltInTree.Name(rawValue: id.name) {
        case .broker: return Self.value(configuration.broker)
        case .index: return Self.value(IndexSettings(stateDirectory: home.stateDirectory))
        case .toolbox:
            return Self.value(
                ToolboxSettings(
                    stateDirectory: home.stateDirectory, recordsDirectory: home.recordsDirectory,
                    sandbox: configuration.sandbox, hidden: hidden, pageReader: pageReader, cgroup: toolsCgroup,
                    asking: configuration.asking, skills: configuration.skills))
        case .store: return Self.value(StoreSettings(recordsDirectory: home.recordsDirectory))
        case .llm:
            return Self.value(
                GatewaySettings(
                    providers: configuration.providers.map(\.settings), defaultProvider: configuration.defaultProvider,
                    models: configuration.models, ownServers: configuration.ownServers,
                    unusable: configuration.unusableReasons,
                    stateDirectory: home.stateDirectory, caps: configuration.caps,
                    prices: configuration.prices, pricesFile: pricesFile, credentialsDirectory: credentialsDirectory))
        case .coordinator:
            return Self.value(
                CoordinatorSettings(
                    stateDirectory: home.stateDirectory, defaultRoom: configuration.defaultRoom,
                    turnBudget: configuration.turnBudget,
                    turnTimeoutMilliseconds: configuration.turnTimeoutMilliseconds,
                    retention: configuration.retention))
        case .eggheadd, .records, .models, .tools, .mcp, .layer, .agents, nil: return .object([:])
        }
    }

    /// What no agent sees of the machine's files: the node's own, and those with keys.
    private var hidden: [String] {
        let keys = configuration.providers.compactMap { provider in
            if case .file(let path)? = provider.settings.keySource { path } else { nil }
        }
        let own = [
            home.configFile, KeyFile.environment(of: home).path, home.stateDirectory, home.runDirectory, home.busSocket,
        ]
        let sources = configuration.servers.flatMap(\.secrets) + configuration.secretsOfUnusableServers
        let secrets = sources.compactMap { if case .file(let path) = $0 { path } else { nil } }
        return own + keys + secrets + (credentialsDirectory.map { [$0] } ?? [])
    }

    private static func value(_ settings: some Codable) -> JSONValue {
        // Our own types are JSON objects, and every JSON object is a JSONValue.
        (try? JSON.decode(JSONValue.self, from: JSON.encode(settings))) ?? .object([:])
    }
}
