import Configuration
import Supervision

/// The model servers that eggheadd runs under `models`, as a configuration names them.
enum ModelServers {
    /// The servers of a configuration, in its order.
    static func children(of configuration: NodeConfiguration) -> [ConfiguredChild] {
        configuration.providers.compactMap { provider in
            guard let command = provider.command else { return nil }
            let ready: WorkerSpec.Ready = ModelServerAddress(provider.settings) == nil ? .started : .notify
            let spec = ChildSpec(
                id: BuiltInTree.modelServer(of: provider.settings.name),
                .worker(WorkerSpec(command: command, ready: ready, startTimeout: startTimeout)))
            return ConfiguredChild(supervisor: .models, spec: spec)
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
}
