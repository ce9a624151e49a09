import LinuxSystem
import Rooms
import Runtime
import Services

// Rooms, their turns and their budgets. One file is all that it keeps, `rooms/journal` below the state directory, and
// what is not in it was never said. It may be killed at any moment.

ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-coordinator")  // who we are, and our parent channel
    let settings = try process.settings(CoordinatorSettings.self)
    // Turns that end are written beyond the bound for posts, so there is room for them.
    let journal = try JournalFile<JournalEntry>(
        directory: "\(settings.stateDirectory)/rooms", bytesMax: 2 * RoomsLimits.journalBytesMax, log: process.log,
        audit: {
            var audit = JournalAudit()
            return { audit.accepts($0) }
        })
    CurrentProcess.forbidNewPrivileges()  // it starts no program
    let service = RoomService(process: process, journal: journal, settings: settings)
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
