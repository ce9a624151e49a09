import Glibc
import LinuxSystem
import Testing

/// Another user was there first: a directory and sockets that look like a node's.
@Suite struct CapturedSocketTests {
    /// Directories of another user, with a socket that a process of that user listens on.
    private final class Trap {
        let scratch: Scratch
        private let listener: Command
        private var heardPath: String { scratch.path + "/runtime/egghead/heard" }

        init() throws {
            scratch = try Scratch()
            let above = scratch.path + "/runtime", directory = above + "/egghead", socket = directory + "/control.sock"
            mkdir(above, 0o777)
            chmod(above, 0o1777)
            chmod(scratch.path, 0o711)
            mkdir(directory, 0o755)
            chown(directory, 1_234, 1_234)
            listener = try Command(
                "/usr/bin/setpriv",
                [
                    "--reuid=1234", "--clear-groups", "socat", "-u", "UNIX-LISTEN:\(socket),fork",
                    "OPEN:\(directory)/heard,creat,append",
                ], scratch: scratch)
            try #require(waits(for: 60) { (try? UnixSocket.connect(socket, .stream)) != nil }, "\(listener.errors)")
        }

        deinit { kill(listener.pid, SIGKILL) }

        func run(_ arguments: [String]) throws -> Command.Result {
            try Command(
                Built.directory + "/egghead", arguments,
                environment: ["XDG_RUNTIME_DIR": scratch.path + "/runtime", "HOME": scratch.path], scratch: scratch
            ).wait(seconds: 60)
        }

        /// Every byte that was said to the listener.
        func heard() -> [UInt8] { (try? Files.read(heardPath, limit: 1 << 20)) ?? [] }
    }

    @Test(
        .enabled(if: geteuid() == 0, "only root can be another user"),
        arguments: [["ps"], ["chat", "hello"], ["search", "hello"]])
    func `a socket that another user has put where everybody may write is not spoken to`(command: [String]) throws {
        let trap = try Trap()
        let result = try trap.run(command)
        #expect(result.status == 69, "\(result)")
        #expect(result.errors.contains("belongs to user 1234, who is neither root nor user 0"), "\(result.errors)")
        #expect(result.errors.contains("nothing was sent"))
        #expect(trap.heard().isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can be another user"))
    func `a socket that a dead process has left counts as none`() throws {
        let scratch = try Scratch()
        let directory = scratch.path + "/runtime/egghead"
        try Files.makeDirectories(directory)
        do { _ = try UnixSocket.bind(directory + "/control.sock", .stream, mode: 0o600) }
        let result = try Command(
            Built.directory + "/egghead", ["ps"],
            environment: ["XDG_RUNTIME_DIR": scratch.path + "/runtime", "HOME": scratch.path], scratch: scratch
        ).wait(seconds: 60)
        #expect(result.status == 69, "\(result)")
        #expect(result.errors.contains("Connection refused"), "\(result.errors)")
    }
}
