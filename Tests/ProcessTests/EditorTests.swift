import Bus
import BusClient
import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// Whoever watches what the store tells everybody of its records.
private final class Watcher {
    private let bus: BusClient
    private let loop: EventLoop
    private(set) var changed: [RecordID] = []
    private(set) var removed: [RecordID] = []
    private var isConnected = false

    init(_ node: TestNode) throws {
        loop = try EventLoop()
        bus = BusClient(loop: loop)
        bus.subscribe(SubjectPattern(.recordsChanged)) { [unowned self] message in
            guard let event = try? message.decode(RecordsChanged.self) else { return }
            changed += event.changed
            removed += event.removed
        }
        bus.onConnect = { [unowned self] in isConnected = true }
        bus.connect(path: node.home + "/run/broker.sock")
        loop.stop(.success)  // each run is one turn
        try loop.turn(for: .seconds(60)) { isConnected }
    }

    /// Listens until something was heard, and half a second more for what should not come.
    func listen() throws {
        try loop.turn(for: .seconds(60)) { !changed.isEmpty || !removed.isEmpty }
        try loop.turn(for: .milliseconds(500))
    }
}

/// Editors and other programs of Debian's packages save a note in their own ways; each time it is indexed, once.
@Suite(.serialized) struct EditorTests {
    private static let programs: [(name: String, command: String)] = [
        ("vim", "vim -u NONE -N -es -c '%s/before/after/' -c wq note.md"),
        ("vim with backup by rename", "vim -u NONE -N -es -c 'set backup bkc=no' -c '%s/before/after/' -c wq note.md"),
        ("vim with backup by copy", "vim -u NONE -N -es -c 'set backup bkc=yes' -c '%s/before/after/' -c wq note.md"),
        ("emacs", #"emacs -Q --batch note.md --eval '(replace-string "before" "after")' -f save-buffer"#),
        ("sed", "sed -i s/before/after/ note.md"),
        ("ed, which writes in place", "printf '%s\\n' ',s/before/after/' w q | ed -s note.md"),
        ("git checkout", "git checkout --quiet after"),
        ("git checkout back", "git checkout --quiet before"),
        ("rsync", "rsync --archive --checksum ../other/note.md ."),
        ("rsync in place", "rsync --archive --checksum --inplace ../other/note.md ."),
        ("cp", "cp ../other/note.md note.md"), ("mv", "cp ../other/note.md .new && mv .new note.md"),
        ("tee", "tee note.md <../other/note.md >/dev/null"),
    ]

    private static func text(_ word: String) -> String {
        "---\ntitle: A note\n---\n\nIt says \(word).\n" + String(repeating: "And so on.\n", count: 500)
    }

    /// A node with one note, which git knows in two branches, and the other text beside its records.
    private func node() throws -> TestNode {
        let node = try TestNode(records: ["note.md": Self.text("before")])
        try Files.makeDirectories(node.home + "/other")
        try Files.replace(node.home + "/other/note.md", with: Array(Self.text("after").utf8))
        try shell(
            """
            git init --quiet --initial-branch before && git config user.name x && git config user.email x@localhost
            git add note.md && git commit --quiet -m before && git checkout --quiet -b after
            cp ../other/note.md . && git commit --quiet -am after && git checkout --quiet before
            """, node)
        return node
    }

    private func shell(_ command: String, _ node: TestNode) throws {
        let result = try Command(
            "/bin/sh", ["-ec", "cd '\(node.home)/records'\n\(command)"],
            environment: ["TERM": "xterm-256color", "GIT_CONFIG_GLOBAL": "/dev/null"], scratch: node.scratch
        ).wait(seconds: 60)
        #expect(result.status == 0, "\(command): \(result.errors)")
    }

    private func found(_ word: String, _ node: TestNode) -> Bool {
        (try? node.egghead("search", word).output.hasPrefix("note ")) ?? false
    }

    @Test func `what an editor saves is indexed once`() throws {
        let node = try node()
        try node.start()
        for (name, command) in Self.programs {
            let isBack = name.hasSuffix("back"), word = isBack ? "before" : "after"
            if !isBack { try node.write(record: "note.md", Self.text("before")) }
            if name == "git checkout" { try shell("git status --short >/dev/null", node) }
            if isBack { try shell("git checkout --quiet --force after", node) }
            #expect(waits(for: 60) { found(isBack ? "after" : "before", node) }, "before \(name)")
            let watcher = try Watcher(node)
            try shell(command, node)
            try watcher.listen()
            #expect(watcher.changed == ["note"] && watcher.removed == [], "\(name)")
            #expect(waits(for: 60) { found(word, node) }, "\(name)")
            #expect(!found(isBack ? "after" : "before", node), "\(name)")
        }
    }

    @Test(.enabled(if: Files.isExecutable("/usr/bin/tmux"), "tmux is not installed"))
    func `what nano saves is indexed once`() throws {
        let node = try node()
        try node.start()
        #expect(waits(for: 60) { found("before", node) })
        let watcher = try Watcher(node), socket = node.scratch.newPath("tmux")
        let tmux = "tmux -S \(socket)"
        try shell("\(tmux) -f /dev/null new-session -d 'nano --ignorercfiles note.md'", node)
        #expect(waits(for: 60) { (try? screen(tmux, node).contains("It says")) == true })
        try shell("\(tmux) send-keys -l 'nanosword ' && \(tmux) send-keys C-o Enter", node)
        #expect(waits(for: 60) { (try? screen(tmux, node).contains("Wrote")) == true })
        try watcher.listen()
        try shell("\(tmux) send-keys C-x", node)
        #expect(watcher.changed == ["note"] && watcher.removed == [])
        #expect(waits(for: 60) { found("nanosword", node) })
        _ = try? shell("\(tmux) kill-server 2>/dev/null || true", node)
    }

    private func screen(_ tmux: String, _ node: TestNode) throws -> String {
        try Command(
            "/bin/sh", ["-c", "\(tmux) capture-pane -p"], environment: ["TERM": "xterm-256color"], scratch: node.scratch
        )
        .wait(seconds: 30).output
    }

    @Test func `a checkout of a thousand files is seen whole`() throws {
        let node = try TestNode()
        let make = """
            git init --quiet --initial-branch one && git config user.name x && git config user.email x@localhost
            for branch in one two; do
                git checkout --quiet -B $branch
                for i in $(seq 0 999); do
                    mkdir -p folder$((i % 20)) && echo "The word is $branch." >folder$((i % 20))/note$i.md
                done
                git add --all && git commit --quiet -m $branch
            done
            git checkout --quiet one
            """
        try shell(make, node)
        try node.start()
        func count(_ word: String) throws -> Int {
            let person = try Person(node)
            let folders = try (0..<20).map { folder in
                let query = "\(word) AND title:folder\(folder)"
                let reply = try person.ask(Store.Search.self, .init(query: query, limit: 100))
                // Where nothing is found so, the words are searched for one by one.
                return reply.readings == [.expression] ? reply.hits.count : 0
            }
            return folders.reduce(0, +)
        }
        #expect(try waits(for: 120) { try count("one") == 1_000 })
        try shell("git checkout --quiet two", node)
        #expect(try waits(for: 120) { try count("two") == 1_000 })
        #expect(try count("one") == 0)
    }
}
