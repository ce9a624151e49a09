import CLinux
import Glibc

/// How a child is to be born.
public struct SpawnPlan {
    /// The executable, an absolute path.
    public var executable: String
    /// The arguments, the name first.
    public var arguments: [String]
    /// `NAME=value`. An entry `LISTEN_PID=` is completed with the child's pid.
    public var environment: [String]
    /// The working directory; ours when nil.
    public var directory: String?
    /// Open descriptors of ours that become 3, 4, 5, … of the child; they stay ours.
    public var descriptors: [CInt]
    /// Becomes the child's standard output and error; ours when nil.
    public var standardError: CInt?
    /// The directory of the cgroup to be born in; ours when nil.
    public var cgroup: CInt?
    /// The limit on open descriptors; ours when nil.
    public var descriptorLimit: DescriptorLimit?
    /// The user to become; ours when nil.
    public var user: User?

    /// A user, with the primary group and all groups.
    public struct User {
        public let uid: uid_t, gid: gid_t, groups: [gid_t]

        /// A user.
        public init(uid: uid_t, gid: gid_t, groups: [gid_t]) { (self.uid, self.gid, self.groups) = (uid, gid, groups) }
    }

    /// A plan with our environment's defaults for all that is not named.
    public init(executable: String, arguments: [String], environment: [String]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        descriptors = []
    }
}

/// A child of this process, held by a pidfd: it can be signalled and waited for without ever meeting a stranger that
/// got its pid.
///
/// See: pidfd_open(2), waitid(2)
public struct ChildHandle: ~Copyable {
    /// The pid, for people and logs.
    public let pid: pid_t
    /// The pidfd, to be watched for reading: readable when the process has ended.
    public let pidfd: FileDescriptor

    /// Starts a child in a process group of its own, with an empty signal mask and default dispositions.
    ///
    /// Returns after exec, a fraction of a millisecond.
    ///
    /// - Throws: The step that failed (`clone3`, `dup2`, `chdir`, `setuid`, `execve`, …) on the executable.
    public init(spawning plan: SpawnPlan) throws(SystemCallError) {
        var pid: pid_t = -1, pidfd: CInt = -1
        var step: UnsafePointer<CChar>?
        let error = plan.withC { raw in
            var raw = raw
            return clinux_spawn(&raw, &pid, &pidfd, &step)
        }
        if error != 0 {
            throw SystemCallError(step.map { String(cString: $0) } ?? "spawn", subject: plan.executable, errno: error)
        }
        self.pid = pid
        self.pidfd = FileDescriptor(owning: pidfd)
    }

    /// Sends a signal; one to a child that has ended is without effect.
    public func signal(_ signal: Signal) {
        _ = clinux_pidfd_send_signal(pidfd.raw, signal.number)  // ESRCH: it has gone, as wanted
    }

    /// Sends a signal to every process in the child's group.
    public func signalGroup(_ signal: Signal) {
        _ = Glibc.kill(-pid, signal.number)  // ESRCH: the group has gone, as wanted
    }

    /// Takes the wait status of a child that has ended, which ends it for good.
    ///
    /// - Returns: How it ended, nil when it has not.
    public func reap() -> WaitStatus? {
        var information = siginfo_t()
        guard waitid(P_PIDFD, id_t(pidfd.raw), &information, WEXITED | WNOHANG) == 0, information.si_signo != 0 else {
            return nil
        }
        return WaitStatus(information)
    }
}

/// How many descriptors a process may have open.
///
/// See: getrlimit(2) RLIMIT_NOFILE
public struct DescriptorLimit: Hashable, Sendable {
    /// The number in force.
    public let soft: UInt
    /// The number up to which a process may raise it.
    public let hard: UInt

    /// A limit.
    public init(soft: UInt, hard: UInt) { (self.soft, self.hard) = (soft, hard) }

    /// The same number in force and at most, as far as this process's own limit allows it.
    public init(atMost number: UInt) {
        let most = min(number, Self.current?.hard ?? .max)
        self.init(soft: most, hard: most)
    }

