import CLinux
import Glibc

/// The system calls by what they lead to. Every filter of the node is made of these lists: those of its own processes,
/// and the one of the programs that agents run.
public enum SystemCalls {
    // MARK: What is refused to programs

    /// Clocks and the machine as a whole.
    public static let machine: [CInt] =
        [
            SYS_acct, SYS_adjtimex, SYS_clock_adjtime, SYS_clock_settime, SYS_delete_module, SYS_finit_module,
            SYS_init_module, SYS_kexec_load, SYS_lookup_dcookie, SYS_nfsservctl, SYS_quotactl, SYS_quotactl_fd,
            SYS_reboot, SYS_settimeofday, SYS_swapoff, SYS_swapon, SYS_syslog, SYS_vhangup, SYS_kexec_file_load,
        ] + Older.machine

    /// Mounts and namespaces, by which a process takes on rights again.
    public static let mounts: [CInt] = [
        SYS_chroot, SYS_fsconfig, SYS_fsmount, SYS_fsopen, SYS_fspick, SYS_mount, SYS_mount_setattr, SYS_move_mount,
        SYS_name_to_handle_at, SYS_open_by_handle_at, SYS_open_tree, SYS_pivot_root, SYS_setns, SYS_umount2,
        SYS_unshare,
    ]

    /// The memory of others.
    public static let memoryOfOthers: [CInt] = [
        SYS_kcmp, SYS_pidfd_getfd, SYS_process_madvise, SYS_process_vm_readv, SYS_process_vm_writev, SYS_ptrace,
    ]

    /// The keys that the kernel keeps for users.
    public static let keyrings: [CInt] = [SYS_add_key, SYS_keyctl, SYS_request_key]

    /// Large parts of the kernel that few programs use, and the ways out of sandboxes that were found in them.
    public static let exotic: [CInt] =
        [
            SYS_bpf, SYS_fanotify_init, SYS_io_uring_enter, SYS_io_uring_register, SYS_io_uring_setup,
            SYS_perf_event_open, SYS_userfaultfd,
        ] + Older.exotic

    /// All of these.
    public static let dangerous = machine + mounts + memoryOfOthers + keyrings + exotic

    // MARK: What is refused to processes of the node besides

    /// Making other programs.
    static let programs: [CInt] = [SYS_execve, SYS_execveat] + Older.programs

    /// Signals to others, and what decides on how others run.
    static let influence: [CInt] = [
        SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_setpriority,
        SYS_ioprio_set, SYS_migrate_pages, SYS_move_pages, SYS_process_mrelease,
        SYS_personality, SYS_setsid, SYS_setpgid,
    ]

    /// Queues, memory and semaphores that processes find by a number or a name.
    static let sharedObjects: [CInt] = [
        SYS_msgget, SYS_msgctl, SYS_msgsnd, SYS_msgrcv, SYS_semget, SYS_semctl, SYS_semop, SYS_semtimedop, SYS_shmget,
        SYS_shmat, SYS_shmctl, SYS_shmdt, SYS_mq_open, SYS_mq_unlink, SYS_mq_notify,
    ]

    /// Taking the connections of strangers.
    static let taking: [CInt] = [SYS_accept, SYS_accept4]

    /// New sockets, and saying something to an address.
    static let addressing: [CInt] = [
        SYS_socket, SYS_socketpair, SYS_bind, SYS_connect, SYS_sendmsg, SYS_sendmmsg,
    ]

    /// Numbers that no call had when these lists were written, with Linux 5.17. A kernel may have calls of them, of
    /// which nobody can say here what they do.
    static let unknown: ClosedRange<CInt> = 451...511

    // MARK: What is allowed where the rest is refused

    /// What every process of the node needs to serve with the descriptors that it has.
    static let serving: [CInt] =
        [
            SYS_epoll_pwait, SYS_read, SYS_write, SYS_recvmsg, SYS_timerfd_settime, SYS_epoll_ctl, SYS_close,
            SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_readv,
            SYS_writev, SYS_recvfrom, SYS_shutdown, SYS_getsockopt, SYS_setsockopt, SYS_ppoll, SYS_epoll_create1,
            SYS_epoll_pwait2, SYS_timerfd_create, SYS_timerfd_gettime, SYS_signalfd4, SYS_eventfd2, SYS_fstat,
            SYS_lseek, SYS_dup, SYS_dup3, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_futex, SYS_getrandom,
            SYS_membarrier, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending,
            SYS_sigaltstack, SYS_restart_syscall, SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid,
            SYS_getgid, SYS_getegid, SYS_getrusage, SYS_times, SYS_sysinfo, SYS_uname, SYS_getcpu, SYS_sched_yield,
            SYS_sched_getaffinity, SYS_exit, SYS_exit_group,
        ] + Older.serving

