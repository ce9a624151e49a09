import Bus
import BusClient
import Capabilities
import JSON
import MCP
import Runtime
import Services

/// The tools of MCP servers: what their processes have offered, and the way to call it.
final class ServerTools: ToolSource {
    private struct Server {
        var offer: ServerOffer
        var tools: [Tool]
    }

    private struct Running {
        let server: String
        let call: AuthorizedCall
        let done: (ToolOutcome) -> Void
        var progress: MCPProgress?
    }

    /// Called with what a server asks people, and the call in which it does, if that is known.
    var onQuestion: (Elicitation, _ server: String, AuthorizedCall?) -> Void = { _, _, _ in }
    /// Called when nobody waits for the answer to a question of a server any more; to any of it when nil.
    var onWithdrawal: (_ elicitation: Int?, _ server: String) -> Void = { _, _ in }

    private let client: BusClient
    private let log: Log
    private var servers: [String: Server] = [:]
    private var running: [String: Running] = [:]
    private var isMenuFull: Set<String> = []

    /// How long the tools of all servers may be together, in bytes: a menu travels in one message.
    private static let menuBytesMax = 512 << 10
    /// How long the process of a server may take for the outcome of a call: it bounds calls itself, while nobody is
    /// asked anything.
    private static let patience = Duration.seconds(24 * 3_600)

    /// The tools of a node whose servers have offered nothing so far.
    init(client: BusClient, log: Log) { (self.client, self.log) = (client, log) }

    /// Hears what the processes of servers tell, and when one of them ends.
    func serve() {
        client.serve(Toolbox.Server.self) { [unowned self] news, caller, responder in
            guard let server = caller.server else {
                return responder.fail(ServiceFailure(.denied, "server: \(caller) speaks with no MCP server"))
            }
            switch news {
            case .offers(let offer): take(offer, of: server)
            case .progress(let call, let progress):
                if running[call]?.server == server { running[call]?.progress = progress }
            case .asks(let elicitation):
                let call = elicitation.call.flatMap { running[$0] }.flatMap { $0.server == server ? $0.call : nil }
                onQuestion(elicitation, server, call)
            case .withdraws(let elicitation): onWithdrawal(elicitation, server)
            }
            responder.reply(Empty())
        }
        client.subscribe(SubjectPattern("sys.child.*")) { [unowned self] message in
            guard let event = try? message.decode(ChildEvent.self), event.endsLife,
                let server = Principal(rawValue: event.name)?.server
            else { return }
            end(server)
        }
    }

    private func take(_ offer: ServerOffer, of server: String) {
        let tools = offer.tools.map { tool in
            let name = ServerToolName(
                server: server, name: tool.name, digest: tool.digest.rawValue, requires: offer.requires)
            // What a server says of what its tools leave behind is its word.
            return Tool(
                tool.definition, needs: [Tool.Need(offer.requires?.permission ?? .callServers, on: .serverTool(name))],
                effect: .sideEffect)
        }
        servers[server] = Server(offer: offer, tools: tools)
        makeMenu()
        log.info("mcp.offered", ["server": server, "tools": "\(tools.count)"])
    }

    /// The process of a server is no more: its tools cannot be called, and of its calls nobody knows.
    private func end(_ server: String) {
        servers[server] = nil
        makeMenu()
        onWithdrawal(nil, server)
        for (call, running) in running where running.server == server {
            self.running[call] = nil
            let text = "Whether the tool has done it is not known: the MCP server `\(server)` has ended."
            running.done(ToolOutcome(.unknown, text))
        }
    }

    /// The tools of all servers, in the order of the servers' names; a server whose tools no longer fit is left out. It
    /// is asked for with every call, and made anew when a server's tools change.
    private(set) var menu: [Tool] = []

    private func makeMenu() {
        var bytes = 0
        menu = []
        for (name, server) in servers.sorted(by: { $0.key < $1.key }) {
            let more = server.tools.reduce(0) { $0 + $1.definition.menuBytes }
            guard bytes + more <= Self.menuBytesMax else {
                if isMenuFull.insert(name).inserted {
                    log.warning("mcp.menu_full", ["server": name, "next": "its tools are offered to nobody"])
                }
                continue
            }
            bytes += more
            menu += server.tools
        }
    }

    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) {
        guard let tool = call.tool.serverTool, let server = servers[tool.server],
            let offered = server.offer.tools.first(where: { $0.menuName == call.tool.name })
        else { return done(ToolOutcome(.failed, "\(call.tool.name): its MCP server has ended; call it again later")) }
        let id = Self.id(of: call.key)
        running[id] = Running(server: tool.server, call: call, done: done)
        let request = ServerCall(
            id: id, tool: call.tool.name, arguments: call.arguments.json, digest: offered.digest)
        client.request(
            subject: .server(tool.server, ServerCall.subject), request, as: ToolOutcome.self, deadline: Self.patience
        ) { [unowned self] result in
            guard let running = running.removeValue(forKey: id) else { return }
            running.done(result.outcome(of: call.tool.name))
        }
    }

    func stop(_ call: ToolCallKey) {
        let id = Self.id(of: call)
        guard let running = running[id] else { return }
        let cancellation = ServerCallCancellation(id: id)
        client.publish(JSON.encode(cancellation), to: .server(running.server, ServerCallCancellation.subject))
    }

    /// The servers that have tools now, without these, or one of them with its tools.
    func descriptions(of wanted: String?) -> [ServerDescription] {
        servers.filter { wanted == nil || $0.key == wanted }.sorted { $0.key < $1.key }.map { name, server in
            let offer = server.offer, title = [offer.server.name, offer.server.version].compactMap(\.self)
            return ServerDescription(
                name: name, title: title.joined(separator: " "), protocolVersion: offer.server.protocolVersion,
                instructions: offer.server.instructions,
                requires: offer.requires ?? Grant(.callServers, [.servers: [name]]), rights: offer.rights,
                toolCount: offer.tools.count,
                tools: wanted == nil
                    ? []
                    : offer.tools.map {
                        ServerToolDescription(definition: $0.definition, claims: $0.annotations.words)
                    })
        }
    }

    /// The tools of a server; nil when it has none now.
    func tools(of server: String) -> [Tool]? { servers[server]?.tools }

    /// In numbers alone: the words are the server's.
    func progress(of call: ToolCallKey) -> String? {
        guard let progress = running[Self.id(of: call)]?.progress else { return nil }
        let done = Self.number(progress.progress)
        return progress.total.map { "\(done) of \(Self.number($0))" } ?? "\(done) done"
    }

    /// The call for the process of a server, unlike those of other agents.
    private static func id(of call: ToolCallKey) -> String { "\(call.caller.name)/\(call.id)" }

    private static func number(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}

extension Result<ToolOutcome, ServiceFailure> {
    /// What the model is told.
    fileprivate func outcome(of tool: String) -> ToolOutcome {
        switch self {
        case .success(let outcome): outcome
        case .failure(let failure):
            ToolOutcome(.unknown, "Whether \(tool) has done it is not known: \(failure.message)")
        }
    }
}

extension ToolDefinition {
    /// How much it adds to a menu.
    fileprivate var menuBytes: Int { JSON.encode(self).count + 1 }
}

extension ToolArguments {
    /// All of them as the text of a JSON object.
    fileprivate var json: String { String(decoding: JSON.encode(JSONValue.object(members)), as: UTF8.self) }
}
