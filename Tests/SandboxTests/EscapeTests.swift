import Glibc
import Services
import Testing

/// What a hostile program tries from inside a sandbox, and that it comes to nothing.
///
/// Each attempt is a script that prints `ESCAPED` when it gets what it wants. The same script, run without a sandbox,
/// shows that the attempt is a real one, unless it would harm the machine.
@Suite struct EscapeTests {
    /// An attempt, in sh; `$ROOT` is the agent's directory, `$OUT` somebody else's, `$NODE` the node's own.
    struct Attempt: CustomTestStringConvertible {
        let name: String, script: String
        var testDescription: String { name }
    }

    private static func reads(_ path: String) -> String { "cat \(path) >/dev/null 2>&1 && echo ESCAPED" }
    private static func writes(_ path: String) -> String { "(: >> \(path)) 2>/dev/null && echo ESCAPED" }
    private static func python(_ code: String) -> String { "python3 - <<'EOF'\n\(code)\nEOF" }
    private static func call(_ number: Int, _ arguments: String, _ isEscaped: String) -> String {
        python(
            """
            import ctypes, os, socket
            libc = ctypes.CDLL(None, use_errno=True)
            result = libc.syscall(\(number), \(arguments))
            if \(isEscaped): print("ESCAPED")
            """)
    }

