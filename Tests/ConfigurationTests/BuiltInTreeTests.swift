import Services
import Supervision
import Testing

@testable import Configuration

/// The names of the built-in tree, against its file.
@Suite struct BuiltInTreeTests {
    private func root() throws -> ChildSpec { try TreeFile.read(BuiltInTree.yaml, path: "tree.yml", run: "/run") }

    private func names(_ child: ChildSpec) -> [String] {
        [child.id.name] + (child.supervisor?.children.flatMap(names) ?? [])
    }

    private func find(_ name: BuiltInTree.Name, in child: ChildSpec) -> ChildSpec? {
        if child.id == name.id { return child }
        return child.supervisor?.children.lazy.compactMap { find(name, in: $0) }.first
    }

    @Test func `every child of the file has a name, and every name is a child of the file`() throws {
        #expect(names(try root()) == BuiltInTree.Name.allCases.map(\.rawValue))
    }

    @Test func `a tree that has every child of the built-in one is a variant of it, and no other tree is`() throws {
        let changed = BuiltInTree.yaml.replacing("intensity: 5", with: "intensity: 50")
        let longer = changed + "\n  - {id: further, command: [sleep, \"1\"]}"
        for text in [BuiltInTree.yaml, changed, longer] {
            #expect(BuiltInTree.isContained(in: try TreeFile.read(text, path: "tree.yml", run: "/run")))
        }
        for name in BuiltInTree.Name.allCases {
            #expect(!BuiltInTree.isContained(in: Self.renaming(name, in: try root())), "\(name)")
        }
    }

    /// A tree in which one child has another name.
    private static func renaming(_ name: BuiltInTree.Name, in child: ChildSpec) -> ChildSpec {
        var child = child
        if child.id == name.id { child.id = "other" }
        if case .supervisor(var spec) = child.kind {
            spec.children = spec.children.map { renaming(name, in: $0) }
            child.kind = .supervisor(spec)
        }
        return child
    }

    @Test func `whoever answers on the bus is a child of the tree`() {
        for service in ServiceName.allCases { #expect(BuiltInTree.Name(rawValue: service.rawValue) != nil) }
    }

    @Test func `an agent's child is named as the template of agents says`() throws {
        let agents = try #require(find(.agents, in: try root())?.supervisor)
        let template = try #require(agents.template)
        #expect(BuiltInTree.agent(of: template.instance(for: "team/scout").id) == "team/scout")
        for name in ["agent", "agents", "model:scout", "agent-scout", "my agent:scout"] {
            #expect(BuiltInTree.agent(of: ChildID(name)) == nil)
        }
    }

    @Test func `models, agents and mcp take children that come later, and exit statuses mean something there`() throws {
        for name in BuiltInTree.Name.allCases {
            let supervisor = find(name, in: try root())?.supervisor
            let isDynamic = [.models, .agents, .mcp].contains(name)
            #expect((supervisor?.strategy == .dynamic) == isDynamic, "\(name)")
            #expect((supervisor?.statuses == .egghead) == isDynamic, "\(name)")
        }
        #expect(BuiltInTree.modelServer(of: "local") == "model:local")
    }
}
