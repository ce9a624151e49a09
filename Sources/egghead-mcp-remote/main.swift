import Confinement
import MCPClient
import Runtime

// One MCP server elsewhere, by Streamable HTTP, and what the toolbox asks of it.

ConfinementProbe.answerIfAsked(.remoteServer(memory: ConfinementProbe.nowhere))
ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-mcp-remote")  // who we are, and our parent channel
    let service = try ServerService(process: process) { settings, node, secrets in
        try RemoteServer(
            settings, secrets: secrets, memory: node.memoryDirectory, loop: process.loop, log: process.log)
    }
    process.confine(to: .remoteServer(memory: ChildProcess.keptDirectory(service.memoryDirectory)))
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
