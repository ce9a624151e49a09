import Capabilities
import LinuxSystem
import Runtime
import Sandbox
import Sandboxes
import Services

/// The tools that work on files and run programs, each call in a sandbox of its own.
final class SandboxedTools: ToolSource {
    private let loop: EventLoop
    private var walls = SandboxWalls(reserved: [], programs: [])
    private let programsDirectory: String
    private let pageReader: String
    private let outputs: OutputStore
    private let bubblewrap: Result<Bubblewrap, SandboxProblem>
    private let cgroups: CallCgroups?
    private var running: [Int: (call: ToolCallKey?, process: SandboxedProcess, isProgram: Bool)] = [:]
    private var waiting: [(call: ToolCallKey, begin: () -> Void, refuse: () -> Void)] = []
    private var begun = 0

    /// How many calls run at once, and how many of one agent; further ones wait, so many of them.
    private static let callsMax = 32, agentCallsMax = 8, waitingMax = 256
    /// How long work on files may take, and a program that names no time of its own, and the longest that it may name.
    private static let fileTime = Duration.seconds(30), programTime = 120, programTimeMax = 3_600
    /// How many texts are read at once for people.
    var readingCount = 0
    /// How long a page may take, in seconds.
    private let pageSeconds: Int

    /// The tools of a node.
    ///
    /// - Parameters:
    ///   - programs: The directory of Egghead's own programs.
    ///   - pageSeconds: How long a page may take.
    init(settings: ToolboxSettings, programs: String, pageSeconds: Int = 60, loop: EventLoop, log: Log) {
        self.loop = loop
        self.pageSeconds = pageSeconds
        programsDirectory = programs
        pageReader = settings.pageReader
        outputs = OutputStore(directory: "\(settings.stateDirectory)/tools/output")
        bubblewrap = Result { () throws(SandboxProblem) in try Bubblewrap(programs: programs) }
        cgroups = settings.cgroup.map { CallCgroups(base: Cgroup(path: $0), log: log) }
        if case .failure(let problem) = bubblewrap { log.warning("sandbox.missing", ["error": problem.description]) }
        read(settings)
    }

    /// Takes over what is hidden from every agent by the configuration as it is now.
    func read(_ settings: ToolboxSettings) {
        walls = SandboxWalls(
            reserved: (settings.hidden + [settings.recordsDirectory]).compactMap { FilePath($0) },
            programs: [programsDirectory, pageReader].compactMap { FilePath($0) })
    }

    /// The same at all times: without a sandbox a call says so.
    var menu: [Tool] { Tool.files + Tool.web + Tool.processes }

