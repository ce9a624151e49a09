import LinuxSystem
import Runtime
import Services
import Supervision

/// One life of a child: its process, and the descriptors that go with it.
final class RunningProcess {
    let id: ChildID
    let incarnation: Incarnation
    let digest: String?
    /// Counts every process that was ever made.
    let birth: Int
    /// The INVOCATION_ID that the process and all that it starts are born with.
    let invocation: String
    let handle: ChildHandle
    let channel: ChildChannel?
    let resources: ChildResources
    /// The cgroup that it was born in.
    let cgroup: ChildCgroup?
    private var watch: Watch?
    private var deadline: Timer?
    private var isReapingLate = false
    /// How often the end of a process is looked for that a debugger holds.
    private static let reapingInterval = Duration.milliseconds(200)

    /// How long killed processes may take to go, before their parent's end is told without them.
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

    /// Who this is, on the bus.
    var identity: ChildIdentity { ChildIdentity(name: id.name, incarnation: incarnation.number, pid: handle.pid) }

    /// Begins to watch for its end, and to listen on its channel.
    func watch(on loop: EventLoop, _ table: ProcessTable) throws(SystemCallError) {
        watch = try loop.watch(handle.pidfd.raw, for: .read) { [unowned self, unowned table] _ in table.ended(self) }
        channel?.onMessage = { [unowned self, unowned table] message, descriptor in
            table.onMessage(id, message, descriptor)
        }
        try channel?.start()
    }

    /// Its end cannot be had yet: it is looked for again after a while, not in every turn.
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

    /// Whether the main process has ended, and what it has started has not.
    var isAwaitingEmptiness: Bool { deadline != nil }

    /// Waits until nobody is left in the cgroup, and then has the process reaped.
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

    /// Kills it with everything that it has started.
    func kill() {
        if let cgroup {
            cgroup.kill()
        } else {
            handle.signalGroup(.kill)
        }
        handle.signal(.kill)  // in whatever group or cgroup it is by now
    }

    /// Takes what the process has sent and written before its end.
    func drain() {
        channel?.drain()
        resources.output?.read()
    }

    /// Watches no more.
    func close() {
        watch?.cancel()
        deadline?.cancel()
        channel?.close()
    }
}
