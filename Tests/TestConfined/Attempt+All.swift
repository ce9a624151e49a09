import CLinux
import Glibc

extension Attempt {
    /// Every attempt.
    static let all = files + programs + sockets + processes + kernel + own

    private static let files = [
        Attempt(name: "read-passwd") { _ in opens("/etc/passwd") },
        Attempt(name: "list-root") { _ in opens("/", O_RDONLY | O_DIRECTORY) },
        Attempt(name: "list-directory") { opens($0.directory, O_RDONLY | O_DIRECTORY) },
        Attempt(name: "create-file") { opens($0.directory + "/created", O_WRONLY | O_CREAT) },
        Attempt(name: "create-in-tmp") { _ in opens("/tmp", CInt(CLINUX_O_TMPFILE) | O_WRONLY) },
        Attempt(name: "create-in-var") { _ in opens("/var/tmp", CInt(CLINUX_O_TMPFILE) | O_WRONLY) },
        Attempt(name: "read-by-own-root") { _ in opens("/proc/self/root/etc/passwd") },
        Attempt(name: "read-own-memory") { _ in opens("/proc/self/mem") },
        Attempt(name: "read-environment-of-peer") { _ in opens("/proc/\(getppid())/environ") },
        Attempt(name: "read-memory-file-of-peer") { _ in opens("/proc/\(getppid())/mem") },
        Attempt(name: "read-own-threads") { _ in opens("/proc/\(getpid())/stat") },
        Attempt(name: "open-device") { _ in opens("/dev/null", O_RDWR) },
        Attempt(name: "look-at-file") { _ in
            var status = stat()
            return Int(stat("/etc/passwd", &status))
        },
        Attempt(name: "make-directory") {
            call(SYS_mkdirat, Int(AT_FDCWD), Int(bitPattern: strdup($0.directory + "/made")), 0o700)
        },
        Attempt(name: "remove-file") { _ in call(SYS_unlinkat, -1, 0, 0) },
        Attempt(name: "make-link") { _ in call(SYS_symlinkat, 0, -1, 0) },
        Attempt(name: "make-device") { _ in call(SYS_mknodat, -1, 0, 0, 0) },
        Attempt(name: "change-directory") { _ in call(SYS_chdir, "/") },
        Attempt(name: "change-root") { _ in call(SYS_chroot, "/nowhere") },
        Attempt(name: "watch-files") { _ in call(SYS_inotify_init1, 0) },
        Attempt(name: "open-by-handle") { _ in call(SYS_open_by_handle_at, -1, 0, 0) },
        Attempt(name: "control-terminal") { _ in call(SYS_ioctl, 0, 0x5412, 0) },
    ]

    private static let programs = [
        Attempt(name: "exec", ends: true) { _ in becomesAnother(at: false) },
        Attempt(name: "execveat", ends: true) { _ in becomesAnother(at: true) },
        Attempt(name: "program-in-memory") { _ in "x".withCString { call(SYS_memfd_create, Int(bitPattern: $0), 1) } },
        Attempt(name: "fork") { _ in forks() },
        Attempt(name: "clone3") { _ in call(SYS_clone3, 0, 0) },
        Attempt(name: "thread") { _ in call(SYS_clone, 0x0001_0000) },
        Attempt(name: "executable-memory") { _ in call(SYS_mmap, 0, 4_096, 5, 0x22, -1, 0) },
        Attempt(name: "memory-made-executable") { _ in
            let page = call(SYS_mmap, 0, 4_096, 3, 0x22, -1, 0)
            return page == -1 ? -1 : call(SYS_mprotect, page, 4_096, 5)
        },
    ]

    private static let sockets = [
        Attempt(name: "bus-by-path") { connects(toUnix: Array($0.socket.utf8)) },
        Attempt(name: "abstract-socket") { connects(toUnix: [0] + Array(($0.directory + "/abstract").utf8)) },
        Attempt(name: "tcp") { connects(toPort: $0.port) },
        Attempt(name: "udp") { _ in call(SYS_socket, Int(AF_INET), 2, 0) },
        Attempt(name: "netlink") { _ in call(SYS_socket, Int(AF_NETLINK), 3, 0) },
        Attempt(name: "packet") { _ in call(SYS_socket, Int(AF_PACKET), 3, 0) },
        Attempt(name: "socket-pair") { _ in
            var ends: [CInt] = [0, 0]
            return Int(socketpair(AF_UNIX, 1, 0, &ends))
        },
        Attempt(name: "connect") { _ in call(SYS_connect, -1, 0, 0) },
        Attempt(name: "bind") { _ in call(SYS_bind, -1, 0, 0) },
        Attempt(name: "listen") { _ in call(SYS_listen, -1, 0) },
        Attempt(name: "accept") { _ in call(SYS_accept4, -1, 0, 0, 0) },
        Attempt(name: "send-to-address") { _ in sends(AF_UNIX) },
        Attempt(name: "send-message") { _ in call(SYS_sendmsg, -1, 0, 0) },
    ]

