import CLinux
import Glibc

/// What a process of the node keeps of the machine for the rest of its life. Everything else is refused to it by the
/// kernel, with an error and never with its death, so that a fault is one clear line in the log.
///
/// Landlock decides on files by their place, and on TCP; a filter of system calls decides on the rest. Neither can be
/// taken back.
///
/// See: landlock(7), seccomp(2)
public struct Confinement: Hashable, Sendable {
    /// Which system calls there are.
    public enum Calls: Hashable, Sendable {
        /// Those of a list: for a process that is one static program, so that the list is known.
        case listed
        /// All but those that it has no use for: for a process with libraries of the machine, of any version.
        case unlisted
        /// All but those that no program should make: for a process that starts programs of people.
        case ofPrograms
    }

    /// What a process does beyond the connections that it was given.
    public enum Network: Hashable, Sendable {
        /// Nothing: it can make no socket and name no address.
        case none
        /// It takes connections.
        case accepting
        /// It makes connections.
        case connecting
        /// Whatever its namespace has.
        case ofNamespace
        /// It takes connections where others have begun to wait for them, and makes connections.
        case relaying
    }

    /// What there is of the machine's files.
    public enum Files: Hashable, Sendable {
        /// What lies below these paths; a path that does not exist leads to nothing.
        case below(reading: [String], writing: [String])
        /// Everything may be read and executed, and what lies below these paths be changed: by ordinary files and
        /// directories, and by files of every kind below those that nobody else sees.
        case changing([String], unseen: [String])
        /// What its user may have.
        case all
    }

    /// The system calls.
    public var calls: Calls
    /// The network.
    public var network: Network
    /// The files.
    public var files: Files

    /// A confinement; without further words a process has the descriptors that it has, and nothing else.
    public init(calls: Calls = .listed, network: Network = .none, files: Files = .below(reading: [], writing: [])) {
        (self.calls, self.network, self.files) = (calls, network, files)
    }

    /// Whether it keeps any file.
    var hasFiles: Bool { files != .below(reading: [], writing: []) }

    /// Whether it changes files.
    var writesFiles: Bool {
        switch files {
        case .below(_, let writing): !writing.isEmpty
        case .changing, .all: true
        }
    }
}

// MARK: - The filter

extension Confinement {
    /// The filter of system calls.
    ///
    /// - Parameter pid: The process that it is for, which may send signals to itself: that is how it aborts.
    public func program(for pid: pid_t) -> SystemCallProgram {
        switch calls {
        case .listed: SystemCallProgram(listed(pid), otherwise: .refused(errno: EPERM))
        case .unlisted: SystemCallProgram(unlisted(pid), otherwise: .allowed)
        case .ofPrograms:
            SystemCallProgram(
                Self.refusals(SystemCalls.machine + SystemCalls.memoryOfOthers + SystemCalls.exotic),
                otherwise: .allowed)
        }
    }

    private static func refusals(_ calls: [CInt]) -> [SystemCallRule] {
        calls.map { SystemCallRule($0, .refused(errno: EPERM)) }
    }

    private func listed(_ pid: pid_t) -> [SystemCallRule] {
        var calls = SystemCalls.serving
        var rules = Self.ofOneself(pid) + Self.plainMemory
        if hasFiles { calls += SystemCalls.files }
        if network == .accepting {
            calls += SystemCalls.accepting
            rules += [AF_INET, AF_INET6].map { family in
                let stream = SystemCallRule.Condition(argument: 1, mask: 0xF, is: UInt64(SOCK_STREAM.rawValue))
                return SystemCallRule(SYS_socket, .allowed, if: .number(0, is: family), stream)
            }
            // With this flag it would connect. See: tcp(7) TCP_FASTOPEN
            let isNoFastOpen = SystemCallRule.Condition(argument: 2, mask: 0x2000_0000, is: 0)
            rules.append(SystemCallRule(SYS_sendmsg, .allowed, if: isNoFastOpen))
        }
        return calls.map { SystemCallRule($0, .allowed) } + rules
    }

