import CLinux
import Confinement
import Glibc
import LinuxSystem

/// The system calls that nothing in a sandbox may make, as a program for the kernel.
///
/// Programs of people need so many calls that a list of those they may make would be a list of bugs. So the list has
/// those that reach what namespaces do not wall off, that have been the way out of sandboxes, or that only
/// administrators need.
///
/// See: seccomp(2)
enum SystemCallFilter {
    /// The families of sockets that programs may have. A Unix socket in a directory leads to whoever listens there;
    /// pairs of them are made without socket(2), as far as they lead to one another alone.
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
        try SystemCallProgram(rules, otherwise: .allowed).bytes()
    }

    private static var rules: [SystemCallRule] {
        SystemCalls.dangerous.map { SystemCallRule($0, .refused(errno: EPERM)) }
            // Its flags are in memory, where no filter looks: the C library then takes clone(2).
            + [SystemCallRule(SYS_clone3, .refused(errno: ENOSYS))]
            + namespaces.map {
                SystemCallRule(
                    SYS_clone, .refused(errno: EPERM), if: SystemCallRule.Condition(argument: 0, mask: $0, is: $0))
            }
            + SystemCalls.typing + SystemCalls.refusedFamilies(but: families) + SystemCalls.datagramPairs
            + SystemCalls.settingIDs + SystemCalls.watching
    }
}