    private static let processes = [
        Attempt(name: "trace-peer") { _ in call(SYS_ptrace, 0x4206, Int(getppid()), 0, 0) },
        Attempt(name: "read-memory-of-peer") { _ in call(SYS_process_vm_readv, Int(getppid()), 0, 0, 0, 0, 0) },
        Attempt(name: "compare-with-peer") { _ in call(SYS_kcmp, Int(getppid()), Int(getppid()), 0, 0, 0) },
        Attempt(name: "look-for-peer") { _ in call(SYS_kill, Int(getppid()), 0) },
        Attempt(name: "signal-peer") { _ in call(SYS_kill, Int(getppid()), Int(SIGURG)) },
        Attempt(name: "signal-thread-of-peer") { _ in call(SYS_tgkill, Int(getppid()), Int(getppid()), Int(SIGURG)) },
        Attempt(name: "hold-peer") { _ in call(SYS_pidfd_open, Int(getppid()), 0) },
        Attempt(name: "take-descriptor") { _ in call(SYS_pidfd_getfd, -1, 0, 0) },
        Attempt(name: "limits-of-peer") { _ in call(SYS_prlimit64, Int(getppid()), 7, 0, 0) },
        Attempt(name: "priority-of-peer") { _ in call(SYS_setpriority, 0, Int(getppid()), 0) },
        Attempt(name: "signals-on-behalf") { _ in call(SYS_fcntl, 2, Int(CLINUX_F_SETOWN), Int(getppid())) },
    ]

    private static let kernel = [
        Attempt(name: "io-uring") { _ in call(SYS_io_uring_setup, 0, 0) },
        Attempt(name: "userfaultfd") { _ in call(SYS_userfaultfd, 1) },
        Attempt(name: "bpf") { _ in call(SYS_bpf, -1, 0, 0) },
        Attempt(name: "perf-events") { _ in call(SYS_perf_event_open, 0, 0, -1, -1, 0) },
        Attempt(name: "keys") { _ in call(SYS_keyctl, 0, -3, 1) },
        Attempt(name: "unshare") { _ in call(SYS_unshare, 0x200) },
        Attempt(name: "enter-namespace") { _ in call(SYS_setns, -1, 0) },
        Attempt(name: "mount") { _ in call(SYS_mount, "none", Int(bitPattern: strdup("/nowhere")), 0, 0, 0) },
        Attempt(name: "unmount") { _ in call(SYS_umount2, "/nowhere", 0) },
        Attempt(name: "set-clock") { _ in call(SYS_clock_settime, 0, 0) },
        Attempt(name: "reboot") { _ in call(SYS_reboot, 0, 0, 0, 0) },
        Attempt(name: "shared-memory") { _ in call(SYS_shmget, 0x7E57_0001, 1, 0) },
        Attempt(name: "call-of-the-future") { _ in call(9_999) },
    ]

    private static let own = [
        Attempt(name: "personality") { _ in call(SYS_personality, 0xFFFF_FFFF) },
        Attempt(name: "become-dumpable") { _ in call(SYS_prctl, Int(CLINUX_PR_SET_DUMPABLE), 1) },
        Attempt(name: "another-user") { _ in call(SYS_setresuid, -1, -1, -1) },
        Attempt(name: "another-session") { _ in call(SYS_setsid) },
        Attempt(name: "abort", ends: true) { _ in abort() },
        Attempt(name: "fault", ends: true) { _ in
            UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1
            return 0
        },
        Attempt(name: "broken-rule", ends: true) { place in
            precondition(place.directory.isEmpty, "a rule is broken")
            return 0
        },
        Attempt(name: "grow") { _ in
            let bytes = [UInt8](repeating: 1, count: 300 << 20)
            return Int(bytes[bytes.count - 1])
        },
    ]
}
