import LinuxSystem
import Runtime
import Supervision
import Time

// The end of a process and of every process that it has started.
//
// In a cgroup that is one write and a wait until the kernel reports that the cgroup is empty. Without cgroups the
// process group is killed; a process that has left the group is inherited by eggheadd, the subreaper, when its parent
// ends, and is recognized by the INVOCATION_ID with which it was born.

extension ProcessTable {
    /// A process has ended. Its end is handled at the end of this turn of the loop.
    func noteEnd() { hasEnds = true }

    /// Handles the ends of a turn in the order in which the processes were started: a strategy that restarts what comes
    /// after a dead child must hear of the first of them first, or it restarts the others twice. The kernel reports
    /// ends in the order of its own queue, and while the first is heard of, the next may be about to be.
    func reapEnded() {
        guard hasEnds else { return }
        hasEnds = false
        let ended = processes.values.filter { !$0.isAwaitingEmptiness && !$0.isReapingLate && $0.hasEnded }
        for process in ended.sorted(by: { $0.birth < $1.birth }) { self.ended(process) }
    }

    /// The main process has ended; the processes that it has started are killed. Its pid and its group's number are not
    /// used again until the zombie is reaped.
    func ended(_ process: RunningProcess) {
        guard let cgroup = process.cgroup else {
            process.handle.signalGroup(.kill)
            return reap(process)
        }
        guard cgroup.open.isPopulated else { return reap(process) }
        cgroup.kill()
        guard cgroup.open.isPopulated, (try? process.awaitEmptiness(on: loop, self)) != nil else {
            return reap(process)
        }
    }

    /// Messages that the process sent before its end are read before the end is reported.
    func reap(_ process: RunningProcess) {
        hear(process.id)
        process.drain()
        // A debugger that traces the process keeps its end from us.
        guard let status = process.handle.reap() else { return process.awaitReaping(on: loop, self) }
        remove(process)
        onEvent(.exited(process.id, process.incarnation, reason(status, process)))
        tidySoon()
    }

    private func reason(_ status: WaitStatus, _ process: RunningProcess) -> ExitReason {
        switch status {
        case .exited(let code): .exited(code: Int(code))
        case .signaled(.kill, _) where process.cgroup?.hasRunOutOfMemory == true: .oomKilled
        case .signaled(let signal, let dumpedCore):
            .signaled(ChildSignal(signal.number), dumpedCore: dumpedCore)
        }
    }

    /// Reaps processes that became ours when their parents ended.
    func reapOrphans() {
        var areAny = false
        while let pid = Orphans.nextZombie() {
            if let process = processes.values.first(where: { $0.handle.pid == pid }) {
                // Not yet: its cgroup may not be empty. The pidfd reports the end as well.
                if !process.isAwaitingEmptiness { noteEnd() }
                break
            } else {
                Orphans.reap(pid)
                areAny = true
            }
        }
        if areAny { tidySoon() }
    }

    /// The next turn looks for orphans, so the successor does not wait for that. Zombies among them may have been
    /// behind one whose cgroup was not empty yet, and their SIGCHLD has already been read.
    private func tidySoon() {
        guard !isTidyingSoon else { return }
        isTidyingSoon = true
        loop.schedule(after: .zero) { [unowned self] in
            isTidyingSoon = false
            reapOrphans()
            stopOrphans()
        }
    }

    /// Kills the processes that ended incarnations left in process groups of their own.
    private func stopOrphans() {
        let children = Orphans.children()
        guard children.count > processes.count else { return }
        let ours = Set(processes.values.map { $0.handle.pid }), living = Set(processes.values.map(\.invocation))
        for pid in children where !ours.contains(pid) {
            guard let invocation = ProcessInformation.variable("INVOCATION_ID", of: pid) else { continue }
            if !living.contains(invocation) { Orphans.kill(pid) }
        }
    }

    /// Kills the processes that are left at the very end. A process that cannot be killed, because it is another user's
    /// or hangs in the kernel, is logged and left.
    func killEverything() {
        let deadline = Clock.monotonic() + Self.lastKillPatience
        while true {
            while let pid = Orphans.nextZombie() { Orphans.reap(pid) }
            let children = Orphans.children()
            if children.isEmpty { break }
            if Clock.monotonic() > deadline {
                log.error("orphans.left", ["pids": children.map { "\($0)" }.joined(separator: ",")])
                break
            }
            children.forEach { Orphans.kill($0) }
            Orphans.pause()
        }
        forgetAll()
        cgroups?.leave()
    }

    /// How long the last orphans may take to end.
    private static let lastKillPatience = Duration.seconds(5)
}
