import Configuration
import Runtime
import Services
import Terminal

/// A problem of a node, and how to solve it.
struct Finding: Codable, Hashable {
    /// What is wrong, and where.
    var problem: String
    /// What a person can do.
    var fix: String

    /// The finding as `egghead doctor` prints it.
    var line: String { SafeText.line("\(problem); \(fix)") }

    /// A finding in words.
    init(_ problem: String, fix: String) {
        self.problem = problem
        self.fix = fix
    }

    /// A problem of `config.yml`; its message says what is expected.
    init(_ problem: ConfigurationProblem) {
        self.init(problem.description, fix: "correct the file; \(Home.startAdvice)")
    }

    /// A problem of a record file, or of its folder.
    init(_ problem: RecordProblem) {
        self.init(problem.statement, fix: problem.fix ?? "correct the file")
    }

    /// A child that is not ready; nil if it is.
    init?(_ child: ChildStatus) {
        let reason = child.lastExit.map { " after \($0.text)" } ?? ""
        let status = child.status.map { " (\($0))" } ?? ""
        let problem = "\(child.name) is \(child.word)\(reason)\(status)"
        switch child.condition {
        case .halted:
            self.init(problem, fix: "`egghead signal \(child.name) CONT` lets it go on")
            return
        case .hung:
            self.init(problem, fix: "if it stays so, it is replaced; see `egghead logs \(child.name)`")
            return
        case nil: break
        }
        switch child.state {
        case .ready: return nil
        case .starting, .stopping, .backoff:
            self.init(problem, fix: "if it stays so, see `egghead logs \(child.name)`")
        case .quarantined, .misconfigured:
            self.init(problem, fix: "see `egghead logs \(child.name)`, repair it, then `egghead restart \(child.name)`")
        case .stopped: self.init(problem, fix: "`egghead start \(child.name)`")
        }
    }

    /// Why a provider gave no answer.
    ///
    /// - Parameter configFile: The path of the configuration.
    init(_ failure: ProviderFailure, of provider: ProviderInfo, configFile: String) {
        let service = "put the key into /etc/egghead/environment and `systemctl restart egghead`"
        let fix =
            switch failure.code {
            case .unauthorized: "set the key where the node is started; for the service, \(service)"
            case .unreachable: "start its server, or correct its url in \(configFile)"
            case .notConfigured, .rejected: "correct \(configFile), then `egghead reload`"
            case .rateLimited: "wait, or raise the quota at the provider"
            case .spent: "raise the cap in \(configFile), then `egghead reload`; see `egghead usage`"
            case .serverError, .contextOverflow, .idleTimeout, .interrupted, .malformed, .cancelled:
                "see `egghead logs llm`"
            }
        self.init("no agent with provider \(provider.name) can answer: \(failure.message)", fix: fix)
    }

    /// The workers that are not ready. A supervisor is never a finding, only its children are.
    static func children(_ children: [ChildStatus]) -> [Finding] {
        children.compactMap { $0.kind == .worker ? Finding($0) : nil }
    }

    /// What is wrong with the providers of models: that there is none.
    ///
    /// - Parameters:
    ///   - configFile: The path of the configuration, where a provider is named.
    ///   - interpreter: The path of the Python interpreter that runs the local model.
    ///   - isInstalled: Whether that file is executable.
    static func providers(
        _ reply: Gateway.Providers.Reply, configFile: String, interpreter: String, isInstalled: Bool
    ) -> [Finding] {
        guard reply.providers.isEmpty else { return [] }
        let local =
            isInstalled
            ? "restart the node, which then runs the local model"
            : "run scripts/run, which installs a local model (none is at \(interpreter))"
        return [
            Finding(
                "no model provider is configured",
                fix: "set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and restart the node, or name one under "
                    + "providers in \(configFile), or \(local)")
        ]
    }
}
