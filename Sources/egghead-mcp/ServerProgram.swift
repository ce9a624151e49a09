import Capabilities
import LinuxSystem
import MCP
import MCPClient
import Runtime
import Sandbox
import Sandboxes
import Services

/// A server that is a program of this machine, in a sandbox: its standard input and output carry the messages, what it
/// writes to standard error is in the log of this process.
///
/// See: MCP 2026-07-28, stdio
final class ServerProgram: ServerTransport {
    var onEvent: (MCPSession.Event) -> Void = { _ in }

    var isOpen: (_ request: Int) -> Bool = { _ in false }
    var onWaiting: (String) -> Void = { _ in }
    let isHTTP = false
    let failure = ExitStatus.failure
    var additions: [String] { environment.map { [$0] } ?? [] }

    private let loop: EventLoop
    private let bubblewrap: Bubblewrap
    private let settings: MCPServerSettings
    private let walls: SandboxWalls
    private let view: SandboxView
    private let variables: [String]
    /// The virtual environment of Python that its program is of; nil when it is of none.
    private let environment: String?
    private let hosts: HostRules?
    private var running: RunningServer?

    /// What a server may use, where no cgroup says it.
    private static let limits = ProgramLimits(memoryBytes: nil, tasks: 256, fileBytes: 1 << 30)

    /// A server that has not begun.
    ///
    /// - Throws: Why it gets no sandbox, or which secret is missing.
    init(
        _ settings: MCPServerSettings, _ node: MCPServerSettings.Node, secrets: SecretReader,
        loop: EventLoop
    ) throws {
        (self.loop, self.settings) = (loop, settings)
        let words = settings.command
        let programs = Files.split(try CurrentProcess.executablePath()).directory
        do throws(SandboxProblem) { bubblewrap = try Bubblewrap(programs: programs) } catch {
            throw ServiceFailure(.unavailable, "mcp_servers.\(settings.name): there is no sandbox: \(error)")
        }
        walls = SandboxWalls(
            reserved: node.reserved.compactMap { FilePath($0) }, programs: [programs].compactMap { FilePath($0) })
        environment = Self.environment(of: words.first ?? "")
        var view = SandboxView(root: nil, isWritable: false, directory: nil)
        view.others = Self.directories(settings, environment)
        if let program = words.first, !Self.isOfSystem(program), !view.others.contains(where: { $0.holds(program) }) {
            view.additions[program] = program
        }
        let grants = HostRules.everything.map { Grant($0, [.hosts: settings.hosts]) }
        hosts = settings.hosts.isEmpty ? nil : HostRules(permissions: HostRules.everything, grants: grants)
        view.hosts = hosts
        self.view = view
        variables = try settings.variables.sorted { $0.key < $1.key }.map { name, text in
            "\(name)=\(try secrets.text(text, of: settings.name))"
        }
        if let environment { try Self.checkInterpreter(of: environment, view, settings.name) }
    }

    /// The sandbox as its directories are now.
    ///
    /// - Throws: Why it can have none of that.
    private func sandbox() throws(ServiceFailure) -> (plan: SandboxPlan, request: HelperRequest) {
        var (plan, _, others, _) = try walls.plan(view, helper: bubblewrap.helper)
        plan.variables = variables
        let request = HelperRequest(
            root: nil, others: others, writable: settings.writes, limits: Self.limits,
            proxyPort: hosts == nil ? nil : SandboxPlan.proxyPort, hasStreams: true, work: .program(settings.command))
        return (plan, request)
    }

    /// Whether every sandbox has a program.
    private static func isOfSystem(_ program: String) -> Bool {
        (["usr"] + SandboxPlan.systemDirectories).contains { program.hasPrefix("/\($0)/") }
    }

    /// The virtual environment of Python that a program is of: without its packages it is nothing.
    private static func environment(of program: String) -> String? {
        let prefix = Files.split(Files.split(program).directory).directory
        guard prefix.count > 1, (try? Files.status("\(prefix)/pyvenv.cfg"))?.kind == .file else { return nil }
        return prefix
    }

    /// The interpreter of an environment is wherever a link in it leads, and whoever can change the link would choose
    /// what the server reads: so it is to be one that the sandbox has.
    private static func checkInterpreter(
        of environment: String, _ view: SandboxView, _ name: String
    ) throws(ServiceFailure) {
        guard let interpreter = try? CurrentProcess.resolve("\(environment)/bin/python"), !isOfSystem(interpreter),
            !view.others.contains(where: { $0.holds(interpreter) })
        else { return }
        let home = Files.split(Files.split(interpreter).directory).directory
        throw ServiceFailure(
            .invalid,
            "mcp_servers.\(name): its Python is \(interpreter), which it may not read; add fs: {read: [\(home)]}")
    }

    /// What the section names, and the environment of the program.
    private static func directories(_ settings: MCPServerSettings, _ environment: String?) -> [SandboxDirectory] {
        let writes = settings.writes.compactMap { FilePath($0) }
        let reads = (settings.reads + (environment.map { [$0] } ?? [])).compactMap { FilePath($0) }
        return writes.map { SandboxDirectory($0, isWritable: true) }
            + reads.filter { !writes.contains($0) }.map { SandboxDirectory($0, isWritable: false) }
    }

    func start() {
        do {
            let (plan, request) = try sandbox()
            let server = try RunningServer(plan, request, in: bubblewrap, hosts: hosts, loop: loop)
            running = server
            server.onBytes = { [unowned self] in onEvent(.bytes($0)) }
            server.onEnd = { [unowned self, unowned server] reason in
                if running === server { running = nil }
                onEvent(.exited(reason))
            }
            onEvent(.started)
        } catch {
            loop.schedule(after: .zero) { [weak self] in self?.onEvent(.exited("it could not be started: \(error)")) }
        }
    }

    func send(_ message: MCPOutgoing) { running?.write(message.line) }

    func logIn(_ step: Toolbox.Login.Step, _ done: @escaping (Result<String?, ServiceFailure>) -> Void) {
        let reason =
            "login: \(settings.name) is a program of this machine, which needs no login; see `env` in its section"
        done(.failure(ServiceFailure(.invalid, reason)))
    }

    /// It has one stream for all.
    func closeStream(request: Int) {}

    func close(_ done: @escaping () -> Void) {
        guard let server = running else {
            loop.schedule(after: .zero, done)
            return
        }
        server.onBytes = { _ in }
        server.onEnd = { [weak self] _ in
            self?.running = nil
            done()
        }
        server.end()
    }
}

extension SandboxDirectory {
    /// Whether a file is in it.
    fileprivate func holds(_ path: String) -> Bool { FilePath(path).map { self.path.contains($0) } ?? false }
}
