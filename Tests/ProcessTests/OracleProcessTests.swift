import Glibc
import LinuxSystem
import Oracle
import Runtime
import Services
import Testing

/// Against Erlang/OTP, with the real eggheadd, real processes and real signals.
@Suite(.serialized) struct OracleProcessTests {
    /// The scenarios that need no time to pass: those in which a period ends are played on the state machine alone.
    static let scenarios = Scenario.all.filter { scenario in !scenario.lines.contains { $0[0] == "wait" } }

    @Test(arguments: scenarios)
    func `eggheadd does with processes what OTP did with its own`(scenario: Scenario) throws {
        let stage = try OracleStage(scenario)
        var remaining = scenario.steps[...]
        for line in scenario.lines where line[0] != "set" {
            let next = remaining.popFirst()
            let expected = try #require(next)
            let result = try stage.play(line, expected: expected.seq.count)
            #expect(result.word == expected.result, "\(line)")
            if stage.ordersAreFree(in: line) {
                #expect(result.sequence.sorted() == expected.seq.sorted(), "\(line)")
            } else {
                #expect(result.sequence == expected.seq, "\(line)")
            }
            #expect(result.alive == expected.alive.map { String($0.prefix { $0 != "#" }) }.sorted(), "\(line)")
        }
    }

    @Test func `a good part of the scenarios is played`() { #expect(Self.scenarios.count == 33) }
}

/// A scenario's tree, run by eggheadd.
private final class OracleStage {
    private let scenario: Scenario
    private let tree: TreeRun
    private var seen = 0
    private var child: String { Built.directory + "/test-child" }

    init(_ scenario: Scenario) throws {
        self.scenario = scenario
        tree = try TreeRun()
        try tree.write(tree: root)
        for name in ["index", "record_store", "a5"] { try setFailures(of: name, scenario.isFailingBoot(name) ? 1 : 0) }
    }

    /// Plays a line and waits until as much has happened as is expected, and nothing is on its way any more.
    func play(_ line: [String], expected: Int) throws -> (word: String, sequence: [String], alive: [String]) {
        let word = try perform(line)
        let happened = waits(for: 30) { tree.sequence.count >= seen + expected && tree.isSettled }
        #expect(happened, "\(line): \(tree.sequence.dropFirst(seen)) \(tree.daemon?.errors ?? "")")
        let sequence = Array(tree.sequence.dropFirst(seen))
        seen += sequence.count
        return (word, sequence, tree.children.filter { $0.state == .ready }.map(\.name).sorted())
    }

    /// Where the recorded order is one valid order and not the only one.
    func ordersAreFree(in line: [String]) -> Bool { scenario.agentMode == "simple" }

    private func perform(_ line: [String]) throws -> String {
        switch line[0] {
        case "boot": return try boot()
        case "stop":
            Glibc.kill(try #require(tree.daemon).pid, SIGTERM)
            return "shutdown"
        case "kill": return signal(line[1], SIGKILL)
        case "burst": burst(Array(line.dropFirst()))
        case "exit": _ = signal(line[1], line[2] == "crash" ? SIGUSR2 : SIGUSR1)
        case "failstart": try setFailures(of: line[1], Int(line[2]) ?? 0)
        case "repeat":
            for _ in 0..<(Int(line[1]) ?? 0) {
                let before = tree.sequence.count
                _ = try perform(Array(line.dropFirst(2)))
                #expect(waits(for: 30) { tree.sequence.count >= before + 2 && tree.isSettled })
            }
        case "terminate", "restart", "delete": return error(try call(line[0], line[1]))
        case "addagent": return error(try call("add", "agent_sup", spec(line[1])))
        case _: Issue.record("\(line): no such line")
        }
        return "ok"
    }

    private func boot() throws -> String {
        try tree.start()
        #expect(waits(for: 30) { tree.isReady || tree.daemon?.hasEnded == true })
        guard tree.isReady else { return "{error,shutdown}" }
        for agent in 1...5 where scenario.agentMode != "static" {
            #expect(try call("add", "agent_sup", spec("a\(agent)")) == "ok")
        }
        return "ok"
    }

    private func error(_ word: String) -> String { word == "ok" ? word : "{error,\(word)}" }

    private func call(_ arguments: String...) throws -> String {
        let result = try tree.egghead(["child"] + arguments)
        #expect(result.status == (result.output == "ok\n" ? 0 : 1), "\(result)")
        return result.output.split(separator: "\n").first.map(String.init) ?? result.errors
    }

    private func signal(_ name: String, _ signal: Int32) -> String {
        guard let pid = tree.pid(of: name) else { return "noproc" }
        Glibc.kill(pid, signal)
        return "ok"
    }

    /// All die while eggheadd does not look, one after the other: it learns of them in this order.
    private func burst(_ names: [String]) {
        let pids = names.compactMap(tree.pid), daemon = tree.daemon?.pid ?? 0
        Glibc.kill(daemon, SIGSTOP)
        for pid in pids {
            Glibc.kill(pid, SIGKILL)
            #expect(waits(for: 10) { ProcessState(of: pid).isZombie })
        }
        Glibc.kill(daemon, SIGCONT)
    }

    // MARK: The tree

    private var root: String {
        let agents = scenario.agentMode == "static" ? (1...5).map { spec("a\($0)") } : []
        let agentSup = supervisor("agent_sup", scenario.agentMode == "simple" ? "dynamic" : "one_for_one", agents)
        let records = supervisor("record_sup", "rest_for_one", [spec("index"), spec("record_store")])
        let layer = supervisor("layer_sup", "rest_for_one", [spec("llm_registry"), spec("coordinator"), agentSup])
        return supervisor("root", "one_for_one", [spec("pubsub"), records, layer])
    }

    /// JSON, which is YAML. The period is an hour: how fast this machine is decides nothing.
    private func supervisor(_ name: String, _ strategy: String, _ children: [String]) -> String {
        let intensity = scenario.setting("intensity", of: name)?[0] ?? "3"
        let shutdown = scenario.setting("auto_shutdown", of: name)?[0] ?? "never"
        return """
            {"id": "\(name)", "strategy": "\(strategy)", "intensity": \(intensity), "period": "1h", \
            "auto_shutdown": "\(shutdown)"\(common(name)), "children": [\(children.joined(separator: ", "))]}
            """
    }

    private func spec(_ name: String) -> String {
        let slowly = scenario.setting("slowstop", of: name)?[0] ?? "0"
        let command = [child, "fail", failures(of: name), "slow", slowly, "ready", "wait"]
        return """
            {"id": "\(name)", "ready": "notify", "command": [\(command.map { "\"\($0)\"" }.joined(separator: ", "))]\
            \(common(name))}
            """
    }

    private func common(_ name: String) -> String {
        let restart = scenario.setting("restart", of: name).map { ", \"restart\": \"\($0[0])\"" } ?? ""
        let significant = scenario.setting("significant", of: name) == nil ? "" : ", \"significant\": true"
        let shutdown = scenario.setting("shutdown", of: name).map { words in
            ", \"shutdown\": \"\(Int(words[0]).map { "\($0)ms" } ?? words[0])\""
        }
        return restart + significant + (shutdown ?? "")
    }

    private func failures(of name: String) -> String { "\(tree.scratch.path)/\(name).failures" }

    private func setFailures(of name: String, _ count: Int) throws {
        try Files.replace(failures(of: name), with: Array("\(count)\n".utf8))
    }
}

extension Scenario {
    /// Whether this child fails at the first start.
    fileprivate func isFailingBoot(_ name: String) -> Bool { setting("failboot", of: name) != nil }
}
