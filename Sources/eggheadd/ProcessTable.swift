import Accounts
import Glibc
import LinuxSystem
import Runtime
import Services
import Supervision
import Time

/// The processes that run, by the child that each is a life of: makes them, signals them, hears from them and reaps
/// them.
final class ProcessTable {
    private let loop: EventLoop
    private let node: Node
    private let environment: Environment
    private let listeners: Listeners
    private let systemd: Systemd
    private let log: Log
    private let notifyDirectory: String
    private var notifySocketsMade = 0
    private var processes: [RunningProcess] = []
    /// What children wrote to standard error; it outlives each of their lives.
    private var logs: [ChildID: LogTail] = [:]

    /// News of a process, for the tree.
    var onEvent: (Event) -> Void = { _ in }
    /// A message on a parent channel.
    var onMessage: (ChildID, ChildMessage, consuming FileDescriptor?) -> Void = { _, _, _ in }

    /// A table without processes.
    ///
    /// - Throws: `SystemCallError` when the directory of the notification sockets cannot be made.
    init(
        loop: EventLoop, node: Node, environment: Environment, listeners: Listeners, systemd: Systemd, log: Log
    ) throws {
        (self.loop, self.node, self.environment) = (loop, node, environment)
        (self.listeners, self.systemd, self.log) = (listeners, systemd, log)
        notifyDirectory = node.home.runDirectory + "/notify"
        try Files.makeDirectories(notifyDirectory, mode: 0o711)
        guard try Files.linkStatus(notifyDirectory).kind == .directory else {
            throw ServiceFailure(.denied, "\(notifyDirectory) is no directory of ours; remove it")
        }
        for name in try Files.list(notifyDirectory) { try Files.remove(notifyDirectory + "/" + name) }
    }

    /// The living processes that have a parent channel, in the order of their making.
    var withChannel: [RunningProcess] { processes.filter { $0.channel != nil } }

    /// The living process of a child.
    func process(of id: ChildID) -> RunningProcess? { processes.first { $0.id == id } }

    // MARK: - Making

    /// Makes a process.
    ///
    /// - Returns: `spawned`, or `spawnFailed` with what was tried and what the system answered.
    func spawn(_ id: ChildID, _ incarnation: Incarnation, _ spec: WorkerSpec, digest: String?) -> Event {
        do {
            let process = try make(id, incarnation, spec, digest: digest)
            try watch(process)
            return .spawned(id, incarnation, pid: process.handle.pid)
        } catch {
            return .spawnFailed(id, incarnation, detail: "\(error)")
        }
    }

    private func watch(_ process: RunningProcess) throws(SystemCallError) {
        processes.append(process)
        do throws(SystemCallError) {
            try process.watch(on: loop, self)
        } catch {
            // A life that cannot be watched is none: it would never be missed. SIGCHLD brings its wait status.
            process.handle.signalGroup(.kill)
            process.handle.signal(.kill)
            process.close()
            processes.removeAll { $0 === process }
            throw error
        }
    }

