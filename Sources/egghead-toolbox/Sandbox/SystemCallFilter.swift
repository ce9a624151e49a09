import CSeccomp
import Glibc
import LinuxSystem

/// The system calls that nothing in a sandbox may make, as a program for the kernel.
///
/// Programs of people need so many calls that a list of those they may make would be a list of bugs. So the list has
/// those that reach what namespaces do not wall off, that have been the way out of sandboxes, or that only
/// administrators need.
///
/// See: seccomp(2), seccomp_rule_add(3)
enum SystemCallFilter {
    /// Refused with EPERM.
    private static let refused = [
        // Clocks and the machine as a whole.
        "acct", "adjtimex", "clock_adjtime", "clock_settime", "delete_module", "finit_module", "init_module", "ioperm",
        "iopl", "kexec_file_load", "kexec_load", "lookup_dcookie", "nfsservctl", "quotactl", "quotactl_fd", "reboot",
        "settimeofday", "stime", "swapoff", "swapon", "syslog", "uselib", "vhangup",
        // Mounts and namespaces, by which a process takes on rights again.
        "chroot", "fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount",
        "name_to_handle_at",
        "open_by_handle_at", "open_tree", "pivot_root", "setns", "umount", "umount2", "unshare",
        // The memory of others.
        "kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace",
        // Large parts of the kernel that few programs use, and the ways out of sandboxes that were found in them.
        "add_key", "bpf", "fanotify_init", "io_uring_enter", "io_uring_register", "io_uring_setup", "keyctl",
        "modify_ldt", "perf_event_open", "request_key", "userfaultfd",
    ]

    /// The families of sockets that programs may have. The others are in no namespace of the network, or in the kernel
    /// for few; a Unix socket in a directory leads to whoever listens there, and pairs of them are made without
    /// socket(2).
    private static let families = [AF_INET, AF_INET6, AF_NETLINK]

    /// The flags of clone(2) that make namespaces.
    ///
    /// See: clone(2) CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER,
    /// CLONE_NEWUTS
    private static let namespaces: [UInt64] = [
        0x0200_0000, 0x0800_0000, 0x4000_0000, 0x0002_0000, 0x2000_0000, 0x1000_0000, 0x0400_0000,
    ]

    /// The program, as bubblewrap reads it.
    ///
    /// - Throws: The call of libseccomp that failed, with its errno.
    static func program() throws(SystemCallError) -> [UInt8] {
        guard let filter = seccomp_init(UInt32(SCMP_ACT_ALLOW)) else {
            throw SystemCallError("seccomp_init", subject: "the filter", errno: ENOMEM)
        }
        defer { seccomp_release(filter) }
        // A tree of comparisons instead of a list: the kernel tries the program on every call before a sandbox begins.
        _ = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2)  // a library without it makes the list
        for name in refused { try refuse(name, of: filter, EPERM) }
        // Its flags are in memory, where no filter looks: the C library then takes clone(2).
        try refuse("clone3", of: filter, ENOSYS)
        for flag in namespaces { try refuse("clone", of: filter, EPERM, cseccomp_masked(0, flag, flag)) }
        // What is typed into a terminal for others. See: ioctl_tty(2) TIOCSTI, TIOCLINUX
        for request in [0x5412, 0x541C] as [UInt64] {
            try refuse("ioctl", of: filter, EPERM, cseccomp_masked(1, 0xFFFF_FFFF, request))
        }
        // The kernel looks at the lower half of the argument alone.
        for family in 0..<46 where !families.contains(CInt(family)) {
            try refuse("socket", of: filter, EAFNOSUPPORT, cseccomp_masked(0, 0xFFFF_FFFF, UInt64(family)))
        }
        let memory = try Files.memory(named: "seccomp", with: [])
        let error = seccomp_export_bpf(filter, memory.raw)
        if error != 0 { throw SystemCallError("seccomp_export_bpf", subject: "the filter", errno: -error) }
        return try memory.read(at: 0, bytesMax: 1 << 20)
    }

    private static func refuse(
        _ name: String, of filter: scmp_filter_ctx, _ error: CInt, _ condition: scmp_arg_cmp? = nil
    ) throws(SystemCallError) {
        let number = seccomp_syscall_resolve_name(name)
        if number == __NR_SCMP_ERROR { return }  // a call that this library does not know yet
        let conditions = condition.map { [$0] } ?? []
        let result = seccomp_rule_add_array(
            filter, cseccomp_errno(UInt16(error)), number, UInt32(conditions.count), conditions)
        // A call that this processor does not have has a number that no rule takes.
        if result != 0, result != -EDOM, result != -EFAULT {
            throw SystemCallError("seccomp_rule_add", subject: name, errno: -result)
        }
    }
}
