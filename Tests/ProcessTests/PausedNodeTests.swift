import Glibc
import Services
import Testing

/// A node that does not run for a while, as on a paused machine or under `docker pause`.
///
/// The pauses are longer than every watchdog but the agents', and than the idle timeout of the provider.
@Suite struct PausedNodeTests {
    private static let pause: UInt32 = 66

    /// A node whose agent is in the middle of an answer.
    private func answeringNode() throws -> (node: TestNode, asker: Command) {
        let node = try TestNode(
            model: "slow", records: ["scout.md": "---\nclass: agent\nquiet: true\n---\n# Scout\n\nYou are Scout.\n"])
        try node.start()
        let asker = try node.begin(["chat", "@scout hello", "--wait", "--timeout", "90"])
        try #require(
            waits(for: 60) {
                node.children.first { $0.name == "agent:scout" }?.status?.hasPrefix("idle") == false
            })
        return (node, asker)
    }

    private func pids(_ node: TestNode) -> [String: pid_t] {
        Dictionary(node.children.compactMap { child in child.pid.map { (child.name, $0) } }) { first, _ in first }
    }

    private func signal(_ signal: CInt, _ pids: some Sequence<pid_t>) {
        for pid in pids { kill(pid, signal) }
    }

    @Test func `whoever stands still with all others loses nothing`() throws {
        let (node, asker) = try answeringNode()
        let before = pids(node)
        signal(SIGSTOP, before.values)
        sleep(Self.pause)
        signal(SIGCONT, before.values)
        let result = asker.wait(seconds: 120)
        #expect(result.status == 0, "\(result.errors)")
        #expect(pids(node) == before, "\(node.daemon?.errors ?? "")")
        #expect(node.daemon?.errors.contains("paused") == true)
        node.stop()
    }

    @Test func `a supervisor that stands still alone takes nobody for hung`() throws {
        let (node, asker) = try answeringNode()
        let before = pids(node)
        let daemon = try #require(node.daemon?.pid)
        signal(SIGSTOP, [daemon])
        let result = asker.wait(seconds: 120)
        #expect(result.status == 0, "\(result.errors)")
        sleep(Self.pause)
        signal(SIGCONT, [daemon])
        sleep(2)
        #expect(pids(node) == before, "\(node.daemon?.errors ?? "")")
        node.stop()
    }

    @Test func `a child that stands still alone is hung`() throws {
        let (node, asker) = try answeringNode()
        let before = pids(node)
        let index = try #require(before["index"])
        signal(SIGSTOP, [index])
        #expect(waits(for: 120) { pids(node)["index"].map { $0 != index } ?? false })
        #expect(asker.wait(seconds: 120).status == 0)
        node.stop()
    }
}
