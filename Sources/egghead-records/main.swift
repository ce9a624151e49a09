import BusClient
import Runtime

// Two processes of one program, because they share the format of records: `store` owns the files, `index` the database.
// Either may be killed at any moment: the files are whole, and the database is derived from them.

RecordsConfinement.answerIfAsked(CommandLine.arguments)
ChildProcess.main {
    let options = try Options(CommandLine.arguments)  // which of the two
    let process = try ChildProcess(executable: "egghead-records")  // who we are, and our parent channel
    try RecordsConfinement.enforce(options, process)  // its directory, no socket, no program
    let client = BusClient(child: process)  // what is said before the broker is there waits
    switch options {
    case .index:
        let service = try IndexService(process: process, client: client)
        try service.start()
        return try withExtendedLifetime(service) { try process.run() }
    case .store:
        let service = try StoreService(process: process, client: client)
        try service.start()
        return try withExtendedLifetime(service) { try process.run() }
    }
}
