import Capabilities
import LinuxSystem
import MCP
import Runtime
import Sandbox
import Sandboxes
import Services

/// A server that is a program of this machine, in a sandbox: its standard input and output carry the messages, what it
/// writes to standard error is in the log of this process.
///
/// See: MCP 2026-07-28, stdio
final class ServerProgram {
    /// Called with what the session is to be told.
    var onEvent: (MCPSession.Event) -> Void = { _ in }

    private let loop: EventLoop
    private let bubblewrap: Bubblewrap
    private let request: HelperRequest
    private let plan: SandboxPlan
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
        self.loop = loop
        let words = settings.command
        let programs = Files.split(try CurrentProcess.executablePath()).directory
        do throws(SandboxProblem) { bubblewrap = try Bubblewrap(programs: programs) } catch {
            throw ServiceFailure(.unavailable, "mcp_servers.\(settings.name): there is no sandbox: \(error)")
        }
        let walls = SandboxWalls(
            reserved: node.reserved.compactMap { FilePath($0) }, programs: [programs].compactMap { FilePath($0) })
        var view = SandboxView(root: nil, isWritable: false, directory: nil)
        view.others = Self.directories(settings, of: words.first ?? "")
        if let program = words.first, !Self.isOfSystem(program), !view.others.contains(where: { $0.holds(program) }) {
            view.additions[program] = program
        }
        let grants = HostRules.everything.map { Grant($0, [.hosts: settings.hosts]) }
        hosts = settings.hosts.isEmpty ? nil : HostRules(permissions: HostRules.everything, grants: grants)
        view.hosts = hosts
        do throws(ServiceFailure) {
            var plan = try walls.plan(view, helper: bubblewrap.helper).plan
            for (name, text) in settings.variables.sorted(by: { $0.key < $1.key }) {
                plan.variables.append("\(name)=\(try secrets.text(text, of: settings.name))")
            }
            self.plan = plan
        } catch {
            throw ServiceFailure(error.code, "mcp_servers.\(settings.name): \(error.message)")
        }
        request = HelperRequest(
            root: nil, writable: settings.writes, limits: Self.limits,
            proxyPort: hosts == nil ? nil : SandboxPlan.proxyPort, hasStreams: true, work: .program(words))
    }

    /// Whether every sandbox has a program.
    private static func isOfSystem(_ program: String) -> Bool {
        (["usr"] + SandboxPlan.systemDirectories).contains { program.hasPrefix("/\($0)/") }
    }

    /// What the section names, and where the program's own files are, when it is one of a virtual environment of
    /// Python: without its packages and its interpreter it is nothing.
    private static func directories(_ settings: MCPServerSettings, of program: String) -> [SandboxDirectory] {
        let named =
            settings.writes.compactMap { FilePath($0) }.map { SandboxDirectory($0, isWritable: true) }
            + settings.reads.compactMap { FilePath($0) }.map { SandboxDirectory($0, isWritable: false) }
        let prefix = Files.split(Files.split(program).directory).directory
        guard (try? Files.status("\(prefix)/pyvenv.cfg"))?.kind == .file else { return named }
        let interpreter = try? CurrentProcess.resolve("\(prefix)/bin/python")
        let home = interpreter.map { Files.split(Files.split($0).directory).directory }
        let own = [prefix, home].compactMap(\.self).filter { $0 != "/usr" && $0 != "/usr/local" && $0.count > 1 }
        return named
            + own.compactMap { FilePath($0) }.map { SandboxDirectory($0, isWritable: false) }
            .filter { directory in !named.contains { $0.path.contains(directory.path) } }
    }

    /// Starts the program, or starts it again when it has ended; `started` follows, or `exited`.
    func start() {
        do throws(SystemCallError) {
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

    /// Sends a message.
    func send(_ message: MCPOutgoing) { running?.write(message.line) }

    /// Ends the program in order.
    ///
    /// - Parameter done: Called once, later, when nothing of it is left.
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
