import Glibc
import LinuxSystem
import Testing

/// The terminal in a real terminal: tmux runs it, types, and reads its screen.
@Suite(.serialized, .enabled(if: Files.isExecutable("/usr/bin/tmux"), "tmux is not installed")) struct TmuxTests {
    /// A tmux server of its own with one session.
    private final class Session {
        let node: TestNode
        private let socket: String

        /// A session in which the terminal runs, or a command of `egghead` whose last screen stays.
        init(_ node: TestNode, _ arguments: String? = nil) throws {
            self.node = node
            socket = node.scratch.newPath("tmux")
            let egghead = "\(Built.directory)/egghead --home \(node.home)"
            let command = arguments.map { "\(egghead) \($0); echo status=$?; sleep 60" } ?? egghead
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

        func interrupt() throws { try tmux("send-keys", "C-c") }

        /// Waits until the screen shows a text.
        func shows(_ text: String) throws {
            try #require(waits(for: 60) { screen.contains(text) }, "never shown: \(text)\n\(screen)")
        }

        deinit { _ = try? tmux("kill-server") }
    }

    @Test func `the first Ctrl-C leaves the answer, the second one cancels it`() throws {
        let node = try TestNode()
        try node.start()
        let leaving = try Session(node, "chat --wait -r hall 'tell me fake:slow=90'")
        #expect(waits(for: 30) { (try? node.egghead("rooms").output.contains("thinking")) == true })
        try leaving.interrupt()
        try leaving.shows("the answer goes on; Ctrl-C again within 2 s cancels it, or later: egghead cancel hall")
        try leaving.shows("status=1")
        #expect(try node.history("hall").count == 1)
        #expect(try waits(for: 60) { try node.history("hall").count == 2 }, "the answer did not go on")

        let cancelling = try Session(node, "chat --wait 'tell me fake:slow=9000'")
        #expect(waits(for: 30) { (try? node.egghead("rooms").output.contains("thinking")) == true })
        // Two at once may arrive as one; a third one before the answer has ended ends the command alone.
        #expect(
            waits(for: 30) {
                try? cancelling.interrupt()
                return (try? node.history().last?.text) == "cancels @index's turn"
            })
        try cancelling.shows("status=1")
        #expect(try node.egghead("chat", "--wait", "and now? fake:normal").status == 0)
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
