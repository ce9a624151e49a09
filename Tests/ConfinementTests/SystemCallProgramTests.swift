import CLinux
import Glibc
import Testing

@testable import Confinement

/// Filters as the kernel runs them, run here.
@Suite struct SystemCallProgramTests {
    /// What the kernel would do with a call. It understands the instructions that filters are made of.
    private static func run(
        _ program: SystemCallProgram, _ number: CInt, _ arguments: [UInt64] = [], architecture: UInt32? = nil
    ) throws -> UInt32 {
        #if arch(x86_64)
        let own: UInt32 = 0xC000_003E
        #else
        let own: UInt32 = 0xC000_00B7
        #endif
        let all = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        var words = [UInt32(bitPattern: number), architecture ?? own, 0, 0]
        for argument in all { words += [UInt32(truncatingIfNeeded: argument), UInt32(argument >> 32)] }
        let instructions = try Self.instructions(program)
        var accumulator: UInt32 = 0, place = 0
        while true {
            let next = instructions[place]
            place += 1
            switch next.code {
            case 0x20: accumulator = words[Int(next.operand) / 4]
            case 0x54: accumulator &= next.operand
            case 0x05: place += Int(next.operand)
            case 0x15: place += Int(accumulator == next.operand ? next.ifTrue : next.ifFalse)
            case 0x25: place += Int(accumulator > next.operand ? next.ifTrue : next.ifFalse)
            case 0x35: place += Int(accumulator >= next.operand ? next.ifTrue : next.ifFalse)
            case 0x06: return next.operand
            case let code: throw UnknownInstruction(code: code)
            }
        }
    }

    private struct UnknownInstruction: Error {
        let code: UInt16
    }

    private typealias Instruction = (code: UInt16, ifTrue: UInt8, ifFalse: UInt8, operand: UInt32)

    /// See: linux/filter.h struct sock_filter
    private static func instructions(_ program: SystemCallProgram) throws -> [Instruction] {
        let bytes = try program.bytes()
        return stride(from: 0, to: bytes.count, by: 8).map { at in
            let operand = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + 4 + $1]) << (8 * $1) }
            return (UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8, bytes[at + 2], bytes[at + 3], operand)
        }
    }

    private static let allowed: UInt32 = 0x7FFF_0000
    private static func refused(_ errno: CInt) -> UInt32 { 0x0005_0000 | UInt32(errno) }

    static let pid: pid_t = 4_711

    @Test func `an agent aborts itself and signals nobody else`() throws {
        let program = Confinement.agent.program(for: Self.pid)
        #expect(try Self.run(program, SYS_tgkill, [4_711, 4_711, 6]) == Self.allowed)
        #expect(try Self.run(program, SYS_tgkill, [4_712, 4_712, 6]) == Self.refused(EPERM))
        // The kernel looks at the lower half of a pid alone, and so does the filter.
        #expect(try Self.run(program, SYS_tgkill, [0xF_0000_1267, 4_711, 6]) == Self.allowed)
        #expect(try Self.run(program, SYS_kill, [4_711, 6]) == Self.refused(EPERM))
    }

    @Test func `a pointer is null only when both of its halves are`() throws {
        let program = Confinement.agent.program(for: Self.pid)
        #expect(try Self.run(program, SYS_sendto, [3, 1, 1, 0, 0, 0]) == Self.allowed)
        #expect(try Self.run(program, SYS_sendto, [3, 1, 1, 0, 0x1, 16]) == Self.refused(EPERM))
        #expect(try Self.run(program, SYS_sendto, [3, 1, 1, 0, 0x7FFF_0000_0000, 16]) == Self.refused(EPERM))
        #expect(try Self.run(program, SYS_prlimit64, [0, 7, 0, 1]) == Self.allowed)
        #expect(try Self.run(program, SYS_prlimit64, [0, 7, 1 << 40, 1]) == Self.refused(EPERM))
    }

    @Test func `memory becomes no code`() throws {
        let program = Confinement.agent.program(for: Self.pid)
        for call in [SYS_mmap, SYS_mprotect] {
            #expect(try Self.run(program, call, [0, 4_096, 3]) == Self.allowed)
            for protection in [4, 5, 7] as [UInt64] {
                #expect(try Self.run(program, call, [0, 4_096, protection]) == Self.refused(EPERM))
            }
        }
    }

    @Test func `a call of another architecture, of x32 or of the future is never made`() throws {
        for confinement in [Confinement.agent, .broker, .store(records: "/r"), .coordinator(rooms: "/r")] {
            let program = confinement.program(for: Self.pid)
            #expect(try Self.run(program, SYS_read, architecture: 0x4000_0003) == Self.refused(EPERM))
            #expect(try Self.run(program, 0x4000_0000 | SYS_read) == Self.refused(EPERM))
            for number in [451, 460, 511] as [CInt] {
                let isListed = confinement.calls == .listed
                #expect(try Self.run(program, number) == Self.refused(isListed ? EPERM : ENOSYS), "\(number)")
            }
        }
    }

    @Test func `a process with libraries may have threads and no children`() throws {
        let program = Confinement.store(records: "/r").program(for: Self.pid)
        #expect(try Self.run(program, SYS_clone, [0x3D_0F00]) == Self.allowed)  // as pthread_create makes one
        #expect(try Self.run(program, SYS_clone, [0x0120_0011]) == Self.refused(EPERM))  // as fork does
        #expect(try Self.run(program, SYS_clone3, [1, 88]) == Self.refused(ENOSYS))
    }

    @Test func `the broker makes sockets of the internet alone, and connects none`() throws {
        let program = Confinement.broker.program(for: Self.pid)
        for (family, answer) in [
            (AF_INET, Self.allowed), (AF_INET6, Self.allowed), (AF_UNIX, Self.refused(EPERM)),
            (AF_NETLINK, Self.refused(EPERM)),
        ] {
            #expect(try Self.run(program, SYS_socket, [UInt64(family), 1, 0]) == answer)
        }
        #expect(try Self.run(program, SYS_connect, [3, 1, 16]) == Self.refused(EPERM))
        #expect(try Self.run(program, SYS_accept4, [3, 0, 0, 0]) == Self.allowed)
    }

    @Test func `every filter is one that the kernel takes`() throws {
        let programs = [
            Confinement.agent, .broker, .store(records: "/r"), .coordinator(rooms: "/r"), .index(state: "/s"),
            .gateway(spending: "/s", startsPrograms: false), .gateway(spending: "/s", startsPrograms: true),
        ].map { $0.program(for: Self.pid) }
        for program in programs {
            #expect(try (1..<4_096).contains(Self.instructions(program).count))
            #expect(Set(program.rules).count == program.rules.count, "a rule is there twice")
            #expect(program.rules.allSatisfy { $0.answer != program.otherwise }, "a rule says nothing else")
        }
    }

    @Test(arguments: [
        (0, Confinement.agent, false, false, false), (1, .agent, true, false, false), (4, .agent, true, true, false),
        (7, .agent, true, true, true), (1, .store(records: "/r"), false, false, false),
        (2, .store(records: "/r"), true, false, false),
        (7, .gateway(spending: "/s", startsPrograms: true), false, false, false),
    ])
    func `Landlock takes what its version knows`(
        version: Int, confinement: Confinement, files: Bool, network: Bool, scopes: Bool
    ) {
        let rights = LandlockRights(of: confinement, version: version)
        #expect((rights.files != 0, rights.network != 0, rights.scoped != 0) == (files, network, scopes))
    }
}
