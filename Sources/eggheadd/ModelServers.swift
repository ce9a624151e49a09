import Configuration
import Supervision

/// The model servers that eggheadd runs under `models`, as a configuration names them.
enum ModelServers {
    /// The change of one server at a reload.
    enum Change: Hashable {
        /// The server is ended and deleted; then its successor, if any, takes its name.
        case replace(ChildID, by: ChildSpec?)
        /// The server is new.
        case add(ChildSpec)
    }

    /// The servers of a configuration, in its order.
    static func specs(of configuration: NodeConfiguration) -> [ChildSpec] {
        configuration.providers.compactMap { provider in
            guard let command = provider.command else { return nil }
            let ready: WorkerSpec.Ready = ModelServerAddress(provider.settings) == nil ? .started : .notify
            return ChildSpec(
                id: BuiltInTree.modelServer(of: provider.settings.name),
                .worker(WorkerSpec(command: command, ready: ready, startTimeout: startTimeout)))
        }
    }

    /// Where the servers listen that are asked whether they are ready, by their children. A server that is elsewhere is
    /// ready when it runs; any other may also say so itself.
    static func addresses(of configuration: NodeConfiguration) -> [ChildID: ModelServerAddress] {
        let servers = configuration.providers.filter { $0.command != nil }.compactMap { provider in
            ModelServerAddress(provider.settings).map { (BuiltInTree.modelServer(of: provider.settings.name), $0) }
        }
        return Dictionary(servers) { first, _ in first }
    }

    /// Longer than `HealthProbe` asks.
    private static let startTimeout = Duration.seconds(40 * 60)

    /// The changes from the servers before a reload to those after it. Unchanged servers are left alone.
    static func changes(from before: [ChildSpec], to after: [ChildSpec]) -> [Change] {
        let gone = before.filter { !after.contains($0) }.map { server in
            Change.replace(server.id, by: after.first { $0.id == server.id })
        }
        let new = after.filter { server in !before.contains { $0.id == server.id } }
        return gone + new.map(Change.add)
    }
}
