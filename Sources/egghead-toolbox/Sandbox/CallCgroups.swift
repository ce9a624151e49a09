import LinuxSystem
import Runtime
import Services

/// Makes the cgroups of calls, `child-<agent>/call-<number>` below the one that eggheadd has made for tools.
final class CallCgroups {
    /// How much memory a call may have, in bytes.
    static let memoryBytesMax = 512 << 20
    /// How many processes and threads.
    static let tasksMax = 256
    /// The longest file that it may write, in bytes.
    static let fileBytesMax = 1 << 30
    /// How much of the processors, in microseconds of 100,000: two of them.
    private static let processorMax = "200000 100000"

    private let base: Cgroup
    private let log: Log
    private var made = 0

    /// The cgroups below one. What an earlier toolbox has left there is ended.
    init(base: Cgroup, log: Log) {
        self.base = base
        self.log = log
        for left in base.children { left.removeAll() }
        Self.enable(base)
    }

    /// Makes a call's cgroup; nil, with a warning, where that fails: the call's namespaces end it all the same.
    func make(agent: AgentID) -> CallCgroup? {
        // Each byte of an id may become three of a name.
        let parent = base.child(Cgroup.name(for: String(agent.rawValue.prefix(bytesMax: 60))))
        made += 1
        do throws(SystemCallError) {
            try parent.make()
            Self.enable(parent)
            let limits = [
                ("memory.max", "\(Self.memoryBytesMax)"), ("memory.swap.max", "0"), ("pids.max", "\(Self.tasksMax)"),
                ("cpu.max", Self.processorMax), ("memory.oom.group", "1"),
            ]
            return try CallCgroup(parent.child("call-\(made)"), limits: limits)
        } catch {
            log.warning("tool.cgroup_failed", ["agent": agent.rawValue, "error": "\(error)"])
            return nil
        }
    }

    /// Lets the cgroups below use what controllers there are.
    private static func enable(_ cgroup: Cgroup) {
        for controller in ["memory", "pids", "cpu"] where cgroup.controllers.contains(controller) {
            try? cgroup.write("+\(controller)", to: "cgroup.subtree_control")  // then the limit is told as missing
        }
    }
}
