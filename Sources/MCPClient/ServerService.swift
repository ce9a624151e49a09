import Bus
import BusClient
import JSON
import LinuxSystem
import MCP
import Runtime
import Services
import Time

/// The shell round a session with a server: what the server says and the toolbox wants goes to the core, and what the
/// core wants is done.
public final class ServerService {
    private let process: ChildProcess
    private let client: BusClient
    /// Where the process keeps what it remembers.
    public let memoryDirectory: String
    private let settings: MCPServerSettings
    private let transport: any ServerTransport
    private let memory: GenerationMemory
    private var session: MCPSession
    private var offer: ServerOffer?
    private var calls: [String: Responder<ToolOutcome>] = [:]
    private var timer: Timer?
    private var isClosing = false

    /// A session with the server of this process's settings.
    ///
    /// - Parameter transport: Makes the way to the server, from what its section says and the secrets that it names.
    /// - Throws: `JSONProblem` when the settings are of another build; a `ServiceFailure` when there is no way.
    public init(
        process: ChildProcess,
        transport: (MCPServerSettings, MCPServerSettings.Node, SecretReader) throws -> any ServerTransport
    ) throws {
        self.process = process
        client = BusClient(child: process)
        settings = try process.settings(MCPServerSettings.self)
        guard let node = settings.node else {
            throw ServiceFailure(.invalid, "egghead-mcp: eggheadd has sent no settings of the node")
        }
        let secrets = SecretReader(
            variables: process.takeVariables(), credentialsDirectory: node.credentialsDirectory)
        self.transport = try transport(settings, node, secrets)
        memoryDirectory = node.memoryDirectory
        memory = GenerationMemory(directory: memoryDirectory, settings: settings)
        session = Self.session(settings, memory, self.transport)
    }

    /// Reaches the server and takes its places on the bus. The process is ready when the server's tools are known.
    public func start() {
        transport.onEvent = { [unowned self] event in handle(event) }
        transport.onWaiting = { [unowned self] reason in wait(reason) }
        transport.isOpen = { [unowned self] in session.isOpen(request: $0) }
        client.subscribe(
            requests: .server(settings.name, ServerCall.subject), as: ServerCall.self, reply: ToolOutcome.self
        ) { [unowned self] call, responder in begin(call, responder) }
        client.subscribe(SubjectPattern(.server(settings.name, ServerCallCancellation.subject))) {
            [unowned self] message in
            if let cancelled = try? message.decode(ServerCallCancellation.self) { handle(.cancel(call: cancelled.id)) }
        }
        client.subscribe(
            requests: .server(settings.name, Toolbox.Login.subject), as: Toolbox.Login.Request.self,
            reply: Toolbox.Login.Reply.self
        ) { [unowned self] request, responder in
            transport.logIn(request.step) { responder.complete($0.map { .init(address: $0) }) }
        }
        client.subscribe(SubjectPattern(.server(settings.name, ServerAnswer.subject))) { [unowned self] message in
            guard let answer = try? message.decode(ServerAnswer.self) else { return }
            handle(.answer(elicitation: answer.elicitation, answer.answer))
        }
        client.subscribe(SubjectPattern(.child(ServiceName.toolbox.rawValue))) { [unowned self] message in
            guard let event = try? message.decode(ChildEvent.self) else { return }
            // Nobody waits for the outcomes any more, and the next toolbox has heard of no tool.
            if event.endsLife { for call in calls.keys { handle(.cancel(call: call)) } }
            if event.event == .ready { tellOffer() }
        }
        process.onTerminate = { [unowned self] in close(.success) }
        // What no server may see is another thing now; a sandbox stays as it was made.
        process.onReload = { [unowned self] in close(.success) }
        transport.start()
    }

    /// The server is not spoken to until a person has done something. The process is as ready as it can be.
    private func wait(_ reason: String) {
        guard !isClosing else { return }
        handle(.stop)
        session = Self.session(settings, memory, transport)
        offer?.tools = []
        tellOffer()
        process.log.notice("mcp.waits", ["for": reason])
        process.notifier.status(reason)
        process.notifier.ready()
    }

    private static func session(
        _ settings: MCPServerSettings, _ memory: GenerationMemory, _ transport: any ServerTransport
    ) -> MCPSession {
        MCPSession(
            MCPSession.Settings(server: settings.name, isHTTP: transport.isHTTP, generation: memory.generation))
    }

    private func begin(_ call: ServerCall, _ responder: Responder<ToolOutcome>) {
        if calls[call.id] != nil { return }
        guard case .object(let arguments)? = try? JSON.decode(JSONValue.self, from: Array(call.arguments.utf8)) else {
            return responder.reply(ToolOutcome(.failed, "\(call.tool): its arguments are no JSON object"))
        }
        calls[call.id] = responder
        let deadline = client.loop.now + .milliseconds(settings.timeoutMilliseconds)
        handle(
            .call(
                MCPCall(
                    id: call.id, tool: call.tool, arguments: arguments, approved: call.digest, deadline: deadline)))
    }

