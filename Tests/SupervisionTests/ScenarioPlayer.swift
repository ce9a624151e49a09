import Oracle
import Supervision

/// Plays a scenario's lines on the tree in a fake world.
struct ScenarioPlayer {
    private let scenario: Scenario
    private let agents = ["a1", "a2", "a3", "a4", "a5"]
    private var world = FakeWorld(SupervisorSpec())

    init(_ scenario: Scenario) { self.scenario = scenario }

    /// Plays one line that is a step.
    ///
    /// - Returns: What happened, as the oracle writes it.
    mutating func play(_ line: [String]) -> Scenario.Step {
        let before = line[0] == "boot" ? 0 : world.events.count
        let result = perform(line)
        return Scenario.Step(
            cmd: line.joined(separator: " "), result: result, seq: world.sequence(since: before),
            alive: world.tree.statuses.filter { $0.state == .ready }.map(\.id.name))
    }

    private mutating func perform(_ line: [String]) -> String {
        let child = ChildID(line.count > 1 ? line[1] : "")
        switch line[0] {
        case "boot": return boot()
        case "stop":
            world.play(.stop)
            return "shutdown"
        case "kill":
            guard world.process(child) != nil else { return "noproc" }
            world.die(child)
        case "burst":
            for name in line.dropFirst() { world.end(ChildID(name), .signaled(.kill, dumpedCore: false)) }
            world.settle()
        case "exit": world.die(child, .exited(code: line[2] == "crash" ? 70 : 0))
        case "failstart": world.behave(child) { $0.failingStarts = Int(line[2]) ?? 0 }
        case "wait": world.pass(.milliseconds(Int(line[1]) ?? 0))
        case "repeat": for _ in 0..<(Int(line[1]) ?? 0) { _ = perform(Array(line.dropFirst(2))) }
        case "terminate": return word(world.order(.terminateChild(child)))
        case "restart": return word(world.order(.restartChild(child)))
        case "delete": return word(world.order(.deleteChild(child)))
        case "addagent": return word(world.order(.addChild(supervisor: "agent_sup", worker(child))))
        default: return "unknown line"
        }
        return "ok"
    }

    private func word(_ answer: Answer?) -> String {
        guard let answer else { return "no answer" }
        return answer == .ok ? "ok" : "{error,\(answer.word)}"
    }

    private mutating func boot() -> String {
        world = FakeWorld(rootSpec())
        for name in agents + ["pubsub", "index", "record_store", "llm_registry", "coordinator"] {
            if let slowly = scenario.setting("slowstop", of: name).flatMap({ Int($0[0]) }) {
                world.behave(ChildID(name)) { $0.stopsAfter = .milliseconds(slowly) }
            }
            if scenario.setting("failboot", of: name) != nil {
                world.behave(ChildID(name)) { $0.failingStarts = 1 }
            }
        }
        world.play(.boot)
        guard world.exitStatuses.isEmpty else { return "{error,shutdown}" }
        if scenario.agentMode != "static" {
            for agent in agents { world.order(.addChild(supervisor: "agent_sup", worker(ChildID(agent)))) }
        }
        return "ok"
    }

    // MARK: The tree

    private func rootSpec() -> SupervisorSpec {
        let records = supervisor("record_sup", .restForOne, [worker("index"), worker("record_store")])
        let agentSup = supervisor(
            "agent_sup", scenario.agentMode == "simple" ? .dynamic : .oneForOne,
            scenario.agentMode == "static" ? agents.map { worker(ChildID($0)) } : [])
        let layer = supervisor(
            "layer_sup", .restForOne, [worker("llm_registry"), worker("coordinator"), agentSup])
        return supervisorSpec("root", .oneForOne, [worker("pubsub"), records, layer])
    }

    private func worker(_ id: ChildID) -> ChildSpec { configured(.worker(id)) }

    private func supervisor(_ id: ChildID, _ strategy: Strategy, _ children: [ChildSpec]) -> ChildSpec {
        configured(ChildSpec(id: id, .supervisor(supervisorSpec(id, strategy, children))))
    }

    private func supervisorSpec(_ id: ChildID, _ strategy: Strategy, _ children: [ChildSpec]) -> SupervisorSpec {
        var spec = SupervisorSpec(
            strategy: strategy, intensity: RestartIntensity(limit: 3, period: .seconds(5)), children: children)
        if let words = scenario.setting("intensity", of: id.name) {
            spec.intensity = RestartIntensity(limit: Int(words[0]) ?? 0, period: .seconds(Int(words[1]) ?? 0))
        }
        switch scenario.setting("auto_shutdown", of: id.name)?[0] {
        case "any_significant": spec.autoShutdown = .anySignificant
        case "all_significant": spec.autoShutdown = .allSignificant
        default: break
        }
        return spec
    }

    private func configured(_ child: ChildSpec) -> ChildSpec {
        var spec = child
        switch scenario.setting("restart", of: child.id.name)?[0] {
        case "transient": spec.restart = .transient
        case "temporary": spec.restart = .temporary
        default: break
        }
        if let words = scenario.setting("shutdown", of: child.id.name) {
            let named: Shutdown = words[0] == "infinity" ? .infinity : .brutalKill
            spec.shutdown = Int(words[0]).map { .timeout(.milliseconds($0)) } ?? named
        }
        spec.isSignificant = scenario.setting("significant", of: child.id.name) != nil
        return spec
    }
}
