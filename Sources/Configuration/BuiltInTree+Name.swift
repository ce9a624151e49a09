import Services
import Supervision

extension BuiltInTree {
    /// The children that stand in the built-in tree. A test compares them with the tree file, both ways.
    public enum Name: String, CaseIterable, Sendable {
        case eggheadd, broker, records, index, store, models, tools, toolbox, mcp, layer, llm, coordinator, agents

        /// The child's identity in the tree.
        package var id: ChildID { ChildID(rawValue) }
    }

    /// The record id of the agent that a child of `agents` is a process of; nil for any other child.
    package static func agent(of child: ChildID) -> AgentID? { Principal(rawValue: child.name)?.agent }

    /// The child of `models` that serves a provider.
    package static func modelServer(of provider: String) -> ChildID { ChildID("model:\(provider)") }

    /// The child of `mcp` that speaks with an MCP server: its name on the bus.
    package static func mcpServer(_ name: String) -> ChildID { ChildID(Principal.server(name).rawValue) }

    /// The MCP server with which a child of `mcp` speaks; nil for any other child.
    package static func mcpServer(of child: ChildID) -> String? { Principal(rawValue: child.name)?.server }

    /// Whether a tree is a variant of the built-in one: it has a child of each of its names, as a changed
    /// `--print-tree` does. Its children then get the settings of these names.
    package static func isContained(in root: ChildSpec) -> Bool {
        let names = names(in: root)
        return Name.allCases.allSatisfy { names.contains($0.id) }
    }

    private static func names(in child: ChildSpec) -> Set<ChildID> {
        (child.supervisor?.children ?? []).reduce([child.id]) { $0.union(names(in: $1)) }
    }
}
