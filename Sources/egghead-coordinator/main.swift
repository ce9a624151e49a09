import Confinement
import Runtime
import Services

// Rooms, their turns and their budgets. It keeps `rooms` below the state directory: what is neither in the journal
// there nor in the histories behind it was never said. It may be killed at any moment.

ConfinementProbe.answerIfAsked(.coordinator(rooms: ConfinementProbe.nowhere))
ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-coordinator")  // who we are, and our parent channel
    let settings = try process.settings(CoordinatorSettings.self)
    let rooms = ChildProcess.keptDirectory(settings.roomsDirectory)
    process.confine(to: .coordinator(rooms: rooms))  // no other file, no socket, no program
    let service = try RoomService(process: process, settings: settings)  // its journal is read
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
