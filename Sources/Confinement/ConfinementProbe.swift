import CLinux
import Glibc

/// What a process of the node could still do, found out by trying it: `egghead doctor` starts each executable with the
/// word `--confined`, which then puts itself under what the real one is under.
///
/// Each attempt does no harm where it succeeds.
public struct ConfinementProbe: Hashable, Sendable {
    /// What came of an attempt.
    public enum Result: String, Sendable {
        /// The kernel has refused it.
        case refused
        /// It is possible, as the process's work needs it.
        case needed
        /// It is possible, and should not be.
        case possible
    }

    /// The argument by which an executable is asked.
    public static let word = "--confined"
    /// Stands for the directory that a process keeps: the probe has none.
    public static let nowhere = ""

    /// What came of each attempt, by what was attempted.
    public var results: [(attempt: String, result: Result)] { pairs.map { ($0.attempt, $0.result) } }
    private var pairs: [Pair] = []

    private struct Pair: Hashable {
        var attempt: String, result: Result
    }

    /// Reads what a program has printed.
    public init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let result = Result(rawValue: String(words[0])) else { continue }
            pairs.append(Pair(attempt: String(words[1]), result: result))
        }
    }

    /// Puts this process under a confinement, prints what came of each attempt, and ends, if that is what it was
    /// started for. Otherwise it returns at once.
    public static func answerIfAsked(_ confinement: Confinement) {
        guard CommandLine.arguments.last == word else { return }
        _ = confinement.enforce()  // what is not in force is seen below
        var text = ""
        for attempt in attempts {
            let result: Result =
                attempt.isRefused() ? .refused : attempt.isNeeded(confinement) ? .needed : .possible
            text += "\(result.rawValue) \(attempt.name)\n"
        }
        print(text, terminator: "")
        fflush(nil)
        exit(0)
    }

    // MARK: Attempts

    private struct Attempt {
        let name: String
        let call: CInt
        let arguments: [Int]
        /// A path, as the argument that is left out.
        var path: (argument: Int, String)?
        let isNeeded: @Sendable (Confinement) -> Bool

        /// What a call that is refused fails with; each attempt would fail with something else, or succeed.
        private static let refusals: Set<CInt> = [EPERM, EACCES, ENOSYS, EAFNOSUPPORT]

        func isRefused() -> Bool {
            var all = arguments + [Int](repeating: 0, count: 6 - arguments.count)
            let result = (path?.1 ?? "").withCString { text in
                if let path { all[path.argument] = Int(bitPattern: text) }
                return clinux_system_call(Int(call), all)
            }
            return result < 0 && Self.refusals.contains(errno)
        }
    }

    private static let isOfPrograms: @Sendable (Confinement) -> Bool = { $0.calls == .ofPrograms }
    private static let never: @Sendable (Confinement) -> Bool = { _ in false }

    private static let attempts = [
        Attempt(
            name: "reading a file of the machine", call: SYS_openat, arguments: [Int(AT_FDCWD), 0, Int(O_RDONLY)],
            path: (1, "/etc/passwd"),
            isNeeded: \.files.readsEverything),
        Attempt(
            name: "writing a file in /tmp", call: SYS_openat,
            arguments: [Int(AT_FDCWD), 0, Int(CLINUX_O_TMPFILE) | Int(O_WRONLY), 0o600], path: (1, "/tmp"),
            isNeeded: { $0.files == .all }),
        Attempt(
            name: "making a Unix socket", call: SYS_socket, arguments: [Int(AF_UNIX), 2, 0],
            isNeeded: { $0.network == .connecting }),
        Attempt(
            name: "making a TCP socket", call: SYS_socket, arguments: [Int(AF_INET), 1, 0],
            isNeeded: { $0.network != .none }),
        Attempt(
            name: "making a packet socket", call: SYS_socket, arguments: [Int(AF_PACKET), 2, 0],
            isNeeded: isOfPrograms),
        Attempt(
            name: "connecting", call: SYS_connect, arguments: [-1, 0, 0],
            isNeeded: { $0.network == .connecting || $0.network == .relaying }),
        Attempt(
            name: "listening", call: SYS_listen, arguments: [-1, 0],
            isNeeded: { $0.network == .accepting || $0.calls == .ofPrograms }),
        // There is no such program, and no thread with such flags.
        Attempt(
            name: "executing a program", call: SYS_execve, arguments: [0, 0, 0], path: (0, "/proc/self/none"),
            isNeeded: isOfPrograms),
        Attempt(
            name: "starting a process", call: SYS_clone, arguments: [0x0002_0200, 0, 0, 0, 0], isNeeded: isOfPrograms),
        Attempt(name: "tracing", call: SYS_ptrace, arguments: [2, Int(getppid()), 0, 0], isNeeded: never),
        Attempt(name: "signalling", call: SYS_kill, arguments: [Int(getppid()), 0], isNeeded: isOfPrograms),
        Attempt(name: "making a namespace", call: SYS_unshare, arguments: [0], isNeeded: isOfPrograms),
        Attempt(name: "io_uring", call: SYS_io_uring_setup, arguments: [0, 0], isNeeded: never),
        Attempt(name: "keys of the kernel", call: SYS_keyctl, arguments: [0, -3, 0], isNeeded: isOfPrograms),
        Attempt(name: "programs in the kernel", call: SYS_bpf, arguments: [-1, 0, 0], isNeeded: never),
    ]
}

extension Confinement.Files {
    fileprivate var readsEverything: Bool {
        switch self {
        case .below(let reading, _): reading.contains("/")
        case .changing: true
        case .all: true
        }
    }
}
