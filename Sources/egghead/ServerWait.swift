import Services
import Terminal

/// Waits until an MCP server that was added has told its tools, or has ended, and says which.
final class ServerWait {
    private let session: NodeSession
    private let name: String
    private var asked = 0

    /// How often it is asked, and how many times: packages may be loaded first.
    private static let interval = Duration.milliseconds(250), timesMax = 80

    /// Waits for a server.
    ///
    /// - Throws: When no node runs.
    static func run(for name: String, _ place: Place) throws {
        let wait = ServerWait(name: name, session: try NodeSession(place))
        wait.ask()
        try withExtendedLifetime(wait) { try wait.session.run() }
    }

    private init(name: String, session: NodeSession) { (self.name, self.session) = (name, session) }

    private func ask() {
        asked += 1
        session.bus.request(Toolbox.Servers.self, .init(), deadline: .seconds(5), retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .failure(let failure): session.fail(failure)
            case .success(let reply):
                guard let server = reply.servers.first(where: { $0.name == name }) else { return askForChild() }
                Output.print([
                    "\(name): \(Counted.words(server.toolCount, "tool")); an agent needs \(server.requires)"
                ])
                session.end()
            }
        }
    }

    private func askForChild() {
        let child = Principal.server(name).rawValue
        session.bus.request(Supervisor.List.self, Empty(), retry: .untilDeadline) { [unowned self] result in
            switch result {
            case .failure(let failure): session.fail(failure)
            case .success(let reply):
                let status = reply.children.first { $0.name == child }
                if let exit = status?.lastExit, status?.state != .starting {
                    let advice = "it is tried again; see egghead logs \(child)"
                    let reason = status?.status.map { ": " + SafeText.line($0) } ?? ""
                    return session.fail(
                        CommandFailure(.failure, "\(name) is in config.yml; it \(exit.text)\(reason); \(advice)"))
                }
                guard asked < Self.timesMax else {
                    Output.complain("\(name) is in config.yml, and has told no tools so far; see egghead logs \(child)")
                    return session.end()
                }
                session.loop.schedule(after: Self.interval) { [weak self] in self?.ask() }
            }
        }
    }
}
