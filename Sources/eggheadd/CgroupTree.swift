import Glibc
import LinuxSystem
import Runtime
import Services
import Supervision

/// The delegated cgroup subtree, if there is one: eggheadd in `supervisor`, and a cgroup for each child beside it.
///
/// A child is born in its cgroup and cannot leave it, so it is stopped with every process that it ever started.
///
/// See: systemd's "Control Group APIs and Delegation"
final class CgroupTree {
    /// The limits of a child's cgroup that the kernel can enforce here.
    private static let controllersWanted = ["memory", "pids", "cpu"]
    /// How eggheadd got the subtree, which decides how it leaves it.
    private let origin: Cgroup?
    private let base: Cgroup
    private let supervisor: Cgroup
    private let controllers: Set<String>
    /// Below which the toolbox makes one for each call of a tool; nil if it could not be made.
    let tools: Cgroup?
    /// The base in the form of /proc/PID/cgroup.
    let basePath: String

    /// Takes over the subtree that `--cgroup` names, or else the one that systemd has delegated.
    ///
    /// - Returns: nil if there is none.
    /// - Throws: The reason why the named subtree cannot be used.
    static func find(option: String?) throws -> CgroupTree? {
        let own = Cgroup.ofThisProcess()
        if let option { return try CgroupTree(base: Cgroup(path: option), origin: own) }
        guard let own, own.isDelegated else { return nil }
        return try CgroupTree(base: own, origin: nil)
    }

    private init(base: Cgroup, origin: Cgroup?) throws {
        (self.base, self.origin) = (base, origin)
        supervisor = base.child("supervisor")
        do throws(SystemCallError) {
            try base.make()
            guard base.isUnified else { throw SystemCallError("statfs", subject: base.path, errno: ENOTSUP) }
            try supervisor.make()
            try supervisor.adopt(getpid())
        } catch {
            throw ServiceFailure(
                .unavailable, "using the cgroup \(base.path): \(error); name one of cgroup v2 that this user owns")
        }
        // Processes that a killed predecessor has left must not meet their successors.
        for left in base.children where left != supervisor { left.removeAll() }
        // Not earlier: a cgroup that contains processes has no controllers for the cgroups below it.
        controllers = Set(
            Self.controllersWanted.filter { controller in
                base.controllers.contains(controller)
                    && (try? base.write("+\(controller)", to: "cgroup.subtree_control")) != nil
            })
        let tools = base.child("tools")
        self.tools = (try? tools.make()).map { tools }  // without it, calls are in their namespaces alone
        let path = ProcessInformation.cgroup(of: getpid()) ?? ""
        basePath = String(path.dropLast("/supervisor".count))
    }

    /// Makes a child's cgroup, always a new one.
    ///
    /// - Throws: `mkdir`, `open`.
    func makeCgroup(of id: ChildID) throws(SystemCallError) -> ChildCgroup {
        var name = Cgroup.name(for: id.name), tries = 1
        // A process in it may hang in the kernel, and so keep the cgroup.
        while !base.child(name).remove() {
            tries += 1
            name = Cgroup.name(for: id.name) + ".\(tries)"
        }
        return ChildCgroup(
            try OpenCgroup(making: base.child(name)), path: CgroupPath(text: "\(basePath)/\(name)"),
            countsMemory: controllers.contains("memory"))
    }

    /// Sets a child's limits.
    ///
    /// - Returns: The limits that cannot be enforced here, each with the reason.
    func apply(_ limits: WorkerSpec.Limits, to cgroup: ChildCgroup) -> [String] {
        CgroupLimit.all(of: limits).compactMap { limit in
            guard controllers.contains(limit.controller) else {
                return limit.value.map { _ in "\(limit.name): no \(limit.controller) controller in \(base.path)" }
            }
            do throws(SystemCallError) {
                try cgroup.open.cgroup.write(limit.content, to: limit.file)
                return nil
            } catch {
                return limit.value.map { _ in "\(limit.name): \(error)" }
            }
        }
    }

    /// Kills every process that is left below, and leaves the subtree as it was found.
    func leave() {
        for left in base.children where left != supervisor { left.removeAll() }
        // systemd itself removes what it has delegated.
        guard let origin, (try? origin.adopt(getpid())) != nil else { return }
        supervisor.remove()
        base.remove()
    }
}

/// A child's cgroup; it is kept from one incarnation to the next, except after `cgroup.kill`.
final class ChildCgroup {
    /// Its files.
    let open: OpenCgroup
    /// Whether it has been killed. Linux since 6.14 kills a process that is born by CLONE_INTO_CGROUP in a cgroup that
    /// was ever killed: it compares the cgroup's count of kills with that of the parent's cgroup.
    private(set) var isSpent = false
    private let path: CgroupPath
    private let countsMemory: Bool
    private var killsBefore = 0
    /// The limits that were last set.
    var limits: WorkerSpec.Limits?

    init(_ open: OpenCgroup, path: CgroupPath, countsMemory: Bool) {
        (self.open, self.path, self.countsMemory) = (open, path, countsMemory)
    }

    /// Kills every process in it.
    func kill() {
        isSpent = true
        open.cgroup.kill()
    }

    /// A new incarnation begins: the present value of the counter belongs to an earlier one.
    func noticeBirth() { killsBefore = oomKills }

    /// Whether the kernel has killed a process in it because memory ran out, since the last birth.
    var hasRunOutOfMemory: Bool { oomKills > killsBefore }

    private var oomKills: Int { countsMemory ? open.cgroup.number("oom_kill", in: "memory.events") ?? 0 : 0 }

    /// Whether a process is in it or in a cgroup below.
    func holds(_ pid: pid_t) -> Bool { ProcessInformation.cgroup(of: pid).map(path.holds) == true }

    deinit {
        // Cgroups that the child itself has made are removed first.
        func remove(_ cgroup: Cgroup) {
            if cgroup.remove() { return }
            cgroup.children.forEach(remove)
            cgroup.remove()
        }
        remove(open.cgroup)
    }
}
