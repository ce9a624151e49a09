import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// The NATS project's own client, over TCP and over a bridge to the Unix socket.
@Suite(.serialized) struct NatsClientTests {
    private static let token = "2f1d0c5e8b7a49d6"

    private func start(port: UInt16) throws -> TestNode {
        let node = try TestNode(configuration: "bus: {listen: '127.0.0.1:\(port)', tokens: {laptop: \(Self.token)}}")
        try node.start()
        return node
    }

    private func check(_ node: TestNode, port: UInt16, _ options: [String]) throws -> Command.Result {
        let script = Built.repository + "/Tests/ProcessTests/NatsClient/nats_client.py"
        let kill = [Built.directory + "/egghead", "signal", "broker", "KILL", "--home", node.home]
        let arguments = [script, "nats://127.0.0.1:\(port)"] + options + ["--kill"] + kill
        return try Command(Built.python, arguments, scratch: node.scratch).wait(seconds: 300)
    }

    @Test func `nats-py finds over TCP what it finds with a NATS server`() throws {
        let port = UInt16.random(in: 20_000...30_000), node = try start(port: port)
        let result = try check(node, port: port, ["--token", Self.token])
        #expect(result.status == 0 && result.errors == "", "\(result.output)\(result.errors)")
        #expect(result.output.split(separator: "\n").count > 12)
    }

    @Test func `nats-py finds the same over a bridge to the Unix socket`() throws {
        let node = try TestNode()
        try node.start()
        let port = UInt16.random(in: 20_000...30_000)
        let bridge = try Command(
            "/usr/bin/socat",
            ["TCP-LISTEN:\(port),bind=127.0.0.1,fork,reuseaddr", "UNIX-CONNECT:\(node.home)/run/broker.sock"],
            scratch: node.scratch)
        defer { kill(bridge.pid, SIGTERM) }
        let result = try check(node, port: port, [])
        #expect(result.status == 0 && result.errors == "", "\(result.output)\(result.errors)")
    }

    @Test func `the script in the documentation joins a room`() throws {
        let port = UInt16.random(in: 20_000...30_000), node = try start(port: port)
        let page = String(decoding: try Files.read(Built.repository + "/docs/bus.md", limit: 1 << 20), as: UTF8.self)
        let block = try #require(page.split(separator: "```python\n").last?.split(separator: "```").first)
        let path = node.scratch.newPath("py")
        try Files.replace(path, with: Array(block.replacing("127.0.0.1:4222", with: "127.0.0.1:\(port)").utf8))
        let script = try Command(Built.python, [path], scratch: node.scratch)
        _ = waits(for: 60) { script.output.contains("agent:index ") || script.hasEnded }
        #expect(script.output.contains("client:laptop What can you do?"), "\(script.errors)")
        #expect(script.output.contains("agent:index "), "\(script.output)")
        kill(script.pid, SIGTERM)
    }
}