    private func make(
        _ id: ChildID, _ incarnation: Incarnation, _ spec: WorkerSpec, digest: String?
    ) throws -> RunningProcess {
        let executable = try find(spec.command.first ?? "")
        var plan = SpawnPlan(executable: executable, arguments: spec.command, environment: environment.forChildren)
        plan.directory = spec.directory
        if spec.limits != WorkerSpec.Limits() {
            log.warning("limits.unenforced", ["child": id.name, "next": "it runs without them"])
        }
        if let user = spec.user {
            guard let identity = Users.identity(of: user) else {
                throw ServiceFailure(.notFound, "there is no user \(user) on this machine")
            }
            plan.user = identity
        }
        let notify = try makeNotifySocket()
        plan.environment = Environment.merged([
            plan.environment, spec.environment.map { "\($0.name)=\($0.value)" }, ["NOTIFY_SOCKET=\(notify.path)"],
            spec.watchdog.map { ["WATCHDOG_USEC=\($0.wholeNanoseconds / 1_000)"] } ?? [],
        ])
        try addListeners(spec, to: &plan)
        if logs.count > processes.count + Self.idleLogsMax {
            logs = logs.filter { entry in processes.contains { $0.id == entry.key } }
        }
        let tail = logs[id] ?? LogTail(child: id, forwards: !systemd.hasJournal)
        logs[id] = tail
        let output = try Output(
            journal: systemd.journalStream(for: id, executable: executable, isOurs: spec.hasChannel), tail: tail)
        plan.standardError = output.childsEnd?.raw
        let channel = spec.hasChannel ? try Self.openChannel(on: loop) : nil
        if let channel { add(channel.childsEnd, "EGGHEAD_CHANNEL", to: &plan) }
        if let journal = systemd.journal, channel != nil { add(journal, "EGGHEAD_JOURNAL", to: &plan) }
        // It is there before the child is: the first thing that the child reads.
        channel?.channel.send(.configuration(configuration(id, incarnation, digest)))
        return RunningProcess(
            id, incarnation, digest: digest, handle: try ChildHandle(spawning: plan), notify: notify,
            channel: channel?.channel, output: output)
    }

    private static func openChannel(
        on loop: EventLoop
    ) throws(SystemCallError) -> (channel: ChildChannel, childsEnd: SharedDescriptor) {
        let pair = try UnixSocket.pair(.sequencedPackets)
        return pair.split { (ChildChannel(owning: $0, loop: loop), SharedDescriptor($1)) }
    }

    private func add(_ descriptor: SharedDescriptor, _ variable: String, to plan: inout SpawnPlan) {
        plan.environment.append("\(variable)=\(3 + plan.descriptors.count)")
        plan.descriptors.append(descriptor.raw)
    }

    private func configuration(_ id: ChildID, _ incarnation: Incarnation, _ digest: String?) -> ChildConfiguration {
        ChildConfiguration(
            name: id.name, incarnation: incarnation.number, settings: node.settings(of: id, digest: digest))
    }

    /// A program without a slash is looked for beside eggheadd, then in PATH.
    private func find(_ program: String) throws -> String {
        if program.contains("/") { return program }
        let directories =
            [node.programs] + (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        for directory in directories where Files.isExecutable("\(directory)/\(program)") {
            return "\(directory)/\(program)"
        }
        throw SystemCallError("execve", subject: program, errno: ENOENT)
    }

    private func makeNotifySocket() throws -> NotifySocket {
        notifySocketsMade += 1
        return try NotifySocket(path: "\(notifyDirectory)/\(notifySocketsMade)")
    }

    private func addListeners(_ spec: WorkerSpec, to plan: inout SpawnPlan) throws {
        guard !spec.listen.isEmpty else { return }
        plan.descriptors += spec.listen.compactMap { listeners.descriptor(of: $0.path) }
        plan.environment += [
            "LISTEN_FDS=\(plan.descriptors.count)", "LISTEN_PID=",
            "LISTEN_FDNAMES=\(spec.listen.map { Files.split($0.path).name }.joined(separator: ":"))",
        ]
    }

    // MARK: - Signals and messages

    /// Sends a signal to a life of a child that may have ended already; `kill` goes to its whole process group.
    func signal(_ id: ChildID, _ incarnation: Incarnation, _ signal: Supervision.Signal) {
        guard let process = process(of: id), process.incarnation == incarnation else { return }
        let signal = LinuxSystem.Signal(number: signal.number)
        if signal == .kill { process.handle.signalGroup(signal) }
        process.handle.signal(signal)
    }

    /// Tells every child its settings again after a reload; a child whose settings are as before takes no notice.
    func sendSettings() {
        for process in withChannel {
            process.channel?.send(.configuration(configuration(process.id, process.incarnation, process.digest)))
        }
    }

    /// The newest part of a child's standard error; nil where the journal has it, or when the child never ran.
    func recentLog(of id: ChildID) -> String? { systemd.hasJournal ? nil : logs[id]?.text }

    // MARK: - Ends

    /// What the process said before its end is heard before its end is told.
    fileprivate func reap(_ process: RunningProcess) {
        // What it has left in its group has no parent any more, and must not talk on. The group's number is its own
        // until the zombie is reaped.
        process.handle.signalGroup(.kill)
        process.drain(self)
        guard let status = process.handle.reap() else { return }
        process.close()
        processes.removeAll { $0 === process }
        onEvent(.exited(process.id, process.incarnation, ExitReason(status)))
    }

    /// Takes the wait status of processes that became ours when their parents ended.
    func reapOrphans() {
        while let pid = Orphans.nextZombie() {
            if let process = processes.first(where: { $0.handle.pid == pid }) {
                reap(process)
            } else {
                Orphans.reap(pid)
            }
        }
    }

    /// Kills what is still there at the very end: whatever left its process group has come to us as an orphan. One
    /// that cannot be killed, because it is another user's or hangs in the kernel, is named and left.
    func killEverything() {
        let deadline = Clock.monotonic() + Self.lastKillPatience
        while true {
            while let pid = Orphans.nextZombie() { Orphans.reap(pid) }
            let children = Orphans.children()
            if children.isEmpty { return }
            if Clock.monotonic() > deadline {
                return log.error("orphans.left", ["pids": children.map { "\($0)" }.joined(separator: ",")])
            }
            children.forEach { Orphans.kill($0) }
            Orphans.pause()
        }
    }

    /// How long the last orphans have for their end.
    private static let lastKillPatience = Duration.seconds(5)
    /// How many logs of children that do not run are kept.
    private static let idleLogsMax = 256
}

/// One life of a child: its process and every descriptor that belongs to it.
final class RunningProcess {
    let id: ChildID
    let incarnation: Incarnation
    let digest: String?
    let handle: ChildHandle
    let channel: ChildChannel?
    private let notify: NotifySocket
    private let output: Output
    private var watches: [Watch] = []

