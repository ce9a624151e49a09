import Confinement
import Runtime

// One agent: it thinks in turns, in as many rooms as it is asked to. Its only way to the world is the bus.

ConfinementProbe.answerIfAsked(.agent)
ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-agent")  // who we are, and our parent channel
    process.confine(to: .agent)  // no file, no socket, no program
    let service = try AgentService(process: process)
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
