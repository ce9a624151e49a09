import Accounts
import Glibc
import LinuxSystem
import Services

/// Decides who the process is that connected to one of our sockets: a person's program, or a process that eggheadd
/// started and that may not use the socket.
struct PeerIdentity {
    private let ourCgroup: CgroupPath?

    /// The most generations that are examined; a deeper process counts as ours, which refuses it.
    static let generationsMax = 256

    /// Finds the cgroup of eggheadd.
    ///
    /// - Parameter cgroups: The subtree that contains only processes that we started, if there is one.
    init(cgroups: CgroupTree?) {
        if let cgroups {
            ourCgroup = CgroupPath(text: cgroups.basePath)
        } else {
            ourCgroup = Self.cgroupOfOurs(ProcessInformation.cgroup(of: getpid()), parent: getppid())
        }
    }

    /// The cgroup of eggheadd, if every process in it is ours. Only a service has such a cgroup; that of a terminal
    /// also contains the person's shell.
    static func cgroupOfOurs(_ cgroup: String?, parent: pid_t) -> CgroupPath? {
        guard let cgroup, cgroup.contains(".service"), parent == 1 else { return nil }
        return CgroupPath(text: cgroup)
    }

    /// The name of a peer on the bus, nil for a descendant of ours, for one in our cgroup, and for one that has gone.
    ///
    /// The pidfd is checked last: while its process lives, the values that were read under its pid belong to it.
    func name(pid: pid_t, uid: uid_t, pidfd: consuming FileDescriptor?) -> Principal? {
        guard let pidfd, !isOurs(pid), !ProcessInformation.hasEnded(pidfd) else { return nil }
        return .user(Users.name(of: uid))
    }

    /// Whether a process is in our cgroup, but not in the part in which systemd runs the commands of the unit, such as
    /// `ExecReload=`; or is a descendant of ours, also after a double fork: eggheadd, the subreaper, inherits orphans.
    func isOurs(_ pid: pid_t) -> Bool {
        if let ourCgroup, let theirs = ProcessInformation.cgroup(of: pid), ourCgroup.holds(theirs),
            !ourCgroup.control.holds(theirs)
        {
            return true
        }
        return Self.isDescendant(pid, of: getpid(), parentOf: ProcessInformation.parent)
    }

    /// Whether a process is another one, or descends from it. A process whose ancestors cannot be found counts as one.
    static func isDescendant(_ pid: pid_t, of ancestor: pid_t, parentOf: (pid_t) -> pid_t?) -> Bool {
        var process = pid
        for _ in 0..<generationsMax {
            if process == ancestor { return true }
            guard process > 1, let parent = parentOf(process) else { return process > 1 }
            process = parent
        }
        return true
    }
}
