import Services
import Terminal

/// Tools and what agents may do, as people read it.
enum ToolLines {
    /// The tools, a line each.
    static func list(_ tools: [ToolDescription]) -> [String] {
        if tools.isEmpty { return ["No tool is on the menu."] }
        let rows = tools.map { tool in
            [
                tool.definition.name, needs(tool), tool.risk.rawValue, tool.hasSideEffect ? "yes" : "no",
                tool.definition.description,
            ]
        }
        return TextTable.lines([["TOOL", "NEEDS", "RISK", "CHANGES", "WHAT IT DOES"]] + rows, .byBlock)
    }

    /// A tool and its arguments.
    static func show(_ tool: ToolDescription) -> [String] {
        let lines = [
            tool.definition.name, "    " + tool.definition.description, "needs: \(needs(tool))",
            "risk: \(tool.risk.rawValue)", "changes something: \(tool.hasSideEffect ? "yes" : "no")",
        ]
        return lines + arguments(of: tool.definition)
    }

    /// What a tool takes, a line each.
    static func arguments(of tool: ToolDefinition) -> [String] {
        guard case .object(let schema) = tool.parameters, case .object(let members)? = schema["properties"]
        else { return [] }
        let required: [String] =
            if case .array(let names)? = schema["required"] { names.compactMap(\.string) } else { [] }
        return members.sorted { $0.key < $1.key }.map { name, member in
            let type = member["type"]?.string ?? "any", what = member["description"]?.string ?? ""
            let left = required.contains(name) ? "" : ", may be left out"
            return SafeText.line("  \(name) (\(type)\(left)): \(what.onOneLine)")
        }
    }

    /// How far a tool is an agent's.
    static func reach(
        of agent: AgentID, _ tool: ToolDescription, _ capabilities: Toolbox.Capabilities.Reply, isOnMenu: Bool
    ) -> [String] {
        let name = SafeText.line("@\(agent)")
        guard isOnMenu else {
            let missing = tool.needs.filter { need in !capabilities.grants.contains { $0.permission == need } }
            let words = missing.map(\.rawValue).joined(separator: ", ")
            return ["not on the menu of \(name)" + (missing.isEmpty ? "" : ", which lacks \(words)")]
        }
        let grants = capabilities.grants.filter { tool.needs.contains($0.permission) }
        return ["on the menu of \(name)"]
            + grants.map { grant in
                let asks = capabilities.asking.contains(grant) ? ", after a person's yes" : ""
                return SafeText.line("  by \(grant)\(asks)")
            }
    }

    /// What would become of a call.
    static func decision(_ reply: Toolbox.Try.Reply) -> [String] {
        if let refusal = reply.refusal {
            let code = refusal.denial.map { "denied, \($0.rawValue): " } ?? ""
            return [SafeText.line(code + refusal.text)]
        }
        let grants = reply.grants.map(\.description).joined(separator: " and ")
        return [SafeText.line("allowed by \(grants)\(reply.asks ? ", after a person's yes" : "")")]
    }

    /// What an agent may do, a grant a line, and what of its record allows nothing.
    static func capabilities(_ reply: Toolbox.Capabilities.Reply) -> [String] {
        let rows = reply.grants.map { grant in
            let asks = reply.asking.contains(grant) ? "yes" : "no"
            return [SafeText.line(grant.description), grant.permission.risk.rawValue, asks]
        }
        let head = ["CAPABILITY", "RISK", "ASKS"]
        var lines = rows.isEmpty ? ["It may do nothing."] : TextTable.lines([head] + rows, .byBlock)
        if reply.isUnsaid { lines.append("Its record has no capabilities, so these are what every agent has.") }
        return lines + reply.inert.map { SafeText.line("\($0.grant) allows nothing: \($0.reason)") }
    }

    private static func needs(_ tool: ToolDescription) -> String {
        tool.needs.map(\.rawValue).joined(separator: ", ")
    }
}
