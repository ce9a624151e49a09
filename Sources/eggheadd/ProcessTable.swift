import Accounts
import Configuration
import Glibc
import LinuxSystem
import Runtime
import Services
import Supervision
import Time

/// The running processes, by child: makes them, signals them and reads their messages. Their end is in
/// `ProcessTable+Ending.swift`.
final class ProcessTable {
    let loop: EventLoop
    let log: Log
    let cgroups: CgroupTree?
    private let node: Node
    private let environment: ChildEnvironment
    /// The environment with which eggheadd was started, which `llm` gets.
    private let variables: SharedDescriptor?
    private let listeners: Listeners
    private let systemd: Systemd
    private let descriptorLimit: DescriptorLimit?
    /// What the control socket gets by with when children have taken all other descriptors.
    let descriptors: DescriptorReserve
    private var hasToldOfDescriptors = false
    private let notifyDirectory: String
    private var notifySocketsMade = 0
    /// Whether the next turn looks for orphans.
    var isTidyingSoon = false
    /// Whether a process has ended whose end is not handled.
    var hasEnds = false
    /// The running processes; iterated only after sorting.
    private(set) var processes: [ChildID: RunningProcess] = [:]
    private var births = 0
    /// The resources of children that are kept from one incarnation to the next.
    private var resources: [ChildID: ChildResources] = [:]
    /// The standard error of children; kept after the children's end.
    private var logs: [ChildID: ChildLog] = [:]

    /// Called with the events of processes, for the tree.
    var onEvent: (Event) -> Void = { _ in }
    /// Called with each message on a parent channel.
    var onMessage: (ChildID, ChildMessage, consuming FileDescriptor?) -> Void = { _, _, _ in }

    /// How many logs of children that do not run are kept.
    private static let idleLogsMax = 256

    /// A table without processes.
    ///
    /// - Throws: `SystemCallError` when the directory of the notification sockets cannot be made.
    init(
        loop: EventLoop, node: Node, environment: Environment, listeners: Listeners, systemd: Systemd,
        cgroups: CgroupTree?, log: Log
    ) throws {
        (self.loop, self.node, self.listeners) = (loop, node, listeners)
        (self.systemd, self.cgroups, self.log) = (systemd, cgroups, log)
        self.environment = ChildEnvironment(environment)
        variables = environment.block?.descriptor
        (descriptorLimit, descriptors) = (DescriptorLimit.raise(), DescriptorReserve())
        notifyDirectory = node.home.runDirectory + "/notify"
        try Files.makeDirectories(notifyDirectory, mode: 0o711)
        guard try Files.linkStatus(notifyDirectory).kind == .directory else {
            throw ServiceFailure(.denied, "\(notifyDirectory) is not a directory; remove it")
        }
        for name in try Files.list(notifyDirectory) { try Files.remove(notifyDirectory + "/" + name) }
    }

    /// The running processes that have a parent channel, in the order in which they were made.
    var withChannel: [RunningProcess] {
        processes.values.filter { $0.channel != nil }.sorted { $0.birth < $1.birth }
    }

    /// The running process of a child.
    func process(of id: ChildID) -> RunningProcess? { processes[id] }

    // MARK: - Making

    /// Makes a process.
    ///
    /// - Returns: `spawned`, or `spawnFailed` with what was tried and the system's answer.
    func spawn(_ id: ChildID, _ incarnation: Incarnation, _ spec: WorkerSpec, digest: String?) -> Event {
        do {
            let process = try make(id, incarnation, spec, digest: digest)
            try watch(process)
            tellOfDescriptors(upTo: process.handle.pidfd.raw)
            return .spawned(id, incarnation, pid: process.handle.pid)
        } catch let error as SystemCallError where error.errno == EMFILE {
            return .spawnFailed(id, incarnation, detail: "\(error) (\(descriptors.limitAdvice))")
        } catch {
            return .spawnFailed(id, incarnation, detail: "\(error)")
        }
    }

    /// Warns once when few descriptors are left. The kernel gives the lowest free number, so the newest number says how
    /// many are taken.
    private func tellOfDescriptors(upTo number: CInt) {
        guard !hasToldOfDescriptors, let limit = descriptors.limit, Int(number) >= limit - limit / 4 else { return }
        hasToldOfDescriptors = true
        log.warning(
            "descriptors.scarce",
            ["open": "\(number + 1)", "limit": "\(limit)", "next": descriptors.limitAdvice])
    }