    static let attempts: [Attempt] =
        [
            // Files of others.
            Attempt(name: "a file of somebody else", script: reads("$OUT/secret")),
            Attempt(name: "by ..", script: reads("$ROOT/../outside/secret")),
            Attempt(name: "by a link that was there", script: reads("$ROOT/link")),
            Attempt(name: "by a link to all", script: reads("$ROOT/all$OUT/secret")),
            Attempt(name: "by a link of its own", script: "ln -s $OUT/secret $TMPDIR/l && " + reads("$TMPDIR/l")),
            Attempt(
                name: "by the root of others",
                script: "for p in 1 $TESTPID; do " + reads("/proc/$p/root$OUT/secret") + "; done"),
            Attempt(name: "by its own root", script: reads("/proc/self/root$OUT/secret")),
            Attempt(name: "the directory of others", script: "readlink /proc/$TESTPID/cwd && echo ESCAPED"),
            Attempt(
                name: "the open files of others",
                script: "for p in 1 $TESTPID; do readlink /proc/$p/fd/*; done | grep -q socket && echo ESCAPED"),
            Attempt(name: "the node's key", script: reads("$NODE/key")),
            Attempt(name: "the node's directory", script: "ls -A $NODE | grep -q . && echo ESCAPED"),
            Attempt(name: "a file of the node", script: "grep -q KEY $NODE/environment && echo ESCAPED"),
            Attempt(name: "shadow", script: reads("/etc/shadow")),
            Attempt(name: "the home of root", script: "ls /root >/dev/null 2>&1 && echo ESCAPED"),
            Attempt(name: "passwords of groups", script: reads("/etc/gshadow")),
            Attempt(name: "keys of the machine", script: "ls /etc/ssh >/dev/null 2>&1 && echo ESCAPED"),
            Attempt(name: "logs", script: "ls /var/log >/dev/null 2>&1 && echo ESCAPED"),
            Attempt(name: "sockets of services", script: "ls /run >/dev/null 2>&1 && echo ESCAPED"),
            Attempt(name: "the machine's devices", script: "ls /sys >/dev/null 2>&1 && echo ESCAPED"),
            Attempt(name: "a disk", script: "ls /dev/vda /dev/sda >/dev/null 2>&1; test -b /dev/vda && echo ESCAPED"),
            Attempt(name: "memory of the machine", script: reads("/dev/mem") + ";" + reads("/dev/kmem")),
            Attempt(name: "messages of the kernel", script: reads("/dev/kmsg")),
            Attempt(name: "fuse", script: "test -e /dev/fuse && echo ESCAPED"),
            Attempt(name: "virtual machines", script: "test -e /dev/kvm && echo ESCAPED"),
            Attempt(name: "vsock", script: "test -e /dev/vsock && echo ESCAPED"),
            // Changing what is not its own.
            Attempt(name: "a file in /", script: writes("/x")),
            Attempt(name: "a program", script: writes("/usr/bin/x")),
            Attempt(name: "a program by its link", script: writes("/bin/x")),
            Attempt(name: "a library", script: writes("/usr/lib/x")),
            Attempt(name: "accounts", script: writes("/etc/passwd")),
            Attempt(
                name: "the helper",
                script: writes("/.egghead-helper") + "; rm -f /.egghead-helper 2>/dev/null && echo ESCAPED"),
            Attempt(name: "records", script: writes("$NODE/records/x.md")),
            Attempt(name: "records by a rename", script: "mv $NODE/records $NODE/r2 2>/dev/null && echo ESCAPED"),
            Attempt(
                name: "records by a link",
                script: "ln -sfn $NODE/records $ROOT/rl 2>/dev/null; " + writes("$ROOT/rl/x.md")),
            Attempt(name: "the node's directory by a file", script: writes("$NODE/x")),
            Attempt(name: "the node's directory by a rename", script: "mv $NODE $ROOT/n2 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a device", script: "mknod $ROOT/mem c 1 1 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a device in /tmp", script: "mknod $TMPDIR/mem c 1 1 2>/dev/null && echo ESCAPED"),
            Attempt(name: "something in /dev", script: writes("/dev/x")),
            Attempt(
                name: "settings of the kernel",
                script: "cat /proc/sys/vm/swappiness 2>/dev/null > /proc/sys/vm/swappiness && echo ESCAPED"),
            Attempt(
                name: "the pattern of cores",
                script: "cat /proc/sys/kernel/core_pattern > /proc/sys/kernel/core_pattern && echo ESCAPED"),
            Attempt(name: "the name of the machine", script: "hostname taken 2>/dev/null && echo ESCAPED"),
            Attempt(
                name: "what the kernel does in a panic",
                script: "cat /proc/sys/kernel/panic > /proc/sys/kernel/panic && echo ESCAPED"),
            Attempt(
                name: "its limits of memory",
                script: "(echo 500 > /proc/self/oom_score_adj) 2>/dev/null && echo ESCAPED"),
            Attempt(name: "cgroups", script: "find / -name cgroup.procs 2>/dev/null | grep -q . && echo ESCAPED"),
            // Rights.
            Attempt(name: "mounting", script: "mount -t tmpfs none /tmp 2>/dev/null && echo ESCAPED"),
            Attempt(name: "unmounting", script: "umount -l /proc 2>/dev/null && echo ESCAPED"),
            Attempt(name: "mounting the root writable", script: "mount -o remount,rw / 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a bind", script: "mount --bind /usr /tmp 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a namespace", script: "unshare -Ur true 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a namespace of mounts", script: "unshare -m true 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a namespace of processes", script: "unshare -Urp --fork true 2>/dev/null && echo ESCAPED"),
            Attempt(name: "a namespace by its file", script: "nsenter -t $$ -m true 2>/dev/null && echo ESCAPED"),
            Attempt(name: "another sandbox", script: "bwrap --ro-bind / / true 2>/dev/null && echo ESCAPED"),
            Attempt(name: "another root", script: "chroot /usr /bin/true 2>/dev/null && echo ESCAPED"),
            Attempt(
                name: "becoming another user",
                script: "setpriv --reuid 1 --clear-groups true 2>/dev/null && echo ESCAPED"),
            Attempt(
                name: "a set-uid program of its own",
                script: "cp /usr/bin/id $ROOT/id && chown 65534 $ROOT/id && chmod 4755 $ROOT/id && "
                    + "$ROOT/id | grep -q euid && echo ESCAPED; rm -f $ROOT/id"),
            Attempt(
                name: "a set-uid program for others",
                script: "cp /usr/bin/true $TMPDIR/s && chmod 4755 $TMPDIR/s 2>/dev/null; "
                    + "test -u $TMPDIR/s && echo ESCAPED"),
            Attempt(
                name: "a directory whose group others get",
                script: "mkdir $TMPDIR/g && chmod 2775 $TMPDIR/g 2>/dev/null; test -g $TMPDIR/g && echo ESCAPED"),
            Attempt(
                name: "a file that is made set-uid",
                script: python(
                    """
                    import os
                    os.umask(0)
                    path = os.environ["TMPDIR"] + "/made"
                    try:
                        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o4755))
                        print("ESCAPED" if os.stat(path).st_mode & 0o4000 else "")
                    except OSError: pass
                    """)),
            Attempt(name: "su", script: "su nobody -s /bin/sh -c true 2>/dev/null </dev/null && echo ESCAPED"),
            Attempt(name: "capabilities", script: "grep -q 'CapEff:.0*[1-9a-f]' /proc/self/status && echo ESCAPED"),
            Attempt(
                name: "capabilities by exec", script: "grep -q 'CapBnd:.0*[1-9a-f]' /proc/self/status && echo ESCAPED"),
            Attempt(name: "new privileges", script: "grep -q 'NoNewPrivs:.0' /proc/self/status && echo ESCAPED"),
            Attempt(name: "no filter", script: "grep -q 'Seccomp:.0' /proc/self/status && echo ESCAPED"),
            Attempt(name: "the clock", script: "date -s @$(date +%s) >/dev/null 2>&1 && echo ESCAPED"),
            // Other processes.
            Attempt(
                name: "processes of the machine", script: "test $(ls -d /proc/[0-9]* | wc -l) -gt 8 && echo ESCAPED"),
            Attempt(name: "a signal to the test", script: "kill -0 $TESTPID 2>/dev/null && echo ESCAPED"),
            Attempt(
                name: "a signal to all",
                script: "sh -c 'kill -CONT -1' 2>/dev/null; test -d /proc/$TESTPID && echo ESCAPED"),
            Attempt(
                name: "the memory of others",
                script: python(
                    """
                    import os
                    try:
                        pid = os.environ["TESTPID"]
                        start = int(open(f"/proc/{pid}/maps").readline().split("-")[0], 16)
                        os.pread(os.open(f"/proc/{pid}/mem", os.O_RDONLY), 16, start)
                        print("ESCAPED")
                    except OSError: pass
                    """)),
            Attempt(
                name: "the environment of others",
                script: "cat /proc/1/environ 2>/dev/null | grep -q EGGHEAD_SECRET && echo ESCAPED; "
                    + "cat /proc/$TESTPID/environ 2>/dev/null | grep -q PATH && echo ESCAPED"),
            Attempt(
                name: "its own environment",
                script: "env | grep -q -e KEY -e TOKEN -e SECRET -e EGGHEAD && echo ESCAPED"),
            Attempt(
                name: "open files of ours",
                script: "ls -l /proc/self/fd | grep -q -e socket: -e journal -e xctest && echo ESCAPED"),
            Attempt(
                name: "tracing",
                script: python("import ctypes; print('ESCAPED' if ctypes.CDLL(None).ptrace(0, 0, 0, 0) == 0 else '')")),
            // Networks.
            Attempt(
                name: "an interface",
                script: "ls /sys/class/net 2>/dev/null | grep -qv lo && echo ESCAPED; "
                    + "grep -v -e lo: -e Inter -e face /proc/net/dev | grep -q : && echo ESCAPED"),
            Attempt(
                name: "this machine's services",
                script: python(
                    """
                    import os, socket
                    try:
                        socket.create_connection(("127.0.0.1", int(os.environ["TESTPORT"])), 2)
                        print("ESCAPED")
                    except OSError: pass
                    """)),
            Attempt(
                name: "the outside",
                script: python(
                    """
                    import socket
                    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    try:
                        s.connect(("192.0.2.1", 53))
                        s.send(b"x")
                        print("ESCAPED")
                    except OSError: pass
                    """)),
            Attempt(
                name: "an abstract socket",
                script: python(
                    """
                    import os, socket
                    s = socket.socket(socket.AF_UNIX)
                    try:
                        s.connect(("\\0" + os.environ["TESTSOCKET"]).ljust(108, "\\0"))
                        print("ESCAPED")
                    except OSError: pass
                    """)),
            Attempt(
                name: "a datagram to a service",
                script: python(
                    """
                    import os, socket
                    try:
                        ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                        ours.sendto(b"x", os.environ["ROOT"] + "/datagrams.sock")
                        print("ESCAPED")
                    except OSError: pass
                    """)),
            Attempt(
                name: "a socket of a service",
                script: python(
                    """
                    import os, socket
                    s = socket.socket(socket.AF_UNIX)
                    try:
                        s.connect(os.environ["ROOT"] + "/service.sock")
                        print("ESCAPED")
                    except OSError: pass
                    """)),
        ]
        + [
            ("AF_VSOCK", 40), ("AF_PACKET", 17), ("AF_ALG", 38), ("AF_BLUETOOTH", 31), ("AF_TIPC", 30), ("AF_XDP", 44),
            ("AF_KEY", 15), ("AF_CAN", 29),
        ].map { name, number in
            Attempt(
                name: "a socket of \(name)",
                script: python(
                    """
                    import socket
                    try:
                        socket.socket(\(number), socket.SOCK_DGRAM if \(number) != 38 else socket.SOCK_SEQPACKET)
                        print("ESCAPED")
                    except OSError as e: pass
                    """))
        }
        + [
            // System calls, by their numbers on x86-64.
            ("io_uring_setup", 425, "8, ctypes.create_string_buffer(120)", "result >= 0"),
            ("userfaultfd", 323, "1", "result >= 0"), ("inotify_init", 253, "", "result >= 0"),
            ("bpf", 321, "0, ctypes.create_string_buffer(128), 128", "ctypes.get_errno() != 1"),
            ("perf_event_open", 298, "ctypes.create_string_buffer(128), 0, -1, -1, 0", "ctypes.get_errno() != 1"),
            ("keyctl", 250, "0, -3, 1", "result >= 0"), ("add_key", 248, "b'user', b'x', b'y', 1, -2", "result >= 0"),
            ("request_key", 249, "b'user', b'x', None, 0", "ctypes.get_errno() != 1"),
            ("unshare", 272, "0x10000000", "result == 0"), ("setns", 308, "0, 0", "ctypes.get_errno() != 1"),
            ("clone of a user namespace", 56, "0x10000011, 0, 0, 0, 0", "result >= 0"),
            ("clone3", 435, "ctypes.create_string_buffer(88), 88", "ctypes.get_errno() != 38"),
            ("mount", 165, "b'none', b'/tmp', b'tmpfs', 0, None", "result == 0"),
            ("fsopen", 430, "b'tmpfs', 0", "result >= 0"), ("open_tree", 428, "-100, b'/', 1", "result >= 0"),
            ("move_mount", 429, "-1, b'', -1, b'', 0", "ctypes.get_errno() != 1"),
            ("pivot_root", 155, "b'/tmp', b'/tmp'", "ctypes.get_errno() != 1"),
            ("open_by_handle_at", 304, "-1, ctypes.create_string_buffer(128), 0", "ctypes.get_errno() != 1"),
            (
                "name_to_handle_at", 303,
                "-100, b'/', ctypes.create_string_buffer(128), ctypes.create_string_buffer(8), 0",
                "ctypes.get_errno() != 1"
            ),
            ("process_vm_readv", 310, "1, None, 0, None, 0, 0", "ctypes.get_errno() != 1"),
            ("process_vm_writev", 311, "1, None, 0, None, 0, 0", "ctypes.get_errno() != 1"),
            ("pidfd_getfd", 438, "-1, 0, 0", "ctypes.get_errno() != 1"),
            ("kcmp", 312, "1, 1, 0, 0, 0", "ctypes.get_errno() != 1"),
            ("kexec_load", 246, "0, 0, None, 0", "ctypes.get_errno() != 1"),
            ("init_module", 175, "None, 0, b''", "ctypes.get_errno() != 1"),
            ("finit_module", 313, "-1, b'', 0", "ctypes.get_errno() != 1"),
            ("delete_module", 176, "b'x', 0", "ctypes.get_errno() != 1"),
            ("reboot", 169, "0, 0, 0, None", "ctypes.get_errno() != 1"),
            ("swapon", 167, "b'/tmp/x', 0", "ctypes.get_errno() != 1"),
            ("swapoff", 168, "b'/tmp/x'", "ctypes.get_errno() != 1"),
            ("acct", 163, "b'/tmp/x'", "ctypes.get_errno() != 1"),
            ("quotactl", 179, "0, None, 0, None", "ctypes.get_errno() != 1"),
            ("syslog", 103, "3, ctypes.create_string_buffer(64), 64", "result >= 0"),
            ("settimeofday", 164, "None, None", "ctypes.get_errno() != 1"),
            ("clock_settime", 227, "0, None", "ctypes.get_errno() != 1"),
            ("adjtimex", 159, "ctypes.create_string_buffer(256)", "result >= 0"),
            ("fanotify_init", 300, "0, 0", "ctypes.get_errno() != 1"), ("iopl", 172, "3", "result == 0"),
            ("ioperm", 173, "0x80, 1, 1", "result == 0"),
            ("modify_ldt", 154, "0, ctypes.create_string_buffer(64), 64", "ctypes.get_errno() != 1"),
            ("chroot", 161, "b'/tmp'", "result == 0"), ("vhangup", 153, "", "ctypes.get_errno() != 1"),
            ("TIOCSTI", 16, "0, 0x5412, b'x'", "ctypes.get_errno() != 1"),
            ("TIOCSTI with high bits", 16, "0, ctypes.c_ulong(0x100005412), b'x'", "ctypes.get_errno() != 1"),
            ("a packet socket by high bits", 41, "ctypes.c_ulong(0x100000011), 2, 0", "result >= 0"),
            ("a Unix socket", 41, "1, 1, 0", "result >= 0"),
            ("TIOCLINUX", 16, "0, 0x541C, b'x'", "ctypes.get_errno() != 1"),
        ].map { name, number, arguments, isEscaped in Attempt(name: name, script: call(number, arguments, isEscaped)) }

