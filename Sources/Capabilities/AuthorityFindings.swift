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

    /// Whether it may read pages.
    public var readsPages: Bool { authority.grants.contains { $0.permission == .getFromHosts } }

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
            let patterns = (grant.scope[.patterns] ?? []).filter(Self.isOpen)
            for program in (grant.scope[.commands] ?? []).filter(Self.isInterpreter) + patterns {
                let problem = "agent:\(agent): \(program.prefix(40)) runs whatever it is given, as proc.eval does"
                findings.append(ToolFinding(problem, fix: "grant proc.eval instead, or a pattern with its arguments"))
            }
        }
        return findings
    }

    private static func isInterpreter(_ program: some StringProtocol) -> Bool {
        interpreters.contains(String(program.split(separator: "/").last ?? ""))
    }

    /// Whether a pattern leaves the program open, or what an interpreter runs.
    private static func isOpen(_ pattern: String) -> Bool {
        let words = pattern.split(separator: " ")
        guard let program = words.first else { return false }
        if program.hasPrefix("*") { return true }
        let subject = words.dropFirst().first { !$0.hasPrefix("-") }
        return isInterpreter(program) && (words.last == "*" || subject?.contains("*") == true)
    }
}
