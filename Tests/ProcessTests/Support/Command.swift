import Glibc
import LinuxSystem
import Time

/// A program run to its end, or for as long as the test wants, with its output in files.
///
/// Started by posix_spawn and not by our own shim: that ties a child to the thread that made it, and a test's thread
/// ends.
final class Command {
    /// What a finished program left. Its errors are without the line of a command that waits for a service: whether
    /// there is one depends on how fast the machine is.
    struct Result: Equatable {
        var status: Int32
        var output: String
        var errors: String
    }

    let pid: pid_t
    private let outputPath: String, errorsPath: String
    private var status: Int32?

    /// Starts a program.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:], scratch: Scratch) throws {
        outputPath = scratch.newPath("out")
        errorsPath = scratch.newPath("err")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errorsPath, O_WRONLY | O_CREAT, 0o644)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let variables = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": scratch.path, "LANG": "C.UTF-8"]
            .merging(environment) { $1 }.map { "\($0)=\($1)" }
        let argv = ([program] + arguments).map { strdup($0) } + [nil], envp = variables.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let error = posix_spawn(&pid, program, &actions, &attributes, argv, envp)
        if error != 0 { throw SystemCallError("posix_spawn", subject: program, errno: error) }
        self.pid = pid
    }

    /// What the program has written to standard error so far.
    var errors: String {
        (try? Files.read(errorsPath, limit: 1 << 26)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    /// What the program has written to standard output so far.
    var output: String {
        (try? Files.read(outputPath, limit: 1 << 26)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Whether the program has ended.
    var hasEnded: Bool {
        if status != nil { return true }
        var raw: Int32 = 0
        guard waitpid(pid, &raw, WNOHANG) == pid else { return false }
        status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
        return true
    }

    /// Waits for the end; a program that is still there at the deadline is killed and counts as status -1.
    func wait(seconds: Int = 120) -> Result {
        if !(waits(for: seconds) { hasEnded }) {
            kill(pid, SIGKILL)
            _ = waits(for: 10) { hasEnded }
            status = -1
        }
        let told = errors.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !($0.hasPrefix("egghead: waiting for ") && $0.contains(", which ")) }
        return Result(status: status ?? -1, output: output, errors: told.joined(separator: "\n"))
    }

    deinit {
        guard status == nil else { return }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}

/// A directory that goes with the test.
final class Scratch {
    let path: String
    private var made = 0

    init() throws {
        path = try PrivateDirectory.makeTemporary(in: "/tmp", named: "egghead-test")
    }

    /// A path in the directory that nothing has yet.
    func newPath(_ suffix: String) -> String {
        made += 1
        return "\(path)/\(made).\(suffix)"
    }

    /// Removes the directory before its time.
    func remove() { removeTree(path) }

    deinit { remove() }

    private func removeTree(_ path: String) {
        for name in (try? Files.list(path)) ?? [] {
            let below = "\(path)/\(name)"
            if (try? Files.linkStatus(below))?.kind == .directory {
                removeTree(below)
            } else {
                try? Files.remove(below)
            }
        }
        rmdir(path)
    }
}

/// Looks again and again until something holds. It rests as long as each look has taken: many a look is a whole
/// command, and what is waited for needs the processor too.
///
/// - Returns: Whether it came to hold before the deadline, a minute at least, which is there only so that a broken test
///   ends.
func waits(for seconds: Int, until condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Clock.monotonic() + .seconds(max(60, seconds))
    while true {
        let before = Clock.monotonic()
        if try condition() { return true }
        let after = Clock.monotonic()
        if after > deadline { return false }
        usleep(max(5_000, UInt32((after - before) / .microseconds(1))))
    }
}
