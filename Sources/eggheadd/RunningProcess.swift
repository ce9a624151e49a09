import LinuxSystem
import Runtime
import Services
import Supervision

/// One incarnation of a child: its process, and the descriptors that belong to it.
final class RunningProcess {
    let id: ChildID
    let incarnation: Incarnation
    let digest: String?
    /// The number of this process among all that were ever made.
    let birth: Int
    /// The INVOCATION_ID with which the process and every process that it starts are born.
    let invocation: String
    let handle: ChildHandle
    let channel: ChildChannel?
    let resources: ChildResources
    /// The cgroup in which it was born.
    let cgroup: ChildCgroup?
    /// How many notifications were not taken.
    var notificationsRefused = RepeatCount()
    private var watch: Watch?
    private var deadline: Timer?
    /// Whether a debugger keeps its end from us.
    private(set) var isReapingLate = false
    /// How often to look for the end of a process that a debugger traces.
    private static let reapingInterval = Duration.milliseconds(200)

    /// How long killed processes may take to end before their parent's end is reported without them.
    private static let emptinessPatience = Duration.seconds(5)

    init(
        _ id: ChildID, _ incarnation: Incarnation, digest: String?, birth: Int, invocation: String,
        handle: consuming ChildHandle, channel: ChildChannel?, resources: ChildResources
    ) {
        (self.id, self.incarnation, self.digest) = (id, incarnation, digest)
        (self.birth, self.invocation) = (birth, invocation)
        self.handle = handle
        self.channel = channel
        self.resources = resources
        cgroup = resources.cgroup
    }

    /// Its name and incarnation on the bus.
    var identity: ChildIdentity { ChildIdentity(name: id.name, incarnation: incarnation.number, pid: handle.pid) }

    /// Whether a process may use this child's notification socket. It may if it is the child, was started by it, or has
    /// gone: nobody can say any more whose it was, and the socket is the child's alone.
    func isSpokenFor(by sender: Int32) -> Bool {
        if sender == handle.pid || cgroup?.holds(sender) == true { return true }
        guard ProcessInformation.isAlive(sender) else { return true }
        return ProcessInformation.variable("INVOCATION_ID", of: sender) == invocation
            || PeerIdentity.isDescendant(sender, of: handle.pid, parentOf: ProcessInformation.parent)
    }

    /// Begins to watch for its end, and to read its channel.
    func watch(on loop: EventLoop, _ table: ProcessTable) throws(SystemCallError) {
        watch = try loop.watch(handle.pidfd.raw, for: .read) { [unowned table] _ in table.noteEnd() }
        channel?.onMessage = { [unowned self, unowned table] message, descriptor in
            table.onMessage(id, message, descriptor)
        }
        try channel?.start()
    }

    /// Its end cannot be read yet: looks again after a while, not in every turn.
    func awaitReaping(on loop: EventLoop, _ table: ProcessTable) {
        watch?.change(to: [])
        if !isReapingLate {
            let tracer = ProcessInformation.tracer(of: handle.pid).map { "\($0)" }
            table.log.warning("child.traced", ["child": id.name, "pid": "\(handle.pid)", "tracer": tracer])
        }
        isReapingLate = true
        loop.schedule(after: Self.reapingInterval) { [weak self, weak table] in
            if let self, let table, table.process(of: id) === self { table.ended(self) }
        }
    }

    /// Whether the main process has ended.
    var hasEnded: Bool { ProcessInformation.hasEnded(handle.pidfd) }

    /// Whether the main process has ended, and processes that it has started have not.
    var isAwaitingEmptiness: Bool { deadline != nil }

    /// Waits until the cgroup is empty, and then has the process reaped.
    func awaitEmptiness(on loop: EventLoop, _ table: ProcessTable) throws(SystemCallError) {
        guard let cgroup, deadline == nil else { return }
        watch?.cancel()
        watch = try loop.watch(cgroup.open.rawEvents, for: .change) { [unowned self, unowned table] _ in
            if !cgroup.open.isPopulated { endWait(table) }
        }
        deadline = loop.schedule(after: Self.emptinessPatience) { [unowned self, unowned table] in
            table.log.error("cgroup.populated", ["child": id.name, "next": "its end is reported without a wait"])
            endWait(table)
        }
        if !cgroup.open.isPopulated { endWait(table) }
    }

    private func endWait(_ table: ProcessTable) {
        deadline?.cancel()
        deadline = nil
        table.reap(self)
    }

    /// Kills it with every process that it has started.
    func kill() {
        if let cgroup {
            cgroup.kill()
        } else {
            handle.signalGroup(.kill)
        }
        handle.signal(.kill)  // in whatever group or cgroup it is by now
    }

    /// Reads what the process has sent and written before its end.
    func drain() {
        channel?.drain()
        resources.output?.read()
    }

    /// Ends watching.
    func close() {
        watch?.cancel()
        deadline?.cancel()
        channel?.close()
    }
}
