import LinuxSystem
import Runtime

// The only process that holds API keys, and the only one that speaks to model providers.

ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-llm")  // who we are, and our parent channel
    CurrentProcess.forbidNewPrivileges()  // nor do programs that print keys need any
    let service = try GatewayService(process)  // the providers, and a place on the bus
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
