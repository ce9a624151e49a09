import FoundationEssentials
import Supervision
import Testing

/// A scenario that was played against Erlang/OTP's own supervisor, with what happened there.
///
/// The tree: `root` one_for_one [`pubsub`, `record_sup` rest_for_one [`index`, `record_store`], `layer_sup`
/// rest_for_one [`llm_registry`, `coordinator`, `agent_sup` one_for_one [`a1` … `a5`]]].
struct Scenario: CustomTestStringConvertible, Sendable {
    /// What OTP did in one step.
    struct Step: Decodable, Equatable, Sendable {
        var cmd: String
        var result: String
        var seq: [String]
        var alive: [String]
    }

    let name: String
    let lines: [[String]]
    let steps: [Step]

    var testDescription: String { name }

    /// Every scenario beside this file, in the order of their names.
    static let all: [Scenario] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracle").path
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasSuffix(".scn") }.sorted().compactMap { file in
            let path = "\(folder)/\(file.dropLast(4))"
            guard let script = try? String(contentsOfFile: path + ".scn", encoding: .utf8),
                let record = try? String(contentsOfFile: path + ".jsonl", encoding: .utf8)
            else { return nil }
            let lines = script.split(separator: "\n").filter { !$0.hasPrefix("#") }
            let steps = record.split(separator: "\n").compactMap {
                try? JSONDecoder().decode(Step.self, from: Data($0.utf8))
            }
            return Scenario(
                name: String(file.dropLast(4)), lines: lines.map { $0.split(separator: " ").map(String.init) },
                steps: steps)
        }
    }()
}

/// Plays a scenario's lines on the tree in a fake world.
struct ScenarioPlayer {
    private var agents = ["a1", "a2", "a3", "a4", "a5"]
    private var agentMode = "dynamic"
    private var settings: [[String]] = []
    private var world = FakeWorld(SupervisorSpec())

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

    /// Takes a `set` line.
    mutating func set(_ line: [String]) {
        if line[1] == "agent_sup", line[2] == "mode" { agentMode = line[3] } else { settings.append(line) }
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
        for line in settings {
            switch line[2] {
            case "slowstop": world.behave(ChildID(line[1])) { $0.stopsAfter = .milliseconds(Int(line[3]) ?? 0) }
            case "failboot": world.behave(ChildID(line[1])) { $0.failingStarts = 1 }
            default: break
            }
        }
        world.play(.boot)
        guard world.exitStatuses.isEmpty else { return "{error,shutdown}" }
        if agentMode != "static" {
            for agent in agents { world.order(.addChild(supervisor: "agent_sup", worker(ChildID(agent)))) }
        }
        return "ok"
    }

    // MARK: The tree

    private func rootSpec() -> SupervisorSpec {
        let records = supervisor("record_sup", .restForOne, [worker("index"), worker("record_store")])
        let agentSup = supervisor(
            "agent_sup", agentMode == "simple" ? .dynamic : .oneForOne,
            agentMode == "static" ? agents.map { worker(ChildID($0)) } : [])
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
        for line in settings where line[1] == id.name {
            switch line[2] {
            case "intensity":
                spec.intensity = RestartIntensity(limit: Int(line[3]) ?? 0, period: .seconds(Int(line[4]) ?? 0))
            case "auto_shutdown":
                spec.autoShutdown = line[3] == "any_significant" ? .anySignificant : .allSignificant
            default: break
            }
        }
        return spec
    }

    private func configured(_ child: ChildSpec) -> ChildSpec {
        var spec = child
        for line in settings where line[1] == child.id.name {
            switch line[2] {
            case "restart":
                spec.restart =
                    switch line[3] {
                    case "transient": .transient
                    case "temporary": .temporary
                    default: .permanent
                    }
            case "shutdown":
                spec.shutdown = Int(line[3]).map { .timeout(.milliseconds($0)) } ?? .brutalKill
            case "significant": spec.isSignificant = true
            default: break
            }
        }
        return spec
    }
}
