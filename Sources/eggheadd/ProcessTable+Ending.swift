import LinuxSystem
import Runtime
import Supervision
import Time

// How processes end: with everything that they have started.
//
// In a cgroup that is one write and a wait for the kernel's word that nobody is left. Elsewhere it is the process
// group; what has left the group comes to us, the subreaper, when its parent ends, and is known by the INVOCATION_ID
// that it was born with.

extension ProcessTable {
    /// The main process has ended; what it has started goes with it. Its pid and its group's number are its own until
    /// the zombie is reaped.
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

    /// What the process said before its end is heard before its end is told.
    func reap(_ process: RunningProcess) {
        hear(process.id)
        process.drain()
        // A debugger that has stopped in the middle keeps its end from us.
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

    /// Takes the wait status of processes that became ours when their parents ended.
    func reapOrphans() {
        var areAny = false
        while let pid = Orphans.nextZombie() {
            if let process = processes.values.first(where: { $0.handle.pid == pid }) {
                // Not yet: its cgroup may not be empty. The pidfd tells as well.
                guard !process.isAwaitingEmptiness else { break }
                ended(process)
                if process.isAwaitingEmptiness { break }
            } else {
                Orphans.reap(pid)
                areAny = true
            }
        }
        if areAny { tidySoon() }
    }

    /// The next turn looks for orphans: the successor need not wait for that. Zombies among them may have been behind
    /// one whose cgroup was not empty yet, and their SIGCHLD is past.
    private func tidySoon() {
        guard !isTidyingSoon else { return }
        isTidyingSoon = true
        loop.schedule(after: .zero) { [unowned self] in
            isTidyingSoon = false
            reapOrphans()
            stopOrphans()
        }
    }

    /// Kills what lives that have ended left behind in process groups of its own.
    private func stopOrphans() {
        let children = Orphans.children()
        guard children.count > processes.count else { return }
        let ours = Set(processes.values.map { $0.handle.pid }), living = Set(processes.values.map(\.invocation))
        for pid in children where !ours.contains(pid) {
            guard let invocation = ProcessInformation.variable("INVOCATION_ID", of: pid) else { continue }
            if !living.contains(invocation) { Orphans.kill(pid) }
        }
    }

    /// Kills what is still there at the very end. One that cannot be killed, because it is another user's or hangs in
    /// the kernel, is named and left.
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

    /// How long the last orphans have for their end.
    private static let lastKillPatience = Duration.seconds(5)
}
