import Configuration
import Services
import Supervision

/// A child that a section of the configuration asks for: a model server, or the process of an MCP server.
struct ConfiguredChild: Hashable {
    /// The supervisor that it is a child of.
    let supervisor: BuiltInTree.Name
    /// How it is run.
    let spec: ChildSpec
    /// What it is told at its birth, where that is no part of how it is run.
    var settings: MCPServerSettings?

    /// The change of one child at a reload.
    enum Change: Hashable {
        /// The child is ended and deleted; then its successor, if any, takes its name.
        case replace(ChildID, by: ConfiguredChild?)
        /// The child is new.
        case add(ConfiguredChild)
    }

    /// The changes from the children before a reload to those after it. Unchanged ones are left alone.
    static func changes(from before: [ConfiguredChild], to after: [ConfiguredChild]) -> [Change] {
        let gone = before.filter { !after.contains($0) }.map { child in
            Change.replace(child.spec.id, by: after.first { $0.spec.id == child.spec.id })
        }
        let new = after.filter { child in !before.contains { $0.spec.id == child.spec.id } }
        return gone + new.map(Change.add)
    }
}