    private func handle(_ event: MCPSession.Event) {
        for action in session.handle(event, at: client.loop.now) { perform(action) }
    }

    private func perform(_ action: MCPSession.Action) {
        switch action {
        case .send(let message): transport.send(message)
        case .setTimer(let time):
            timer?.cancel()
            timer = time.map { time in
                client.loop.schedule(after: max(.zero, time - client.loop.now)) { [unowned self] in handle(.timer) }
            }
        case .closeStream(let request): transport.closeStream(request: request)
        case .restart: transport.close { [unowned self] in if !isClosing { transport.start() } }
        case .remember(let generation):
            if let problem = memory.remember(generation) {
                process.log.warning("mcp.not_remembered", ["error": problem])
            }
        case .ready(let server, let tools):
            process.log.info(
                "mcp.ready",
                [
                    "server": server.name ?? "unnamed", "version": server.version ?? "unknown",
                    "protocol": server.protocolVersion, "tools": "\(tools.count)",
                ])
            process.notifier.status("\(Counted.words(tools.count, "tool")), MCP \(server.protocolVersion)")
            offer = ServerOffer(
                server: server, tools: tools, requires: settings.requires, rights: rights)
            tellOffer()
            process.notifier.ready()
        case .toolsChanged(let tools):
            process.log.notice("mcp.tools_changed", ["tools": "\(tools.count)"])
            offer?.tools = tools
            tellOffer()
        case .progress(let call, let progress): client.tell(Toolbox.Server.self, .progress(call: call, progress))
        case .finished(let call, let outcome): calls.removeValue(forKey: call)?.reply(outcome)
        case .ask(let elicitation): ask(elicitation)
        case .withdraw(let elicitation): client.tell(Toolbox.Server.self, .withdraws(elicitation: elicitation))
        case .answerRefused(let elicitation, let problems):
            // The toolbox takes no answer that does not fit; it is of another build.
            process.log.warning("mcp.answer_refused", ["problems": problems.joined(separator: "; ")])
            handle(.answer(elicitation: elicitation, .cancel))
        case .note(let note): log(note)
        case .failed(let reason):
            process.log.error("mcp.failed", ["error": reason, "next": "it is started again"])
            process.notifier.status(reason)
            close(transport.failure)
        }
    }

    private var rights: MCPServerRights {
        var rights = MCPServerRights(settings)
        rights.reads += transport.additions.filter { !rights.reads.contains($0) }
        return rights
    }

    /// Tells the toolbox which tools there are; a toolbox that is away is told when it is back.
    private func tellOffer() {
        guard let offer else { return }
        client.request(Toolbox.Server.self, .offers(offer), deadline: .seconds(30), retry: .untilDeadline) {
            [unowned self] result in
            guard case .failure(let failure) = result else { return }
            process.log.warning(
                "mcp.not_offered", ["error": failure.message, "next": "again when the toolbox is back"])
        }
    }

    /// Has the toolbox ask people. Without it nobody can be asked.
    private func ask(_ elicitation: Elicitation) {
        client.request(Toolbox.Server.self, .asks(elicitation), deadline: .seconds(30), retry: .untilDeadline) {
            [unowned self] result in
            if case .failure = result { handle(.answer(elicitation: elicitation.id, .cancel)) }
        }
    }

    private func log(_ note: MCPNote) {
        let fields: KeyValuePairs<String, String?> = [
            "about": note.kind.rawValue, "text": note.text, "count": "\(note.count)",
        ]
        switch note.kind {
        case .log, .ignored: process.log.debug("mcp.note", fields)
        case .start: process.log.info("mcp.note", fields)
        case _: process.log.notice("mcp.note", fields)
        }
    }

    /// Ends the server in order, and then this process.
    private func close(_ status: ExitStatus) {
        guard !isClosing else { return }
        isClosing = true
        handle(.stop)
        transport.close { [unowned self] in process.loop.stop(status) }
    }
}

extension SecretReader {
    /// A text of a server's section with its secrets.
    ///
    /// - Throws: Which one is missing, and why.
    public func text(_ text: SecretText, of server: String) throws(ServiceFailure) -> String {
        try text.text { source throws(ServiceFailure) in
            let found: String
            do throws(Problem) { found = try secret(at: source) } catch {
                throw ServiceFailure(.failed, "mcp_servers.\(server): \(source): \(error)")
            }
            guard !found.isEmpty else {
                throw ServiceFailure(.failed, "mcp_servers.\(server): \(source) is not set")
            }
            return found
        }
    }
}