    private func watch(_ process: RunningProcess) throws(SystemCallError) {
        do throws(SystemCallError) {
            try process.watch(on: loop, self)
            processes[process.id] = process
        } catch {
            // A process that cannot be watched is killed, because its end would not be noticed. SIGCHLD brings its wait
            // status.
            process.kill()
            process.close()
            throw error
        }
    }

    private func make(
        _ id: ChildID, _ incarnation: Incarnation, _ spec: WorkerSpec, digest: String?
    ) throws -> RunningProcess {
        let executable = try find(spec.command.first ?? "")
        var plan = SpawnPlan(executable: executable, arguments: spec.command, environment: [])
        plan.directory = spec.directory
        plan.descriptorLimit = descriptorLimit
        var ofUser: [String] = []
        if let user = spec.user {
            guard let account = Users.account(of: user) else {
                throw ServiceFailure(.notFound, "there is no user \(user) on this machine")
            }
            plan.user = SpawnPlan.User(uid: account.uid, gid: account.gid, groups: account.groups)
            ofUser = ["HOME=\(account.home)", "USER=\(user)", "LOGNAME=\(user)", "SHELL=\(account.shell)"]
        }
        let resources = try resources(of: id, heardFrom: plan.user?.uid)
        if resources.cgroup?.isSpent == true {
            resources.cgroup = nil  // its directory goes with it
            resources.cgroup = try cgroups?.makeCgroup(of: id)
        }
        limit(id, resources.cgroup, to: spec.limits)
        births += 1
        let invocation = environment.invocation(births)
        plan.environment = environment.complete(
            spec, ["NOTIFY_SOCKET=\(resources.notify.path)", "INVOCATION_ID=\(invocation)"], ofUser: ofUser)
        try addListeners(spec, to: &plan)
        if let end = resources.output?.childsEnd { try Files.setBlocking(end) }
        let stream = systemd.journalStream(for: id, executable: executable, isOurs: spec.hasChannel)
        plan.standardError = stream?.raw ?? resources.output?.childsEnd
        plan.cgroup = resources.cgroup?.open.raw
        let channel = spec.hasChannel ? try Self.openChannel(on: loop) : nil
        if let channel { add(channel.childsEnd, "EGGHEAD_CHANNEL", to: &plan) }
        if let variables, node.isBuiltIn, node.readsVariables(id), channel != nil {
            add(variables, "EGGHEAD_VARIABLES", to: &plan)  // which keys are in
        }
        if let journal = systemd.journal, channel != nil { add(journal, "EGGHEAD_JOURNAL", to: &plan) }
        // The message is sent before the child exists: it is the first that the child reads.
        channel?.channel.send(.configuration(configuration(id, incarnation, digest)))
        resources.cgroup?.open.cgroup.thaw()
        resources.cgroup?.noticeBirth()
        return RunningProcess(
            id, incarnation, digest: digest, birth: births, invocation: invocation,
            handle: try ChildHandle(spawning: plan), channel: channel?.channel, resources: resources)
    }

    /// The resources of the child's earlier incarnations, or new ones at its first start.
    ///
    /// - Parameter uid: The user of the child, if it is not ours.
    private func resources(of id: ChildID, heardFrom uid: uid_t?) throws -> ChildResources {
        if let known = resources[id] { return known }
        notifySocketsMade += 1
        let made = ChildResources(
            notify: try NotifySocket(path: "\(notifyDirectory)/\(notifySocketsMade)", heardFrom: uid),
            output: systemd.hasJournal ? nil : try Output(log: childLog(of: id)),
            cgroup: try cgroups?.makeCgroup(of: id))
        try made.watch(on: loop) { [unowned self] in hear(id) }
        resources[id] = made
        return made
    }

    private func childLog(of id: ChildID) -> ChildLog {
        if logs.count > processes.count + Self.idleLogsMax { logs = logs.filter { processes[$0.key] != nil } }
        let childLog = logs[id] ?? ChildLog(child: id)
        logs[id] = childLog
        return childLog
    }

