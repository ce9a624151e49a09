import Configuration
import Supervision

/// The model servers that eggheadd runs under `models`, as a configuration names them.
enum ModelServers {
    /// What a reload does to one of them.
    enum Change: Hashable {
        /// It is ended and deleted; then its successor takes its name, if it has one.
        case replace(ChildID, by: ChildSpec?)
        /// It is new.
        case add(ChildSpec)
    }

    /// The servers that a configuration asks for, in its order.
    static func specs(of configuration: NodeConfiguration) -> [ChildSpec] {
        configuration.providers.compactMap { provider in
            guard let command = provider.command else { return nil }
            return ChildSpec(
                id: BuiltInTree.modelServer(of: provider.settings.name),
                .worker(WorkerSpec(command: command, ready: .started)))
        }
    }

    /// How to get from the servers before a reload to those after it. What has not changed is left alone.
    static func changes(from before: [ChildSpec], to after: [ChildSpec]) -> [Change] {
        let gone = before.filter { !after.contains($0) }.map { server in
            Change.replace(server.id, by: after.first { $0.id == server.id })
        }
        let new = after.filter { server in !before.contains { $0.id == server.id } }
        return gone + new.map(Change.add)
    }
}