    init(
        _ id: ChildID, _ incarnation: Incarnation, digest: String?, handle: consuming ChildHandle, notify: NotifySocket,
        channel: ChildChannel?, output: Output
    ) {
        (self.id, self.incarnation, self.digest) = (id, incarnation, digest)
        self.handle = handle
        self.notify = notify
        self.channel = channel
        self.output = output
        output.closeChildsEnd()
    }

    /// Who this is, on the bus.
    var identity: ChildIdentity { ChildIdentity(name: id.name, incarnation: incarnation.number, pid: handle.pid) }

    fileprivate func watch(on loop: EventLoop, _ table: ProcessTable) throws(SystemCallError) {
        watches = [
            try loop.watch(notify.raw, for: .read) { [unowned self, unowned table] _ in hear(table) },
            try loop.watch(handle.pidfd.raw, for: .read) { [unowned self, unowned table] _ in table.reap(self) },
        ]
        try output.watch(on: loop)
        channel?.onMessage = { [unowned self, unowned table] message, descriptor in
            table.onMessage(id, message, descriptor)
        }
        try channel?.start()
    }

    private func hear(_ table: ProcessTable) {
        for notification in notify.receive(from: handle.pid) {
            switch notification {
            case .ready: table.onEvent(.ready(id, incarnation))
            case .status(let text): table.onEvent(.status(id, incarnation, text))
            case .watchdog: table.onEvent(.beat(id, incarnation))
            case .progress: table.onEvent(.progressed(id, incarnation))
            }
        }
    }

    fileprivate func drain(_ table: ProcessTable) {
        hear(table)
        channel?.drain()
        output.read()
    }

    fileprivate func close() {
        watches.forEach { $0.cancel() }
        channel?.close()
        output.close()
    }
}

extension ExitReason {
    fileprivate init(_ status: WaitStatus) {
        switch status {
        case .exited(let code): self = .exited(code: Int(code))
        case .signaled(let signal, let dumpedCore):
            self = .signaled(Supervision.Signal(signal.number), dumpedCore: dumpedCore)
        }
    }
}
