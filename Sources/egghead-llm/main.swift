import Confinement
import Runtime
import Services

// The only process that holds API keys, and the only one that speaks to model providers.

ConfinementProbe.answerIfAsked(.gateway(spending: ConfinementProbe.nowhere, startsPrograms: false))
ChildProcess.main {
    let process = try ChildProcess(executable: "egghead-llm")  // who we are, and our parent channel
    let settings = try process.settings(GatewaySettings.self)
    let spending = ChildProcess.keptDirectory(settings.spendingDirectory)
    process.confine(to: .gateway(spending: spending, startsPrograms: settings.startsPrograms))
    let service = try GatewayService(process, settings)  // the providers, and a place on the bus
    service.start()
    return try withExtendedLifetime(service) { try process.run() }
}
