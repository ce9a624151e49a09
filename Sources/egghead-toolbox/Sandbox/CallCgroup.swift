import LinuxSystem
import Runtime
import Services

/// The cgroup of a call, `tools/child-<agent>/call-<number>`: what it starts dies with it, and its memory is its own.
final class CallCgroup {
    private let open: OpenCgroup
    /// Whether the kernel bounds the number of tasks, and the memory of all of them.
    let boundsTasks: Bool, boundsMemory: Bool

    /// The directory's number, to be born in.
    var raw: CInt { open.raw }

    /// Makes a cgroup with limits, as far as the kernel has controllers for them.
    ///
    /// - Throws: `mkdir`, `open`.
    init(_ cgroup: Cgroup, limits: [(file: String, value: String)]) throws(SystemCallError) {
        open = try OpenCgroup(making: cgroup)
        for limit in limits { try? cgroup.write(limit.value, to: limit.file) }  // where there is no such controller
        func isSet(_ file: String) -> Bool { (try? cgroup.read(file)).map { !$0.hasPrefix("max") } ?? false }
        (boundsTasks, boundsMemory) = (isSet("pids.max"), isSet("memory.max"))
    }

    /// Whether the kernel has killed a process in it because its memory was used up.
    var hasRunOutOfMemory: Bool { (open.cgroup.number("oom_kill", in: "memory.events") ?? 0) > 0 }

    /// Kills every process in it.
    func kill() { open.cgroup.kill() }

    /// Removes it, as soon as the kernel has let go of what was in it.
    func remove(_ loop: EventLoop) {
        if open.cgroup.remove() { return }
        loop.schedule(after: .milliseconds(20)) { self.remove(loop) }
    }
}