    /// What a process that may do nothing else may do to itself.
    private static func ofOneself(_ pid: pid_t) -> [SystemCallRule] {
        [
            SystemCallRule(SYS_tgkill, .allowed, if: .number(0, is: pid)),
            SystemCallRule(SYS_prlimit64, .allowed, if: .number(0, is: 0), .isNull(2)),
            SystemCallRule(SYS_sendto, .allowed, if: .isNull(4)),
            SystemCallRule(SYS_prctl, .allowed, if: .number(0, is: CInt(CLINUX_PR_SET_NAME))),
        ]
            + [F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, CInt(CLINUX_F_DUPFD_CLOEXEC)].map {
                SystemCallRule(SYS_fcntl, .allowed, if: .number(1, is: $0))
            }
    }

    /// Memory that is no code: a static program has all of its code when it begins.
    private static let plainMemory = [SYS_mmap, SYS_mprotect].map {
        SystemCallRule(
            $0, .allowed, if: SystemCallRule.Condition(argument: 2, mask: UInt64(PROT_EXEC), is: 0))
    }

    private func unlisted(_ pid: pid_t) -> [SystemCallRule] {
        let calls =
            SystemCalls.dangerous + SystemCalls.programs + SystemCalls.influence + SystemCalls.sharedObjects
            + [SYS_listen] + (network == .relaying ? [] : SystemCalls.taking)
            + (network == .none ? SystemCalls.addressing : [])
        let known = [AF_INET, AF_INET6, AF_NETLINK] + (network == .relaying ? [] : [AF_UNIX])
        let families = network == .none ? [] : SystemCalls.refusedFamilies(but: known)
        return Self.refusals(calls) + families + Self.threadsAlone + SystemCalls.typing + SystemCalls.owning
            + toOthers(pid)
            + SystemCalls.unknown.map { SystemCallRule($0, .refused(errno: ENOSYS)) }
    }

    /// What a process may do to itself, and not to others.
    private func toOthers(_ pid: pid_t) -> [SystemCallRule] {
        let refused = SystemCallRule.Answer.refused(errno: EPERM)
        let lasting = Self.lasting.map { SystemCallRule(SYS_prctl, refused, if: .number(0, is: $0)) }
        // Being told by a signal goes to whoever is named.
        let owners = [CLINUX_F_SETOWN, CLINUX_F_SETOWN_EX, CLINUX_F_SETSIG].map {
            SystemCallRule(SYS_fcntl, refused, if: .number(1, is: CInt($0)))
        }
        let addressed = SystemCallRule(SYS_sendto, refused, if: .init(argument: 4, isNot: 0))
        return lasting + owners + (network == .none ? [addressed] : []) + [
            SystemCallRule(SYS_tgkill, refused, if: .init(argument: 0, isNot: UInt64(pid))),
            SystemCallRule(SYS_prlimit64, refused, if: .init(argument: 0, isNot: 0)),
            SystemCallRule(SYS_prlimit64, refused, if: .init(argument: 2, isNot: 0)),
        ]
    }

    /// A process may have threads and no children.
    private static let threadsAlone = [
        // Its flags are in memory, where no filter looks: the C library then takes clone(2).
        SystemCallRule(SYS_clone3, .refused(errno: ENOSYS)),
        SystemCallRule(
            SYS_clone, .refused(errno: EPERM),
            if: SystemCallRule.Condition(argument: 0, mask: UInt64(CLINUX_CLONE_THREAD), is: 0)),
    ]

    /// What a process has told the kernel about itself and shall not take back.
    private static let lasting = [
        CInt(CLINUX_PR_SET_DUMPABLE), CInt(CLINUX_PR_SET_PTRACER), CInt(CLINUX_PR_SET_PDEATHSIG),
    ]
}

extension SystemCalls {
    /// What is typed into a terminal for others.
    ///
    /// See: ioctl_tty(2) TIOCSTI, TIOCLINUX
    public static let typing = refused(requests: [0x5412, 0x541C])

    /// Who is sent a signal when there is something on a socket.
    ///
    /// See: socket(7) SIOCSPGRP, FIOSETOWN
    public static let owning = refused(requests: [0x8901, 0x8902])

    private static func refused(requests: [CInt]) -> [SystemCallRule] {
        requests.map { SystemCallRule(SYS_ioctl, .refused(errno: EPERM), if: .number(1, is: $0)) }
    }

    /// Sockets of all families but some. The others are in no namespace of the network, or in the kernel for few.
    public static func refusedFamilies(but families: [CInt]) -> [SystemCallRule] {
        (0..<46).filter { !families.contains($0) }.map {
            SystemCallRule(SYS_socket, .refused(errno: EAFNOSUPPORT), if: .number(0, is: $0))
        }
    }
}