    /// This process's own limit; nil when the kernel does not say.
    private static var current: DescriptorLimit? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return DescriptorLimit(soft: limit.rlim_cur, hard: limit.rlim_max)
    }

    /// Raises this process's own limit as far as it may.
    ///
    /// - Returns: What it was, for those that are to have what they would have had without us: programs that use
    ///   select(2) break with more than 1,024.
    public static func raise() -> DescriptorLimit? {
        guard let before = current else { return nil }
        var limit = rlimit(rlim_cur: before.hard, rlim_max: before.hard)
        return setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? before : nil
    }
}

/// Children that nobody holds by a handle: orphans that became ours because this process is a subreaper.
public enum Orphans {
    /// The pid of some child that has ended and is still a zombie, ours by spawning or by inheritance.
    public static func nextZombie() -> pid_t? {
        let pid = clinux_ended_child()
        return pid > 0 ? pid : nil
    }

    /// Takes a zombie's wait status and forgets it.
    public static func reap(_ pid: pid_t) { waitpid(pid, nil, WNOHANG) }

    /// Lets a few milliseconds pass, in which what has been killed can end. Only for the very end of a process.
    public static func pause() { _ = poll(nil, 0, 5) }

    /// Everything that is a child of this process's first thread now.
    ///
    /// See: proc(5) /proc/pid/task/tid/children
    public static func children() -> [pid_t] {
        let path = "/proc/self/task/\(getpid())/children"
        guard let bytes = try? Files.read(path, limit: 1 << 20) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
    }

    /// Kills a child that nobody holds. It cannot be a stranger: until it is reaped its pid is not used again.
    public static func kill(_ pid: pid_t) { Glibc.kill(pid, SIGKILL) }
}

/// How a process ended.
///
/// See: waitid(2)
public enum WaitStatus: Hashable, Sendable {
    /// It ended by itself.
    case exited(code: UInt8)
    /// A signal ended it.
    case signaled(Signal, dumpedCore: Bool)

    init(_ information: siginfo_t) {
        let status = information._sifields._sigchld.si_status
        switch information.si_code {
        case CInt(CLD_EXITED): self = .exited(code: UInt8(truncatingIfNeeded: status))
        case CInt(CLD_DUMPED): self = .signaled(Signal(number: status), dumpedCore: true)
        case _: self = .signaled(Signal(number: status), dumpedCore: false)
        }
    }
}

extension SpawnPlan {
    /// Lays the plan out as C wants it, for the length of the call.
    fileprivate func withC(_ body: (clinux_spawn_plan) -> CInt) -> CInt {
        // LISTEN_PID= gets digits written behind it: room for them is part of the string.
        let padded = environment.map { $0 == "LISTEN_PID=" ? $0 + String(repeating: "0", count: 20) : $0 }
        var arguments = self.arguments.map { strdup($0) } + [nil], environment = padded.map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        return executable.withCString { path in
            arguments.withUnsafeMutableBufferPointer { arguments in
                environment.withUnsafeMutableBufferPointer { environment in
                    descriptors.withUnsafeBufferPointer { descriptors in
                        withDirectoryAndGroups { directory, groups in
                            body(
                                clinux_spawn_plan(
                                    path: path, arguments: arguments.baseAddress, environment: environment.baseAddress,
                                    directory: directory, descriptors: descriptors.baseAddress,
                                    descriptor_count: CInt(descriptors.count), standard_error: standardError ?? -1,
                                    cgroup: cgroup ?? -1, descriptors_soft_max: UInt64(descriptorLimit?.soft ?? 0),
                                    descriptors_hard_max: UInt64(descriptorLimit?.hard ?? 0), drop: user != nil,
                                    uid: user?.uid ?? 0, gid: user?.gid ?? 0, groups: groups.baseAddress,
                                    group_count: groups.count))
                        }
                    }
                }
            }
        }
    }
}

extension SpawnPlan {
    fileprivate func withDirectoryAndGroups(
        _ body: (UnsafePointer<CChar>?, UnsafeBufferPointer<gid_t>) -> CInt
    ) -> CInt {
        (user?.groups ?? []).withUnsafeBufferPointer { groups in
            guard let directory else { return body(nil, groups) }
            return directory.withCString { body($0, groups) }
        }
    }
}
