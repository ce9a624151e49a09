import Glibc
import LinuxSystem
import Testing

/// The terminal in a real terminal: tmux runs it, types, and reads its screen.
@Suite(.serialized, .enabled(if: Files.isExecutable("/usr/bin/tmux"), "tmux is not installed")) struct TmuxTests {
    /// A tmux server of its own with one session.
    private final class Session {
        let node: TestNode
        private let socket: String

        init(_ node: TestNode) throws {
            self.node = node
            socket = node.scratch.newPath("tmux")
            let command = "\(Built.directory)/egghead --home \(node.home)"
            #expect(try tmux("-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "32", command).status == 0)
        }

        @discardableResult
        private func tmux(_ arguments: String...) throws -> Command.Result {
            let variables = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"]
            return try Command(
                "/usr/bin/tmux", ["-S", socket] + arguments, environment: variables, scratch: node.scratch
            )
            .wait(seconds: 30)
        }

        var screen: String { (try? tmux("capture-pane", "-p").output) ?? "" }

        func type(_ text: String) throws {
            try tmux("send-keys", "-l", text)
            try tmux("send-keys", "Enter")
        }

        /// Waits until the screen shows a text.
        func shows(_ text: String) throws {
            try #require(waits(for: 60) { screen.contains(text) }, "never shown: \(text)\n\(screen)")
        }

        deinit { _ = try? tmux("kill-server") }
    }

    @Test func `it streams an answer, outlives the broker, and shows everything when it attaches again`() throws {
        let node = try TestNode()
        try node.start()
        do {
            let session = try Session(node)
            try session.shows("lobby")
            try session.shows("coordinator")  // the process tree
            try session.type("tell me the tale of the lighthouse keeper fake:slow")
            try session.shows("word5")
            #expect(try node.history().count == 1, "the answer was shown only when it was whole")
            try node.kill("broker")
            try session.shows("lighthouse keeper.")
            #expect(try waits(for: 30) { try node.history().count == 2 })
            try session.type("and then fake:normal")
            try session.shows("and then.")
        }
        let again = try Session(node)
        try again.shows("lighthouse keeper.")
        try again.shows("and then.")
        #expect(try waits(for: 30) { try node.history().count == 4 })
    }
}
