import Glibc
import LinuxSystem
import Services
import Testing

/// What the program of an MCP server sees when somebody changes what its section names.
@Suite(.serialized) struct MCPSandboxNodeTests {
    private static let scripts = Built.repository + "/Tests/ProcessTests/MCPServers"

    private static func node(_ section: String) throws -> TestNode {
        let node = try TestNode(
            configuration: "mcp_servers:\n  it: \(section)\n",
            records: ["scout.md": "---\nclass: agent\ncapabilities: [\"mcp.call:it\"]\n---\nYou are Scout.\n"])
        try node.launch()
        return node
    }

    @Test func `whoever can change a virtual environment does not choose what is read`() throws {
        let scratch = try Scratch(), secret = scratch.newPath("secret"), fake = scratch.newPath("fake")
        for directory in ["\(secret)/bin", "\(fake)/bin"] { try Files.makeDirectories(directory) }
        try Files.replace("\(secret)/key", with: Array("s3cret".utf8))
        // An interpreter that is not the system's: beside it lies what nobody has granted.
        #expect(symlink("/usr/bin/python3", "\(secret)/bin/python3") == 0)
        try Files.replace("\(secret)/bin/real", with: try Files.read("/usr/bin/env", limit: 1 << 20), mode: 0o755)
        #expect(symlink("\(secret)/bin/real", "\(fake)/bin/python") == 0)
        try Files.replace("\(fake)/pyvenv.cfg", with: Array("home = \(secret)/bin\n".utf8))
        try Files.replace("\(fake)/bin/server", with: Array("#!/bin/sh\nexec cat\n".utf8), mode: 0o755)
        let node = try Self.node("{command: [\(fake)/bin/server]}")
        #expect(
            waits(for: 30) {
                (try? node.egghead("logs", "mcp:it").output.contains("\(secret)/bin/real, which it may not read"))
                    ?? false
            })
        #expect(try !node.egghead("mcp", "list", "--json").output.contains("\"name\":\"it\""))
    }
}