    /// Files and directories below those that Landlock leaves.
    static let files: [CInt] =
        [
            SYS_openat, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_newfstatat, SYS_statx, SYS_fsync,
            SYS_fdatasync, SYS_ftruncate, SYS_truncate, SYS_fallocate, SYS_fadvise64, SYS_getdents64, SYS_mkdirat,
            SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_linkat, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
            SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_flock, SYS_statfs, SYS_fstatfs, SYS_umask, SYS_getcwd,
            SYS_utimensat, SYS_copy_file_range,
        ] + Older.files

    /// Taking connections, and asking for whose they are.
    static let accepting: [CInt] = [
        SYS_accept, SYS_accept4, SYS_bind, SYS_listen, SYS_getpeername, SYS_getsockname, SYS_pidfd_open,
    ]
}

extension SystemCalls {
    /// Giving whoever runs a file the rights of its owner or group: programs would leave that in a directory for
    /// others.
    ///
    /// The call that hides its mode in memory is answered as by a kernel that has none: programs then take the others.
    ///
    /// See: inode(7) S_ISUID, S_ISGID; open(2) O_CREAT, O_TMPFILE; openat2(2)
    public static let settingIDs: [SystemCallRule] =
        modes.flatMap { call, argument in refusals(of: call, mode: argument) }
        + ([(SYS_openat, 2)] + Older.opening).flatMap { call, flags in
            [UInt64(O_CREAT), 0x40_0000].flatMap { flag in
                refusals(of: call, mode: flags + 1, if: .init(argument: flags, mask: flag, is: flag))
            }
        } + [SystemCallRule(SYS_openat2, .refused(errno: ENOSYS))]

    /// Calls that set a mode, and which of their arguments it is; the first has no name here yet, fchmodat2(2).
    private static let modes: [(call: CInt, argument: Int)] =
        [(452, 2), (SYS_fchmod, 1), (SYS_fchmodat, 2), (SYS_mknodat, 2)] + Older.modes

    private static func refusals(
        of call: CInt, mode argument: Int, if condition: SystemCallRule.Condition? = nil
    ) -> [SystemCallRule] {
        ([0o4000, 0o2000] as [UInt64]).map { bit in
            let hasBit = SystemCallRule.Condition(argument: argument, mask: bit, is: bit)
            guard let condition else { return SystemCallRule(call, .refused(errno: EPERM), if: hasBit) }
            return SystemCallRule(call, .refused(errno: EPERM), if: condition, hasBit)
        }
    }

    /// Pairs of Unix sockets that can send to others by their names.
    ///
    /// See: unix(7), send(2)
    public static let datagramPairs: [SystemCallRule] = [SOCK_DGRAM, SOCK_RAW].map { kind in
        SystemCallRule(
            SYS_socketpair, .refused(errno: EPERM),
            if: .init(argument: 1, mask: 0xF, is: UInt64(kind.rawValue)))
    }

    /// Watching files: how much of that there may be is counted for a user, and so for the node as well.
    ///
    /// See: inotify(7)
    public static let watching: [SystemCallRule] = ([SYS_inotify_init1] + Older.watching).map {
        SystemCallRule($0, .refused(errno: ENOSYS))
    }
}

/// Calls that only x86-64 has, where younger ones have taken their places.
private enum Older {
    #if arch(x86_64)
    static let machine: [CInt] = [SYS_ioperm, SYS_iopl, SYS_uselib]
    static let exotic: [CInt] = [SYS_modify_ldt]
    static let programs: [CInt] = [SYS_fork, SYS_vfork]
    static let serving: [CInt] = [SYS_epoll_wait, SYS_poll, SYS_dup2, SYS_time, SYS_getrlimit]
    static let files: [CInt] = [
        SYS_open, SYS_creat, SYS_stat, SYS_lstat, SYS_mkdir, SYS_rmdir, SYS_unlink, SYS_rename, SYS_link,
        SYS_readlink, SYS_access, SYS_chmod, SYS_getdents,
    ]
    static let modes: [(CInt, Int)] = [(SYS_chmod, 1), (SYS_creat, 1), (SYS_mknod, 1)]
    static let opening: [(CInt, Int)] = [(SYS_open, 1)]
    static let watching: [CInt] = [SYS_inotify_init]
    #else
    static let machine: [CInt] = [], exotic: [CInt] = [], programs: [CInt] = [], serving: [CInt] = []
    static let files: [CInt] = [], watching: [CInt] = []
    static let modes: [(CInt, Int)] = [], opening: [(CInt, Int)] = []
    #endif
}
