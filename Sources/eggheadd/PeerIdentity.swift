import Accounts
import Glibc
import LinuxSystem

/// Decides who a process is that connected to one of our sockets: a person, or something that we started ourselves and
/// that has no business there.
struct PeerIdentity {
    private let ourCgroup: String?
    private let ourUser = Users.name(of: geteuid())

    /// How many generations are looked at; deeper trees count as ours, which refuses them.
    private static let generationsMax = 256

    /// Notes where we are.
    ///
    /// - Parameter cgroups: The subtree that holds what we start and nobody else, where there is one.
    init(cgroups: CgroupTree?) {
        if let cgroups {
            ourCgroup = cgroups.basePath
            return
        }
        // Only a service has a cgroup that holds nothing but what it started; a terminal's holds the person's shell,
        // too.
        let cgroup = ProcessInformation.cgroup(of: getpid())
        ourCgroup = cgroup?.contains(".service") == true && getppid() == 1 ? cgroup : nil
    }

    /// The name of a peer on the bus, nil for a descendant of ours, for one in our cgroup, and for one that has gone.
    ///
    /// The pidfd is looked at last: while it lives, what was read under its pid was about it.
    func name(pid: pid_t, uid: uid_t, pidfd: consuming FileDescriptor?) -> String? {
        guard let pidfd, !isOurs(pid), !ProcessInformation.hasEnded(pidfd) else { return nil }
        return "user:\(Users.name(of: uid))"
    }

    /// Whether a process is a descendant of ours, also after a double fork: orphans come to us, the subreaper.
    func isOurs(_ pid: pid_t) -> Bool {
        if let ourCgroup, let theirs = ProcessInformation.cgroup(of: pid) {
            if theirs == ourCgroup || theirs.hasPrefix(ourCgroup + "/") { return true }
        }
        var ancestor = pid
        for _ in 0..<Self.generationsMax {
            if ancestor == getpid() { return true }
            guard ancestor > 1, let parent = ProcessInformation.parent(of: ancestor) else { return ancestor > 1 }
            ancestor = parent
        }
        return true
    }

    /// Whether a name on the bus may change what runs.
    func mayChange(_ name: String) -> Bool { name == "user:root" || name == "user:\(ourUser)" }

    /// Whether a user may change what runs.
    func mayChange(uid: uid_t) -> Bool { uid == 0 || uid == geteuid() }
}
