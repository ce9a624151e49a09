import Confinement
import MCPClient
import Runtime

// One MCP server that is a program of this machine, and what the toolbox asks of it.

ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-mcp")  // who we are, and our parent channel
    let service = try ServerService(process: process) { settings, node, secrets in
        try ServerProgram(settings, node, secrets: secrets, loop: process.loop)
    }
    process.confine(to: .server)  // no program that this one could start gains rights
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
