import Confinement
import Glibc
import LinuxSystem
import Runtime

// A hostile program that is confined as a process of the node is. Started by hand it makes one attempt:
//
//   test-confined CONFINEMENT DIRECTORY ATTEMPT
//
// and prints what came of it: `got it`, or `failed: ` and the errno's name. CONFINEMENT is none, agent, coordinator,
// store, index, gateway, proxy, sandbox or landlock; DIRECTORY is the one that the process keeps. In an agent's place
// in a node it makes all attempts that leave it alive, writes each as an event `attempt` to its log, and stays.

func confinement(_ name: String, _ directory: String) -> Confinement? {
    switch name {
    case "agent": .agent
    case "coordinator": .coordinator(rooms: directory)
    case "store": .store(records: directory)
    case "index": .index(state: directory)
    case "gateway": .gateway(spending: directory, startsPrograms: false)
    case "proxy": .proxy
    case "sandbox": .sandbox(writing: [directory])
    // Files, TCP, abstract sockets and signals by Landlock alone.
    case "landlock": Confinement(calls: .ofPrograms, files: .below(reading: [], writing: [directory]))
    default: nil
    }
}

if CurrentProcess.environment("EGGHEAD_CHANNEL") != nil {
    ChildProcess.main {
        let process = try ChildProcess(executable: "egghead-agent")
        process.confine(to: .agent)
        let run = CurrentProcess.environment("NOTIFY_SOCKET").map { Files.split(Files.split($0).directory).directory }
        let place = Place(directory: run ?? "/", socket: (run ?? "") + "/broker.sock", port: 4_222)
        for attempt in Attempt.all where !attempt.ends {
            process.log.notice("attempt", ["name": attempt.name, "outcome": attempt.outcome(at: place)])
        }
        process.log.notice("attempts.made")
        process.notifier.ready()
        return try process.run()
    }
}

let words = CommandLine.arguments
guard words.count == 4, let attempt = Attempt.all.first(where: { $0.name == words[3] }) else {
    print("test-confined CONFINEMENT DIRECTORY ATTEMPT")
    exit(64)
}
let place = Place(
    directory: words[2], socket: words[2] + "/socket", port: UInt16(CurrentProcess.environment("PORT") ?? "") ?? 0)
if let wanted = confinement(words[1], words[2]) {
    CurrentProcess.forbidDumping()
    let outcome = wanted.enforce()
    if !outcome.isComplete { print("\(outcome)") }
}
print(attempt.outcome(at: place))
