import Services
import Terminal

/// MCP servers, as people read them.
enum ServerLines {
    /// The servers, a line each: those of the tree, with what they offer when they do.
    static func list(_ children: [ChildStatus], _ servers: [ServerDescription]) -> [String] {
        let rows = children.compactMap { child -> [String]? in
            guard let name = Principal(rawValue: child.name)?.server else { return nil }
            let server = servers.first { $0.name == name }
            return [
                SafeText.line(name), child.word, server.map { String($0.toolCount) } ?? "-",
                server?.protocolVersion ?? "-", server.map { SafeText.line($0.requires.description) } ?? "-",
                SafeText.line(description(child, server)),
            ]
        }
        if rows.isEmpty { return ["There are no MCP servers. Add one: egghead mcp add NAME -- COMMAND …"] }
        return TextTable.lines(
            [["SERVER", "STATE", "TOOLS", "PROTOCOL", "AN AGENT NEEDS", "WHAT IT IS"]] + rows, .byBlock)
    }

    /// What a server calls itself, or why it has no tools.
    private static func description(_ child: ChildStatus, _ server: ServerDescription?) -> String {
        if let server, server.toolCount > 0 { return server.title }
        return reason(child) ?? server?.title ?? "-"
    }

    /// The servers that have no tools now, a line each.
    static func missing(_ children: [ChildStatus], _ servers: [ServerDescription]) -> [String] {
        children.compactMap { child in
            guard let name = Principal(rawValue: child.name)?.server,
                !servers.contains(where: { $0.name == name && $0.toolCount > 0 })
            else { return nil }
            let reason = reason(child).map { ": \($0)" } ?? ""
            return SafeText.line("the MCP server \(name) is \(child.word) and has no tools now\(reason.onOneLine)")
        }
    }

    /// Why a server has no tools now, if that is known.
    static func reason(_ child: ChildStatus) -> String? { child.status ?? child.lastExit?.text }

    /// A server, what it may do, and its tools.
    static func show(_ server: ServerDescription) -> [String] {
        let rights = server.rights
        func words(_ texts: [String]) -> String {
            texts.isEmpty ? "nothing" : texts.map(SafeText.line).joined(separator: ", ")
        }
        let place =
            if let url = rights.url {
                ["url: \(SafeText.line(url))", "headers: \(words(rights.headers))"]
            } else {
                [
                    "command: \(words([rights.command.joined(separator: " ")]))", "reads: \(words(rights.reads))",
                    "changes: \(words(rights.writes))", "hosts: \(words(rights.hosts))",
                    "variables: \(words(rights.variables))",
                ]
            }
        var lines =
            [SafeText.line("\(server.name): \(server.title), MCP \(server.protocolVersion)")] + place
            + ["an agent needs: \(SafeText.line(server.requires.description))"]
        if let instructions = server.instructions, !instructions.isEmpty {
            lines.append("it says: \(SafeText.line(instructions.onOneLine))")
        }
        for tool in server.tools {
            let claims = tool.claims.isEmpty ? "" : " (it claims: \(tool.claims.joined(separator: ", ")))"
            lines.append("  \(tool.definition.name)\(claims)")
            lines.append("      " + SafeText.line(tool.definition.description.onOneLine))
            lines += ToolLines.arguments(of: tool.definition).map { "    " + $0 }
        }
        return lines
    }

    /// Which agents may call a server's tools.
    static func use(of server: ServerDescription, _ agents: [Toolbox.ServerUse.AgentUse]) -> [String] {
        if agents.isEmpty { return ["There are no agents."] }
        return agents.map { agent in
            let name = SafeText.line("@\(agent.agent)")
            if let reason = agent.reason { return "\(name): no: \(SafeText.line(reason))" }
            if agent.tools.isEmpty { return "\(name): no: the server has no tools" }
            let all = agent.tools.count == server.toolCount
            let tools = all ? "all tools" : agent.tools.joined(separator: ", ")
            let asks =
                agent.asking.isEmpty
                ? "" : agent.asking == agent.tools ? ", after a person's yes" : ", some after a person's yes"
            return "\(name): yes, \(tools)\(asks)"
        }
    }
}