    /// What would change the machine's files, if it were tried outside and not on a copy.
    private static let changing: Set = [
        "a file in /", "a program", "a program by its link", "a library", "the helper", "something in /dev",
        "mounting the root writable",
    ]
    /// What would harm the machine, if it were tried outside, or cannot be read to an end.
    private static let harmful: Set = ["the clock", "memory of the machine", "messages of the kernel"]
    /// What not every kernel has.
    private static let rare: Set = [
        "a socket of AF_VSOCK", "a socket of AF_ALG", "a socket of AF_BLUETOOTH", "a socket of AF_TIPC",
        "a socket of AF_XDP",
        "a socket of AF_KEY", "a socket of AF_CAN", "kcmp", "iopl", "ioperm", "a disk", "fuse", "virtual machines",
        "vsock",
    ]

    @Test func `there are at least 120 attempts, each of its own name`() {
        #expect(Self.attempts.count >= 120 && Set(Self.attempts.map(\.name)).count == Self.attempts.count)
    }

    /// Otherwise the attempts would show nothing.
    @Test(.enabled(if: geteuid() == 0), arguments: attempts.filter { !harmful.union(rare).contains($0.name) })
    func `outside a sandbox an attempt succeeds`(attempt: Attempt) throws {
        let sandbox = try Sandbox()
        let outcome = sandbox.runOutside(
            attempt.script, onCopy: Self.changing.contains(attempt.name),
            amongItself: attempt.name == "a signal to all")
        #expect(outcome.contains("ESCAPED"), "\(outcome)")
    }

    @Test(arguments: attempts)
    func `an attempt to get out comes to nothing`(attempt: Attempt) throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.evaluate(attempt.script + "\necho ATTEMPTED")
        #expect(outcome.status == .done && outcome.text.hasSuffix("ATTEMPTED\n"), "\(outcome)")
        #expect(!outcome.text.contains("ESCAPED"), "\(outcome)")
        #expect(sandbox.isOutsideIntact)
    }
}
