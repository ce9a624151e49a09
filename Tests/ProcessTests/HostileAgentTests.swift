import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// A hostile program in an agent's place; see `HostileAgent/hostile_agent.py`.
@Suite(.serialized) struct HostileAgentTests {
    /// What the hostile program writes down.
    private struct Report: Decodable {
        var allowed: [String: String]
        var forbidden: [String: String]
    }

    private func judge(_ report: Report) {
        for (attempt, outcome) in report.allowed { #expect(outcome.hasPrefix("let through"), "\(attempt): \(outcome)") }
        for (attempt, outcome) in report.forbidden { #expect(outcome.hasPrefix("refused"), "\(attempt): \(outcome)") }
    }

    @Test func `a hostile program in an agent's place is refused each time, and disturbs nobody`() throws {
        let programs = try Programs(agent: Built.repository + "/Tests/ProcessTests/HostileAgent/hostile_agent.py")
        let agent = "---\nclass: agent\ntags: [x]\n---\nYou answer.\n"
        let node = try TestNode(records: ["evil.md": agent, "other.md": agent])
        try node.start(programs: programs.path)
        let before = node.children
        #expect(try node.egghead("chat", "@evil hello").status == 0)
        let onTheBus = try report(programs, "hostile.json")
        judge(onTheBus)
        #expect(onTheBus.allowed.count >= 5 && onTheBus.forbidden.count > 200)
        #expect(node.children.map(\.pid) == before.map(\.pid))
        #expect(!node.children.contains { $0.status?.contains("forged") ?? false })

        // Connections that wait in the backlog of a broker that dies.
        let broker = try #require(node.pid(of: "broker"))
        kill(broker, SIGSTOP)
        try Files.replace("\(programs.path)/broker-stopped", with: [])
        _ = try programs.wait(for: "hostile-waiting")
        kill(broker, SIGKILL)
        let backlog = try report(programs, "hostile-backlog.json")
        judge(backlog)
        #expect(backlog.forbidden.count >= 5)

        // What has outlived it holds copies of its connection.
        try #require(waits(for: 60) { node.isReady })
        let other = node.pid(of: "agent:other")
        try node.kill("agent:evil")
        try #require(waits(for: 60) { survivors(programs).count == 3 }, "\(survivors(programs))")
        for survivor in survivors(programs) { judge(survivor) }
        #expect(node.pid(of: "agent:other") == other)
        #expect(try node.egghead("get", "forged").status == 1)
        #expect(try node.egghead("chat", "@other hello", "--wait").status == 0)
        #expect(!(try node.history()).contains { $0.text.contains("forged") })
        #expect(node.stop() == 0)
        #expect(node.processesLeft == [])
    }

    private func report(_ programs: Programs, _ name: String) throws -> Report {
        try JSON.decode(Report.self, from: try programs.wait(for: name))
    }

    private func survivors(_ programs: Programs) -> [Report] {
        let bytes = (try? Files.read("\(programs.path)/hostile-after.jsonl", limit: 1 << 20)) ?? []
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON.decode(Report.self, from: Array($0)) }
    }
}