    /// Runs a call; what is wrong with its arguments is its outcome.
    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) {
        do throws(ServiceFailure) {
            switch call.tool {
            case .listFiles, .readFile, .writeFile, .editFile, .deleteFile: try runFileCall(call, done)
            case .searchFiles: try search(call, done)
            case .execute: try execute(call, done)
            case .evaluate: try evaluate(call, done)
            case .readOutput: try readOutput(call, done)
            case .fetchPage: try fetch(call, done)
            case _: preconditionFailure("\(call.tool.name) is no tool of a sandbox")
            }
        } catch {
            done(ToolOutcome(.failed, error.message))
        }
    }

    /// What no agent's files are: the node's own, and the records.
    var reserved: [FilePath] { walls.reserved }

    /// Tries whether a sandbox can be made here, by making one, what is refused in there, and then whether it has what
    /// reads pages.
    ///
    /// - Parameters:
    ///   - readsPages: Whether anybody may read pages.
    ///   - done: Called once, now or later: with what is in force, and what is wrong.
    func probe(readsPages: Bool, _ done: @escaping (_ inForce: [String], _ wrong: [ToolFinding]) -> Void) {
        attempt(SandboxProbe.program) { [unowned self] result in
            guard case .success(let output) = result else { return done([], [noSandbox(result.reason ?? "")]) }
            let probe = SandboxProbe(output), inForce = [probe.line(hasCgroups: cgroups != nil)]
            let wrong = [probe.finding].compactMap(\.self)
            guard readsPages else { return done(inForce, wrong) }
            attempt(["/usr/bin/python3", "-I", "-c", "import html2text"]) { result in
                let fix = "install the package python3-html2text"
                let missing = result.reason.map { ToolFinding("web_fetch reads no pages: \($0)", fix: fix) }
                done(inForce, wrong + [missing].compactMap(\.self))
            }
        }
    }

    private func noSandbox(_ reason: String) -> ToolFinding {
        let none = "no tool on files or programs runs: "
        if case .failure(let problem) = bubblewrap { return ToolFinding(none + problem.problem, fix: problem.fix) }
        guard reason.hasPrefix("bwrap: ") else {
            return ToolFinding(none + reason, fix: "see `egghead logs toolbox`, and run `egghead doctor` again")
        }
        let advice = NamespaceAdvice.text { name in
            let text = try? Files.read("/proc/sys/\(name)", limit: 64)
            return text.map { String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace } }
        }
        return ToolFinding(none + reason, fix: advice)
    }

    /// Runs a program of the machine in a sandbox.
    ///
    /// - Parameter done: Called once, now or later: with what it has printed, or why it has failed.
    private func attempt(_ program: [String], _ done: @escaping (Result<String, ServiceFailure>) -> Void) {
        let view = SandboxView(root: nil, isWritable: false, directory: nil)
        do throws(ServiceFailure) {
            try begin(.program(program), view, of: nil, time: Self.fileTime) { ending, output in
                let hasSucceeded = ending.hasBegun && ending.status == .exited(code: 0)
                let reason =
                    ending.isOverdue ? "it took longer than \(Self.fileTime.components.seconds) s" : output.lastLine
                done(hasSucceeded ? .success(output.text) : .failure(ServiceFailure(.failed, reason)))
            }
        } catch {
            done(.failure(error))
        }
    }

    // MARK: Files

    private func runFileCall(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        guard let request = call.requests.first, let path = request.object.path else { return }
        let operation = try Self.operation(of: call, on: path.description)
        let view = SandboxView(
            root: call.grantedRoot, isWritable: request.permission != .readFiles, directory: nil)
        let permissions = call.requests.map(\.permission)
        let helper = HelperWork.file(
            operation, permissions: permissions, grants: permissions.flatMap { call.usable.grants(of: $0) })
        start(call, view, helper, time: Self.fileTime) { ending, output in
            done(Self.outcome(of: ending, output, call))
        } onFailure: {
            done($0)
        }
    }

    private static func operation(of call: AuthorizedCall, on path: String) throws(ServiceFailure) -> FileOperation {
        let arguments = call.arguments
        switch call.tool {
        case .listFiles: return .list(path: path)
        case .readFile:
            return .read(path: path, from: try firstLine(call), lines: try lineCount(call))
        case .writeFile: return .write(path: path, text: try arguments.anyText("text"))
        case .editFile:
            return .edit(path: path, old: try arguments.text("old"), new: try arguments.anyText("new"))
        case _: return .delete(path: path)
        }
    }

    private static func outcome(
        of ending: SandboxedProcess.Ending, _ output: CollectedOutput, _ call: AuthorizedCall
    ) -> ToolOutcome {
        switch ending.reply {
        case .done(let text): return ToolOutcome(.done, text)
        case .failed(let text): return ToolOutcome(.failed, "\(call.tool.name): \(text)")
        case .outside(let place):
            let text =
                "agent:\(call.agent) may not call \(call.tool.name): what it names leads to \(place), "
                + "which its record does not grant"
            return ToolOutcome(.denied, text, denial: .scopeViolation)
        case nil where output.lastLine.hasPrefix("bwrap: ") && !ending.isOverdue && !ending.isStopped:
            // bubblewrap speaks only before it becomes the helper, and no longer then.
            return ToolOutcome(.failed, "\(call.tool.name): there is no sandbox: \(output.lastLine)")
        case .begun, nil:
            let reason =
                ending.diskShortage.map { "it was ended because \($0)" }
                ?? (ending.isOverdue
                    ? "it took longer than \(fileTime.components.seconds) s"
                    : ending.isStopped ? "it was stopped" : "it died: \(output.lastLine)")
            let status: ToolOutcome.Status = call.tool.effect == .none ? .failed : .unknown
            return ToolOutcome(status, "\(call.tool.name): \(reason)")
        }
    }

    private func search(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        guard let path = call.requests.first?.object.path else { return }
        let pattern = try call.arguments.text("pattern"), grants = call.usable.grants(of: .readFiles)
        let search = FileSearch(pattern: pattern, directory: path, grants: grants)
        let view = SandboxView(root: call.grantedRoot, isWritable: false, directory: nil)
        start(
            call, view, .search(search.command, directory: path.description, grants: grants), time: Self.fileTime
        ) { ending, output in
            done(search.outcome(of: ending, output: output))
        } onFailure: {
            done($0)
        }
    }

    // MARK: Programs

    private func execute(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        guard case .command(let words, let directory)? = call.requests.first?.object else { return }
        try run(words, in: directory, call, done)
    }

    private func evaluate(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        guard case .code(let directory)? = call.requests.first?.object else { return }
        let code = try call.arguments.text("code")
        if code.utf8.contains(0) {
            throw ServiceFailure(.invalid, "proc_eval: `code` has a NUL; call it again without")
        }
        let words =
            switch try call.arguments.optionalText("language") {
            case nil, "sh": ["/bin/sh", "-c", code]
            case "python": ["/usr/bin/python3", "-c", code]
            case let other?:
                throw ServiceFailure(
                    .invalid,
                    "proc_eval: `language` \(other.prefix(20)) is neither sh nor python; call it again with one")
            }
        try run(words, in: directory, call, done)
    }

    private func run(
        _ words: [String], in directory: FilePath?, _ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void
    ) throws(ServiceFailure) {
        let seconds = try call.arguments.integer("timeout", in: 1...Self.programTimeMax) ?? Self.programTime
        let root = directory == nil ? nil : call.grantedRoot
        // What was decided on is the writing of just this directory.
        let writing = root.map { AccessRequest(.writeFiles, on: .directory($0)) }
        var view = SandboxView(
            root: root, isWritable: call.requests.contains { $0 == writing }, directory: directory)
        view.hosts = call.programHosts
        start(call, view, .program(words), time: .seconds(seconds)) { ending, output in
            done(ProgramOutcome(ending: ending, output: output, seconds: seconds).outcome)
        } onFailure: {
            done($0)
        }
    }

    /// The file is read in a sandbox, as all are whose text comes from outside.
    private func readOutput(
        _ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void
    ) throws(ServiceFailure) {
        guard let number = try call.arguments.integer("output", in: 1...Int(Int32.max)) else {
            throw ServiceFailure(.invalid, "read_output: `output` is missing; the remark within the output names it")
        }
        var view = SandboxView(root: nil, isWritable: false, directory: nil)
        view.additions = [SandboxPlan.outputPath: try outputs.path(of: number, for: call.agent)]
        let operation = FileOperation.read(
            path: SandboxPlan.outputPath, from: try Self.firstLine(call), lines: try Self.lineCount(call))
        let all = Grant(.readFiles, [.root: ["/"]])
        start(
            call, view, .file(operation, permissions: [.readFiles], grants: [all]), time: Self.fileTime
        ) { ending, output in
            var outcome = Self.outcome(of: ending, output, call)
            outcome.text = outcome.text.replacing(SandboxPlan.outputPath, with: "output \(number)", maxReplacements: 1)
            done(outcome)
        } onFailure: {
            done($0)
        }
    }

    private static func firstLine(_ call: AuthorizedCall) throws(ServiceFailure) -> Int {
        try call.arguments.integer("from", in: -1_000_000...Int(Int32.max)) ?? 1
    }

    private static func lineCount(_ call: AuthorizedCall) throws(ServiceFailure) -> Int {
        try call.arguments.integer("lines", in: 1...2_000) ?? 400
    }

    // MARK: Pages

    private func fetch(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let address = try WebAddress(try call.arguments.text("url"))
        var view = SandboxView(root: nil, isWritable: false, directory: nil)
        view.hosts = HostRules(permissions: [.getFromHosts], grants: call.usable.grants(of: .getFromHosts))
        view.additions = [SandboxPlan.pageReaderPath: pageReader]
        // -I: neither the environment nor the directory is looked at for modules.
        let words = ["/usr/bin/python3", "-I", SandboxPlan.pageReaderPath, address.description]
        start(call, view, .program(words), time: .seconds(pageSeconds)) { [pageSeconds] ending, output in
            done(ProgramOutcome(ending: ending, output: output, seconds: pageSeconds).page)
        } onFailure: {
            done($0)
        }
    }

    // MARK: Sandboxes

    /// Starts a call in a sandbox, now or when others have ended.
    ///
    /// - Parameters:
    ///   - onEnd: Called when it has ended, with what it has printed.
    ///   - onFailure: Called when it has not begun.
    private func start(
        _ call: AuthorizedCall, _ view: SandboxView, _ work: HelperWork, time: Duration,
        onEnd: @escaping (SandboxedProcess.Ending, CollectedOutput) -> Void,
        onFailure: @escaping (ToolOutcome) -> Void
    ) {
        let attempt = { [unowned self] in
            do throws(ServiceFailure) {
                try begin(work, view, of: call.key, time: time, onEnd)
            } catch {
                let text = "\(call.tool.name): \(error.message)"
                let isDenied = error.code == .denied
                onFailure(
                    ToolOutcome(isDenied ? .denied : .failed, text, denial: isDenied ? .scopeViolation : nil))
            }
        }
        if mayBegin(call.key) { return attempt() }
        guard waiting.count < Self.waitingMax else {
            return onFailure(ToolOutcome(.failed, "\(call.tool.name): too many calls wait; call it again later"))
        }
        let refuse = { onFailure(ToolOutcome(.failed, "\(call.tool.name): it was stopped before it began")) }
        waiting.append((call.key, attempt, refuse))
    }

    private func mayBegin(_ call: ToolCallKey) -> Bool {
        running.count < Self.callsMax && running.values.count { $0.call?.caller == call.caller } < Self.agentCallsMax
    }

    private func beginWaiting() {
        while let next = waiting.firstIndex(where: { mayBegin($0.call) }) { waiting.remove(at: next).begin() }
    }

    /// Stops a call with everything that it has started.
    func stop(_ call: ToolCallKey) {
        if let index = waiting.firstIndex(where: { $0.call == call }) { return waiting.remove(at: index).refuse() }
        running.values.first { $0.call == call }?.process.stop()
    }

    /// What a program has printed so far, or that the call has not begun.
    func progress(of call: ToolCallKey) -> String? {
        if waiting.contains(where: { $0.call == call }) { return "it has not begun, since other calls run" }
        let program = running.values.first { $0.call == call && $0.isProgram }
        return program.map { Counted.words($0.process.output.count, "byte") + " printed" }
    }

    /// Begins work in a sandbox at once.
    ///
    /// - Parameter call: Whose sandbox it is; nil for work of our own.
    func begin(
        _ work: HelperWork, _ view: SandboxView, of call: ToolCallKey?, time: Duration,
        _ onEnd: @escaping (SandboxedProcess.Ending, CollectedOutput) -> Void
    ) throws(ServiceFailure) {
        let bubblewrap: Bubblewrap
        do throws(SandboxProblem) { bubblewrap = try self.bubblewrap.get() } catch {
            throw ServiceFailure(.unavailable, "there is no sandbox: \(error)")
        }
        let (plan, root, _, reserve) = try walls.plan(view, helper: bubblewrap.helper)
        let disk = work.freesSpace ? nil : reserve
        if let shortage = disk?.shortage { throw ServiceFailure(.exhausted, shortage) }
        let isProgram = if case .program = work { true } else { false }
        let agent = call?.caller.agent, cgroup = agent.flatMap { cgroups?.make(agent: $0) }, number = begun
        let output = CollectedOutput { [outputs] in isProgram ? agent.flatMap { outputs.makeFile(for: $0) } : nil }
        begun += 1
        let limits = ProgramLimits(
            memoryBytes: cgroup?.boundsMemory == true ? nil : CallCgroups.memoryBytesMax,
            tasks: CallCgroups.tasksMax, fileBytes: CallCgroups.fileBytesMax)
        let writable = plan.isWritable ? plan.root.map { [$0.description] } ?? [] : []
        let port = view.hosts == nil ? nil : SandboxPlan.proxyPort
        do throws(SystemCallError) {
            let process = try SandboxedProcess(
                plan, HelperRequest(root: root, writable: writable, limits: limits, proxyPort: port, work: work),
                in: bubblewrap, hosts: view.hosts, disk: disk, cgroup: cgroup, time: time,
                tasksMax: CallCgroups.tasksMax, output: output, loop: loop
            ) { [unowned self] ending in
                running[number] = nil
                onEnd(ending, output)
                beginWaiting()
            }
            running[number] = (call, process, isProgram)
        } catch {
            cgroup?.remove(loop)
            throw ServiceFailure(.failed, "no sandbox was made: \(error)")
        }
    }
}

extension HelperWork {
    /// Whether it makes room on a disk, and fills none.
    fileprivate var freesSpace: Bool { if case .file(.delete, _, _) = self { true } else { false } }
}

extension Result<String, ServiceFailure> {
    /// Why there is none.
    fileprivate var reason: String? { if case .failure(let failure) = self { failure.message } else { nil } }
}
