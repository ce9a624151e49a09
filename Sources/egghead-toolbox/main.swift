import Confinement
import Runtime

// The reference monitor: the one process that decides what an agent may do, and does it for the agent.

ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-toolbox")  // who we are, and our parent channel
    process.confine(to: .toolbox)  // no program that this one could start gains rights
    let service = try ToolboxService(process: process)  // its journal of calls is read
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
