import Services

/// What is wrong with what an agent may do: what allows nothing, and what allows more than it seems to.
public struct AuthorityFindings {
    private let agent: AgentID
    private let authority: Authority

    /// Programs that run whatever they are given.
    private static let interpreters: Set = [
        "awk", "bash", "busybox", "dash", "env", "find", "gawk", "ksh", "lua", "node", "nohup", "perl", "php", "python",
        "python3", "ruby", "sed", "setsid", "sh", "ssh", "sudo", "tclsh", "timeout", "xargs", "zsh",
    ]

    /// Findings about an agent.
    public init(_ agent: AgentID, _ authority: Authority) {
        self.agent = agent
        self.authority = authority
    }

    /// Whether a call of it may need a sandbox.
    public var needsSandbox: Bool { authority.grants.contains { $0.permission.isExternal } }

    /// The findings.
    ///
    /// - Parameter reserved: What is the node's own, and the records.
    public func all(reserved: [FilePath]) -> [ToolFinding] {
        let correct = "correct `capabilities` of its record"
        var findings = authority.inert.map {
            ToolFinding("agent:\(agent): \($0.grant) allows nothing: \($0.reason)", fix: correct)
        }
        for grant in authority.grants {
            if let root = grant.root, let own = reserved.first(where: { root.contains($0) || $0.contains(root) }) {
                let problem = "agent:\(agent): \(grant) allows nothing: the node's own \(own) and it are in one another"
                findings.append(ToolFinding(problem, fix: "grant it another directory"))
            }
            let programs = (grant.scope[.commands] ?? []) + (grant.scope[.patterns] ?? []).filter { $0.contains("*") }
            for program in programs where Self.isInterpreter(program) {
                let problem = "agent:\(agent): \(program.prefix(40)) runs whatever it is given, as proc.eval does"
                findings.append(ToolFinding(problem, fix: "grant proc.eval instead, or a pattern with its arguments"))
            }
        }
        return findings
    }

    private static func isInterpreter(_ command: String) -> Bool {
        let program = command.prefix { $0 != " " }
        return program.contains("*") || interpreters.contains(String(program.split(separator: "/").last ?? ""))
    }
}
