import Bus
import BusClient
import Capabilities
import JSON
import LinuxSystem
import Runtime
import Sandbox
import Services

/// What the toolbox serves: the menu, calls of tools, the program's own search, and deliberations. Each is decided on
/// by `Authorization`, outside the process of whoever asks.
final class ToolboxService {
    private let process: ChildProcess
    private let client: BusClient
    private let rules = AgentRules()
    private let sandboxes: SandboxedTools
    private let servers: ServerTools
    private let skills: SkillTools
    private let authority: CallerAuthority
    private let sources: ToolSources
    private let calls: ToolCalls
    private let approvals: ApprovalService
    private let deliberations: DeliberationService
    private let questions: ToolQuestions

    /// A toolbox for this process.
    ///
    /// - Throws: What keeps it from its journal of calls.
    init(process: ChildProcess) throws {
        self.process = process
        client = BusClient(child: process)
        let settings = try process.settings(ToolboxSettings.self)
        let programs = Files.split(try CurrentProcess.executablePath()).directory
        sandboxes = SandboxedTools(settings: settings, programs: programs, loop: process.loop, log: process.log)
        rules.read(settings)
        servers = ServerTools(client: client, log: process.log)
        skills = SkillTools(client: client, log: process.log)
        skills.read(settings)
        authority = CallerAuthority(client: client, rules: rules)
        sources = ToolSources(sources: [
            RecordTools(client: client, rules: rules), RoomTools(client: client),
            PromptTools(client: client, loop: process.loop), sandboxes, servers,
            skills,
        ])
        skills.everyTool = { [sources] in sources.menu }
        calls = try ToolCalls(
            process: process, client: client, authority: authority, sources: sources,
            directory: "\(settings.stateDirectory)/tools")
        let asked = ServerQuestions(client: client, calls: calls, authority: authority)
        servers.onQuestion = { asked.ask($0, of: $1, in: $2) }
        servers.onWithdrawal = { elicitation, server in
            if let elicitation { asked.withdraw(elicitation, of: server) } else { asked.end(server) }
        }
        approvals = ApprovalService(client: client, authority: authority, calls: calls, questions: asked)
        questions = ToolQuestions(
            client: client, authority: authority, sources: sources, sandboxes: sandboxes,
            servers: servers, skills: skills)
        deliberations = DeliberationService(client: client, log: process.log)
    }

    /// Serves everything; ready with the first connection.
    func start() {
        client.serve(Toolbox.Menu.self) { [unowned self] _, caller, responder in
            authority.ask(of: caller) { [unowned self] authority in
                responder.complete(authority.map { sources.menu(for: $0) })
            }
        }
        client.serve(Toolbox.SearchRecords.self) { [unowned self] request, caller, responder in
            authority.ask(of: caller) { [unowned self] in search(request, caller, $0, responder) }
        }
        servers.serve()
        skills.serve()
        questions.serve()
        calls.serve()
        approvals.serve()
        deliberations.serve()
        client.onConnect = { [unowned self] in process.notifier.ready() }
        process.onReload = { [unowned self] in reload() }
    }

    /// Takes over what the configuration says now.
    private func reload() {
        do throws(JSONProblem) {
            let settings = try process.settings(ToolboxSettings.self)
            rules.read(settings)
            sandboxes.read(settings)
            skills.read(settings)
            process.log.notice("configuration.reloaded")
        } catch {
            process.log.error("configuration.refused", ["error": "\(error)", "next": "the old one stays"])
        }
    }

    /// The search that the program makes for each turn is bounded by the record as the model's own is.
    private func search(
        _ request: Index.Passages.Request, _ caller: Principal,
        _ authority: Result<Authority?, ServiceFailure>,
        _ responder: Responder<Index.Passages.Reply>
    ) {
        do {
            // The program searches for each turn; what a person would have to be asked for is left out.
            let authority = try authority.get()?.using(approved: [])
            let passages = AccessRequest(.searchRecords, on: .filteredRecords)
            try Authorization.authorize(caller, .searchRecords, requests: [passages], authority: authority)
            RecordSearch(client: client).passages(request, authority: authority) { responder.complete($0) }
        } catch {
            responder.fail(
                (error as? Denial)?.failure ?? error as? ServiceFailure ?? ServiceFailure(.failed, "\(error)"))
        }
    }
}
