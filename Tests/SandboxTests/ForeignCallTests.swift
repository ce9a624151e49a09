import Glibc
import Services
import Testing

/// What this machine computes with.
private enum Processor {
    #if arch(x86_64)
    static let isX86 = true
    #else
    static let isX86 = false
    #endif
}

/// System calls by which a program gets round a filter that looks at numbers alone: those of 32-bit programs, whose
/// numbers are others, and those of x32, whose numbers have one more bit.
///
/// A script prints `ESCAPED` when the kernel has answered and not the filter, and `REFUSED` when the filter has.
///
/// See: seccomp(2), syscall(2)
@Suite(.enabled(if: Processor.isX86, "only x86-64 has calls of other kinds")) struct ForeignCallTests {
    /// A call; an address stands for its argument in memory below 4 GiB, which a 32-bit call can name.
    struct Call: CustomTestStringConvertible {
        let name: String, number: Int, arguments: String
        var testDescription: String { name }
    }

    /// By their numbers on i386; each does what its 64-bit twin is refused, or what shows that there are such calls.
    static let calls = [
        Call(name: "getpid", number: 20, arguments: ""),
        Call(name: "unshare of a user namespace", number: 310, arguments: "0x10000000"),
        Call(name: "unshare of mounts", number: 310, arguments: "0x20000"),
        Call(name: "mount", number: 21, arguments: "text('none'), text('/tmp'), text('tmpfs'), 0, 0"),
        Call(name: "umount2", number: 52, arguments: "text('/proc'), 2"),
        Call(name: "chroot", number: 61, arguments: "text('/usr')"),
        Call(name: "a Unix socket", number: 359, arguments: "1, 1, 0"),
        Call(name: "a Unix socket by socketcall", number: 102, arguments: "1, words(1, 1, 0)"),
        Call(name: "a packet socket", number: 359, arguments: "17, 2, 0"),
        Call(name: "a pair of datagram sockets", number: 360, arguments: "1, 2, 0, words(0, 0)"),
        Call(name: "ptrace", number: 26, arguments: "0, 0, 0, 0"),
        Call(name: "keyctl", number: 288, arguments: "0, -3 & 0xFFFFFFFF, 1"),
        Call(name: "io_uring_setup", number: 425, arguments: "8, words(*[0] * 30)"),
        Call(name: "userfaultfd", number: 374, arguments: "1"),
        Call(name: "settimeofday", number: 79, arguments: "0, 0"),
        Call(name: "syslog", number: 103, arguments: "10, 0, 0"),
        Call(name: "a set-uid mode", number: 15, arguments: "text(made), 0o4755"),
        Call(name: "a FIFO", number: 14, arguments: "text(made + '.fifo'), 0o10600, 0"),
        Call(name: "a file of somebody else", number: 5, arguments: "text(os.environ['OUT'] + '/secret'), 0"),
    ]

    /// Makes the call with an interrupt, as 32-bit programs do; a 64-bit program may do so as well.
    private static func interrupt(_ call: Call) -> String {
        """
        python3 - <<'EOF'
        import ctypes, mmap, os, struct
        memory = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, 7)  # MAP_32BIT
        place, used = ctypes.addressof(ctypes.c_char.from_buffer(memory)), 4096
        def kept(data):
            global used
            memory[used:used + len(data)] = data
            used += len(data)
            return place + used - len(data)
        def text(value): return kept(value.encode() + b"\\0")
        def words(*values): return kept(b"".join(struct.pack("<I", value) for value in values))
        made = os.environ["TMPDIR"] + "/made"
        open(made, "w").close()
        numbers = [\(call.number), \(call.arguments)]
        # push rbx; mov eax, ebx, ecx, edx, esi, edi; int 0x80; pop rbx; ret
        moves = zip(b"\\xb8\\xbb\\xb9\\xba\\xbe\\xbf", numbers)
        loads = b"".join(bytes([to]) + struct.pack("<I", value) for to, value in moves)
        code = b"\\x53" + loads + b"\\xcd\\x80\\x5b\\xc3"
        memory[:len(code)] = code
        result = ctypes.CFUNCTYPE(ctypes.c_int)(place)()
        print("REFUSED" if result == -1 else f"ESCAPED {result}")
        EOF
        """
    }

    /// Makes the 64-bit call of a number with the bit of x32. A kernel that has no such calls says so itself.
    private static func x32(_ number: Int, _ arguments: String) -> String {
        """
        python3 - <<'EOF'
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        result = libc.syscall(\(0x4000_0000 | number), \(arguments))
        print("REFUSED" if result == -1 and ctypes.get_errno() == 1 else f"ESCAPED {result} {ctypes.get_errno()}")
        EOF
        """
    }

    /// By their numbers on x86-64.
    static let x32Calls = [
        Call(name: "getpid", number: 39, arguments: "0"), Call(name: "unshare", number: 272, arguments: "0x10000000"),
        Call(name: "mount", number: 165, arguments: "b'none', b'/tmp', b'tmpfs', 0, None"),
        Call(name: "a Unix socket", number: 41, arguments: "1, 1, 0"),
        Call(name: "ptrace of x32", number: 521, arguments: "0, 0, 0, 0"),
    ]

    /// Whether this kernel has calls of 32-bit programs; a process that makes one is killed otherwise.
    private static let has32Bit = (try? Sandbox().runOutside(interrupt(calls[0])).contains("ESCAPED")) ?? false

    @Test(.enabled(if: geteuid() == 0 && has32Bit), arguments: calls)
    func `outside a sandbox a 32-bit call does what it is to do`(call: Call) throws {
        let outcome = try Sandbox().runOutside(Self.interrupt(call))
        let result = try #require(outcome.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }, "\(outcome)")
        #expect(result >= 0)
    }

    @Test(arguments: calls) func `a 32-bit call is not made in a sandbox, whichever it is`(call: Call) throws {
        let sandbox = try Sandbox()
        for outcome in [try sandbox.evaluate(Self.interrupt(call)), try sandbox.execute(Self.interrupt(call))] {
            #expect(outcome.status == .done && !outcome.text.contains("ESCAPED"), "\(outcome)")
            #expect(!Self.has32Bit || outcome.text == "[exit status 0]\nREFUSED\n", "\(outcome)")
        }
        #expect(sandbox.isOutsideIntact)
    }

    /// The filter comes first, so its answer is seen also where the kernel has no such calls.
    @Test(arguments: x32Calls) func `a call of x32 is answered by the filter, and outside by the kernel`(
        call: Call
    ) throws {
        let sandbox = try Sandbox(), script = Self.x32(call.number, call.arguments)
        #expect(try sandbox.evaluate(script).text == "[exit status 0]\nREFUSED\n")
        if geteuid() == 0 { #expect(sandbox.runOutside(script).contains("ESCAPED")) }
    }
}