    /// A limit that cannot be enforced does not prevent the child from running; it is logged once.
    private func limit(_ id: ChildID, _ cgroup: ChildCgroup?, to limits: WorkerSpec.Limits) {
        if let cgroup, let cgroups {
            guard cgroup.limits ?? WorkerSpec.Limits() != limits else { return }
            cgroup.limits = limits
            for reason in cgroups.apply(limits, to: cgroup) { warn(id, reason) }
        } else if limits != WorkerSpec.Limits() {
            warn(id, "no cgroup of version 2 is delegated to eggheadd")
        }
    }

    private func warn(_ id: ChildID, _ reason: String) {
        log.warning("limit.unenforced", ["child": id.name, "reason": reason, "next": "it runs without the limit"])
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
        if program.utf8.contains(UInt8(ascii: "/")) { return program }
        for directory in [node.programs] + environment.path where Files.isExecutable("\(directory)/\(program)") {
            return "\(directory)/\(program)"
        }
        throw SystemCallError("execve", subject: program, errno: ENOENT)
    }

    private func addListeners(_ spec: WorkerSpec, to plan: inout SpawnPlan) throws {
        guard !spec.listen.isEmpty else { return }
        for listener in spec.listen {
            let descriptor = try listeners.descriptor(of: listener)
            // The form of systemd; an earlier incarnation may have made the socket non-blocking for all holders.
            try Files.setBlocking(descriptor)
            plan.descriptors.append(descriptor)
        }
        plan.environment += [
            "LISTEN_FDS=\(plan.descriptors.count)", "LISTEN_PID=",
            "LISTEN_FDNAMES=\(spec.listen.map { Files.split($0.path).name }.joined(separator: ":"))",
        ]
    }

    // MARK: - Signals and messages

    /// Sends a signal to an incarnation that may have ended already; `kill` goes to every process that it has started.
    func signal(_ id: ChildID, _ incarnation: Incarnation, _ signal: ChildSignal) {
        guard let process = processes[id], process.incarnation == incarnation else { return }
        switch signal {
        case .kill: process.kill()
        case .terminate, .hangup:
            process.handle.signal(Signal(number: signal.number))
            // A stopped process would not handle the signal.
            process.handle.signal(.continue)
        case _: process.handle.signal(Signal(number: signal.number))
        }
    }

    /// Reads the child's messages since the last call.
    func hear(_ id: ChildID) {
        guard let notify = resources[id]?.notify else { return }
        guard let process = processes[id] else {
            _ = notify.receive { _ in false }  // the last words of an incarnation that is gone
            return
        }
        let heard = notify.receive { process.isSpokenFor(by: $0) }
        for refusal in heard.refused { logRefusal(refusal, of: process) }
        ChildNotification.events(of: heard.said, by: id, process.incarnation).forEach(onEvent)
    }

    private func logRefusal(_ refusal: ChildNotification.Refusal, of process: RunningProcess) {
        guard let count = process.notificationsRefused.add() else { return }
        let reason: String
        switch refusal {
        case .tooLong: reason = "it is longer than \(ChildNotification.messageBytesMax) bytes"
        case .anonymous: reason = "the kernel does not name its sender"
        case .foreign(let pid): reason = "process \(pid) is not one of \(process.id.name)"
        }
        log.warning("notification.refused", ["child": process.id.name, "count": "\(count)", "reason": reason])
    }

    /// Sends every child its settings again after a reload; a child whose settings are the same ignores them,
    /// unless it reads files that they name.
    func sendSettings() {
        for process in withChannel {
            process.channel?.send(.configuration(configuration(process.id, process.incarnation, process.digest)))
        }
    }

    /// The newest part of a child's standard error; nil if the journal has it, or the child never ran.
    func recentLog(of id: ChildID) -> String? { systemd.hasJournal ? nil : logs[id]?.text }

    // MARK: - Ends

    /// Removes a process that has ended.
    func remove(_ process: RunningProcess) {
        process.close()
        process.resources.output?.finishLine()
        processes[process.id] = nil
    }

    /// A child was deleted: its resources are removed, except its log.
    func forget(_ id: ChildID) { resources.removeValue(forKey: id)?.close() }

    /// Every process has ended: removes the files of all children.
    func forgetAll() { for id in Array(resources.keys) { forget(id) } }
}
