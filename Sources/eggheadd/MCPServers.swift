import Configuration
import Services
import Supervision

/// The MCP servers that eggheadd has a process for under `mcp`, as a configuration names them.
enum MCPServers {
    /// How long a server may take until its tools are known: a package may be downloaded at its first start.
    private static let startTimeout = Duration.seconds(240)
    /// How long it may take to end: its input is closed, and it is asked to.
    private static let shutdown = Duration.seconds(10)
    /// What a server may use with all that it starts.
    private static let limits = WorkerSpec.Limits(memoryBytes: 1 << 30, tasks: 256)

    /// The processes of a configuration, in its order.
    static func children(of configuration: NodeConfiguration) -> [ConfiguredChild] {
        configuration.servers.map { server in
            let worker = WorkerSpec(
                command: [server.address == nil ? "egghead-mcp" : "egghead-mcp-remote", server.name], ready: .notify,
                watchdog: .seconds(60), hasChannel: true,
                startTimeout: startTimeout, limits: limits)
            let spec = ChildSpec(
                id: BuiltInTree.mcpServer(server.name), .worker(worker), shutdown: .timeout(shutdown))
            return ConfiguredChild(supervisor: .mcp, spec: spec, settings: server)
        }
    }
}
