import Accounts
import Glibc
import LinuxSystem
import Services

/// Decides who a process is that connected to one of our sockets: a person, or something that we started ourselves and
/// that has no business there.
struct PeerIdentity {
    private let ourCgroup: CgroupPath?

    /// How many generations are looked at; deeper trees count as ours, which refuses them.
    static let generationsMax = 256

    /// Notes where we are.
    ///
    /// - Parameter cgroups: The subtree that holds what we start and nobody else, where there is one.
    init(cgroups: CgroupTree?) {
        if let cgroups {
            ourCgroup = CgroupPath(text: cgroups.basePath)
        } else {
            ourCgroup = Self.cgroupOfOurs(ProcessInformation.cgroup(of: getpid()), parent: getppid())
        }
    }

    /// The cgroup that eggheadd is in, if everything in it is ours. Only a service has such a one; a terminal's holds
    /// the person's shell as well.
    static func cgroupOfOurs(_ cgroup: String?, parent: pid_t) -> CgroupPath? {
        guard let cgroup, cgroup.contains(".service"), parent == 1 else { return nil }
        return CgroupPath(text: cgroup)
    }

    /// The name of a peer on the bus, nil for a descendant of ours, for one in our cgroup, and for one that has gone.
    ///
    /// The pidfd is looked at last: while it lives, what was read under its pid was about it.
    func name(pid: pid_t, uid: uid_t, pidfd: consuming FileDescriptor?) -> Principal? {
        guard let pidfd, !isOurs(pid), !ProcessInformation.hasEnded(pidfd) else { return nil }
        return .user(Users.name(of: uid))
    }

    /// Whether a process is a descendant of ours, also after a double fork: orphans come to us, the subreaper.
    func isOurs(_ pid: pid_t) -> Bool {
        if let ourCgroup, let theirs = ProcessInformation.cgroup(of: pid), ourCgroup.holds(theirs) { return true }
        return Self.isDescendant(pid, of: getpid(), parentOf: ProcessInformation.parent)
    }

    /// Whether a process is another one, or descends from it. One whose ancestors cannot be told counts as one.
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
