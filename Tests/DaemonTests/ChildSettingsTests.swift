import Configuration
import JSON
import Runtime
import Services
import Supervision
import Testing

@testable import eggheadd

@Suite struct ChildSettingsTests {
    private static let home = Home(option: "/home/node") { _ in nil }

    private static func configuration() throws -> NodeConfiguration {
        var configuration = try NodeConfiguration(
            yaml: """
                context_threshold: 0.5
                room: {default: ops, budget: 3, turn_timeout: 90s}
                bus: {listen: '127.0.0.1:4222', tokens: {laptop: 0123456789abcdef}}
                providers:
                  far: {url: 'https://api.example.org/v1', key: s3cret-key, model: large}
                  near: {url: 'http://localhost/v1', model: small, command: [server, --quick]}
                """, path: "config.yml", isExecutable: { _ in true })
        configuration.providers[1].settings.key = "s3cret-key"
        return configuration
    }

    private func settings(of id: ChildID, digest: String? = nil) throws -> JSONValue {
        ChildSettings(
            home: Self.home, configuration: try Self.configuration(), pricesFile: "/share/prices.txt",
            pageReader: "/share/web/read_page.py",
            credentialsDirectory: nil, toolsCgroup: "/sys/fs/cgroup/e/tools"
        ).settings(of: id, digest: digest)
    }

    private func text(_ value: JSONValue) -> String { String(decoding: JSON.encode(value), as: UTF8.self) }

    @Test func `an API key is told to llm and to nobody else, and a token to the broker`() throws {
        let children = BuiltInTree.Name.allCases.map(\.id) + ["agent:llm", "model:near", "agent:broker", "other"]
        for child in children {
            let text = text(try settings(of: child, digest: "d"))
            #expect(text.contains("s3cret-key") == (child == "llm"), "\(child)")
            #expect(text.contains("0123456789abcdef") == (child == "broker"), "\(child)")
        }
    }

    @Test func `each child is told its own part`() throws {
        func read<Settings: Decodable>(_ id: ChildID, as type: Settings.Type) throws -> Settings {
            try JSON.decode(type, from: JSON.encode(try settings(of: id, digest: "d7")))
        }
        #expect(
            try read("agent:team/scout", as: AgentSettings.self)
                == AgentSettings(id: "team/scout", digest: "d7", contextThreshold: 0.5))
        #expect(try read("store", as: StoreSettings.self) == StoreSettings(recordsDirectory: "/home/node/records"))
        #expect(try read("index", as: IndexSettings.self) == IndexSettings(stateDirectory: "/home/node/state"))
        #expect(
            try read("toolbox", as: ToolboxSettings.self)
                == ToolboxSettings(
                    stateDirectory: "/home/node/state", recordsDirectory: "/home/node/records",
                    hidden: [
                        "/home/node/config.yml", "/home/node/environment", "/home/node/state", "/home/node/run",
                        "/home/node/run/broker.sock",
                    ], pageReader: "/share/web/read_page.py", cgroup: "/sys/fs/cgroup/e/tools"))
        #expect(
            try read("coordinator", as: CoordinatorSettings.self)
                == CoordinatorSettings(
                    stateDirectory: "/home/node/state", defaultRoom: "ops", turnBudget: 3,
                    turnTimeoutMilliseconds: 90_000, retention: RetentionRules()))
        #expect(try read("llm", as: GatewaySettings.self).providers.map(\.name) == ["far", "near"])
        #expect(try read("llm", as: GatewaySettings.self).defaultProvider == "far")
        for child in ["eggheadd", "records", "models", "tools", "mcp", "layer", "agents", "model:near", "x"] {
            #expect(try settings(of: ChildID(child)) == .object([:]), "\(child)")
        }
    }

    @Test func `a provider with a command is a model server`() throws {
        #expect(
            ModelServers.children(of: try Self.configuration())
                == [
                    ConfiguredChild(
                        supervisor: .models,
                        spec: ChildSpec(
                            id: "model:near",
                            .worker(
                                WorkerSpec(
                                    command: ["server", "--quick"], ready: .notify, startTimeout: .seconds(2_400)))))
                ])
        #expect(
            ModelServers.addresses(of: try Self.configuration())
                == ["model:near": .loopback(hosts: ["127.0.0.1", "::1"], port: 80)])
    }

    @Test func `a reload replaces what has changed, and leaves the rest alone`() {
        func server(_ id: ChildID, _ command: String) -> ConfiguredChild {
            ConfiguredChild(
                supervisor: .models, spec: ChildSpec(id: id, .worker(WorkerSpec(command: [command]))))
        }
        let a = server("a", "x"), b = server("b", "x"), c = server("c", "x"), other = server("b", "y")
        #expect(ConfiguredChild.changes(from: [a, b], to: [a, b]) == [])
        #expect(ConfiguredChild.changes(from: [a, b], to: [b, a]) == [])
        #expect(ConfiguredChild.changes(from: [a, b], to: [b]) == [.replace("a", by: nil)])
        #expect(ConfiguredChild.changes(from: [a, b], to: [a, other]) == [.replace("b", by: other)])
        #expect(ConfiguredChild.changes(from: [], to: [a, c]) == [.add(a), .add(c)])
        #expect(
            ConfiguredChild.changes(from: [a, b], to: [c, other])
                == [.replace("a", by: nil), .replace("b", by: other), .add(c)])
    }

    @Test func `model servers are added to models, wherever it is in the tree`() {
        let added = ChildSpec(id: "model:a", .worker(WorkerSpec(command: ["x"])))
        let models = ChildSpec(id: "models", .supervisor(SupervisorSpec(strategy: .dynamic)))
        let inner = ChildSpec(id: "inner", .supervisor(SupervisorSpec(children: [models])))
        for root in [SupervisorSpec(children: [models]), SupervisorSpec(children: [inner])] {
            var root = root
            root.addChildren([added], to: "models")
            let above = root.children[0].id == "inner" ? root.children[0].supervisor?.children[0] : root.children[0]
            #expect(above?.supervisor?.children == [added])
        }
    }
}
