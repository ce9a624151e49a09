import BusClient
import Capabilities
import Services

/// What people ask the toolbox: which tools there are, what an agent may do, and what would become of a call.
final class ToolQuestions {
    private let client: BusClient
    private let authority: CallerAuthority
    private let sources: ToolSources
    private let sandboxes: SandboxedTools
    private let servers: ServerTools
    private let skills: SkillTools

    /// Answers from the sources and the store.
    init(
        client: BusClient, authority: CallerAuthority, sources: ToolSources, sandboxes: SandboxedTools,
        servers: ServerTools, skills: SkillTools
    ) {
        self.servers = servers
        self.skills = skills
        self.sandboxes = sandboxes
        self.client = client
        self.authority = authority
        self.sources = sources
    }

    /// How long a server may take for a step of a login, with its authorization server.
    private static let loginPatience = Duration.seconds(60)

    /// Hands a step of a login on to the process of the server.
    private func logIn(
        _ request: Toolbox.Login.Request, _ caller: Principal, _ responder: Responder<Toolbox.Login.Reply>
    ) {
        guard caller.isPerson, authority.rules.asking.admits(caller) else {
            let reason = "login: \(caller) is not among the approvers of config.yml, who alone log the node in"
            return responder.fail(ServiceFailure(.denied, reason))
        }
        client.request(
            subject: .server(request.server, Toolbox.Login.subject), request, as: Toolbox.Login.Reply.self,
            deadline: Self.loginPatience
        ) { responder.complete($0) }
    }

    /// Serves the questions.
    func serve() {
        serve(Toolbox.Tools.self) { [unowned self] request, responder in
            guard let agent = request.agent else { return responder.reply(tools { _ in true }) }
            authority.ask(of: agent) { [unowned self] result in
                responder.complete(
                    result.map { authority in tools { Authorization.isOnMenu($0, authority: authority) } })
            }
        }
        serve(Toolbox.Capabilities.self) { [unowned self] request, responder in
            authority.ask(of: request.agent) { result in
                responder.complete(
                    result.map { authority in
                        let free = authority.free
                        return .init(
                            grants: authority.grants, inert: authority.inert, isUnsaid: authority.isUnsaid,
                            asking: authority.grants.filter { !free.contains($0) })
                    })
            }
        }
        serve(Toolbox.Findings.self) { [unowned self] _, responder in
            agents(after: nil, []) { [unowned self] result in
                switch result {
                case .failure(let failure): responder.fail(failure)
                case .success(let agents): examine(agents, responder.reply)
                }
            }
        }
        client.serve(Toolbox.Login.self) { [unowned self] request, caller, responder in
            logIn(request, caller, responder)
        }
        serve(Toolbox.Skills.self) { [unowned self] request, responder in
            let all = skills.descriptions(menu: sources.menu)
            guard let agent = request.agent else { return responder.reply(.init(skills: all)) }
            authority.ask(of: agent) { [unowned self] result in
                let menu = sources.menu
                responder.complete(
                    result.map { authority in
                        let offered = skills.skills.filter { $0.isOffered(to: authority, menu: menu) }.map(\.name)
                        return .init(skills: all.filter { $0.problem == nil && offered.contains($0.name) })
                    })
            }
        }
        serve(Toolbox.Servers.self) { [unowned self] request, responder in
            responder.reply(.init(servers: servers.descriptions(of: request.server)))
        }
        serve(Toolbox.ServerUse.self) { [unowned self] request, responder in
            guard let tools = servers.tools(of: request.server) else {
                let reason = "server_use: \(request.server) has no tools now; `egghead mcp list` shows the servers"
                return responder.fail(ServiceFailure(.notFound, reason))
            }
            agents(after: nil, []) { [unowned self] result in
                responder.complete(result.map { agents in .init(agents: agents.map { use(of: tools, by: $0) }) })
            }
        }
        serve(Toolbox.Try.self) { [unowned self] request, responder in
            authority.ask(of: request.agent) { [unowned self] result in
                responder.complete(result.map { decision(request, $0) })
            }
        }
    }

    /// Serves a question of people and services; what one agent may do is no matter of another.
    private func serve<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ handler: @escaping (Operation.Request, Responder<Operation.Reply>) -> Void
    ) {
        client.serve(operation) { request, caller, responder in
            guard caller.agent == nil else {
                return responder.fail(ServiceFailure(.denied, "\(Operation.name): \(caller) is an agent; people ask"))
            }
            handler(request, responder)
        }
    }

    /// Every agent that the store knows.
    private func agents(
        after id: AgentID?, _ found: [AgentDefinition],
        _ body: @escaping (Result<[AgentDefinition], ServiceFailure>) -> Void
    ) {
        client.request(Store.Agents.self, .init(after: id), retry: .untilDeadline) { [weak self] result in
            switch result {
            case .failure(let failure): body(.failure(failure))
            case .success(let page):
                let all = found + page.agents
                guard page.more, let last = page.agents.last else { return body(.success(all)) }
                self?.agents(after: last.id, all, body)
            }
        }
    }

    private func examine(_ agents: [AgentDefinition], _ body: @escaping (Toolbox.Findings.Reply) -> Void) {
        let findings = agents.map { AuthorityFindings($0.id, authority.rules.authority(of: $0)) }
        let found = findings.flatMap { $0.all(reserved: sandboxes.reserved) }
        guard findings.contains(where: \.needsSandbox) else { return body(Toolbox.Findings.Reply(findings: found)) }
        sandboxes.probe(readsPages: findings.contains(where: \.readsPages)) { inForce, wrong in
            body(Toolbox.Findings.Reply(findings: wrong + found, inForce: inForce))
        }
    }

    private func tools(_ isWanted: (Tool) -> Bool) -> Toolbox.Tools.Reply {
        Toolbox.Tools.Reply(
            tools: sources.menu.filter(isWanted).map { tool in
                ToolDescription(
                    definition: tool.definition, needs: tool.needs.map(\.permission),
                    hasSideEffect: tool.effect == .sideEffect)
            })
    }

    private func use(of tools: [Tool], by agent: AgentDefinition) -> Toolbox.ServerUse.AgentUse {
        let authority = authority.rules.authority(of: agent)
        var allowed: [String] = [], asking: [String] = [], reason: String?
        for tool in tools {
            guard let name = tool.serverTool, let permission = tool.needs.first?.permission else { continue }
            let request = AccessRequest(permission, on: .serverTool(name))
            do throws(Denial) {
                try Authorization.authorize(.agent(agent.id), tool, requests: [request], authority: authority)
                allowed.append(tool.name)
                if authority.asks(request) { asking.append(tool.name) }
            } catch {
                reason = reason ?? error.message
            }
        }
        return Toolbox.ServerUse.AgentUse(
            agent: agent.id, tools: allowed, asking: asking, reason: allowed.isEmpty ? reason : nil)
    }

    private func decision(_ request: Toolbox.Try.Request, _ authority: Authority) -> Toolbox.Try.Reply {
        let call = ToolCall(id: "try", name: request.tool, arguments: request.arguments)
        do throws(ToolRefusal) {
            let authorized = try AuthorizedCall(call, of: request.agent, authority: authority, menu: sources.menu)
            let grants = authorized.requests.compactMap { request in
                authority.grants.first { $0.permission == request.permission && $0.covers(request.object) }
            }
            return Toolbox.Try.Reply(
                refusal: nil, grants: grants, asks: authorized.requests.contains(where: authority.asks))
        } catch {
            return Toolbox.Try.Reply(refusal: error.outcome, grants: [])
        }
    }
}
