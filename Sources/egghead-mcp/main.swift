import Confinement
import Runtime

// One MCP server: its program, or the connections to where it is, and what the toolbox asks of it.

ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-mcp")  // who we are, and our parent channel
    let service = try ServerService(process: process)  // its section, and the secrets that it names
    process.confine(to: .server)  // no program that this one could start gains rights
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
