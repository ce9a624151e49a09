import Glibc
import LinuxSystem

/// A server of `MCPServers/` that listens on a port of this machine, for as long as the test holds it.
final class RemoteFixture {
    /// Where it listens.
    let port: Int
    private let program: Command
    private let logFile: String

    /// Starts a script and waits until it listens.
    init(_ script: String, _ arguments: [String] = [], python: String, scratch: Scratch, port: Int = 0) throws {
        let file = scratch.newPath("port")
        logFile = scratch.newPath("requests")
        let own = ["--port-file", file, "--port", String(port), "--log", logFile]
        program = try Command(
            python, [Built.repository + "/Tests/ProcessTests/MCPServers/" + script] + arguments + own,
            scratch: scratch)
        let program = program
        guard waits(for: 60, until: { (try? Files.status(file)) != nil || program.hasEnded }),
            let port = Int(String(decoding: try Files.read(file, limit: 100), as: UTF8.self).dropLast())
        else { throw SystemCallError("listen", subject: "\(script): \(program.errors)", errno: EINVAL) }
        self.port = port
    }

    /// The whole address of its MCP server.
    var url: String { "http://127.0.0.1:\(port)/mcp" }

    /// What it was asked, a line of JSON each.
    var requests: String {
        (try? Files.read(logFile, limit: 1 << 24)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Ends it at once.
    func kill() {
        Glibc.kill(program.pid, SIGKILL)
        _ = program.wait(seconds: 10)
    }

    deinit { kill() }
}
