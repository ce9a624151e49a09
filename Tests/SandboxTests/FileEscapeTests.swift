import Capabilities
import Foundation
import Glibc
import Sandbox
import Services
import Testing

@testable import egghead_toolbox

/// What a hostile agent tries with the tools on files, after it has planted in its directory what helps.
///
/// The same operation of the helper, without a sandbox and with a grant of everything, shows that an attempt is real.
@Suite struct FileEscapeTests {
    /// An attempt: a script that has run before in the agent's sandbox, and a call. `OUT`, `NODE` and `ROOT` stand for
    /// the directories, and `$OUT` and so on for the same in the script.
    struct Attempt: CustomTestStringConvertible {
        var plant = ":"
        let tool: String, path: String
        var testDescription: String { "\(tool) \(path), after \(plant)" }
    }

    /// Ways to a file of somebody else, to one of the node, and to the directories that they are in.
    private static let ways: [(plant: String, path: String)] = [
        ("ln -s $OUT/secret a; ln -s a b; ln -s $ROOT/b c", "c"),
        ("ln -s /proc/self/root$OUT/secret own", "own"), ("ln -s ../outside/secret up", "up"),
        ("ln -s /proc/self/cwd/../outside/secret cwd", "cwd"), ("ln -s all$OUT/secret through", "through"),
        ("ln -s $NODE/key key", "key"), ("mkdir -p a/b/c; ln -s ../../../../outside/secret a/b/c/d", "a/b/c/d"),
    ]
    private static let directories: [(plant: String, path: String)] = [
        ("ln -s $OUT away", "away"), ("ln -s ../outside away", "away"), ("ln -s all$OUT away", "away"),
        ("ln -s /proc/self/root$OUT away", "away"), ("mkdir -p a/b; ln -s ../../../outside a/b/c", "a/b/c"),
        ("ln -s .. up", "up/outside"), ("ln -s $OUT away; ln -s away/. again", "again"), (":", "allOUT"),
        ("mkdir d; ln -s $OUT d/e", "d/../d/e"),
    ]

    static let attempts: [Attempt] = onFiles + onDirectories + onOthers

    private static let onFiles: [Attempt] = ways.flatMap { way in
        ["fs_read", "fs_write", "fs_edit"].map { Attempt(plant: way.plant, tool: $0, path: way.path) }
    }

    private static let onDirectories: [Attempt] = directories.flatMap { way in
        ["fs_list", "fs_grep"].map { Attempt(plant: way.plant, tool: $0, path: way.path) }
            + ["fs_read", "fs_write", "fs_edit", "fs_delete"].map {
                Attempt(plant: way.plant, tool: $0, path: "\(way.path)/secret")
            }
    }

    private static let onOthers: [Attempt] = [
        Attempt(plant: "ln -s $NODE/records notes", tool: "fs_write", path: "notes/planted.md"),
        Attempt(plant: "ln -s $NODE node", tool: "fs_list", path: "node"),
        Attempt(plant: "ln -s $NODE node", tool: "fs_grep", path: "node"),
        Attempt(plant: "ln -s $NODE node", tool: "fs_delete", path: "node/key"),
        Attempt(plant: "ln -s $NODE node", tool: "fs_delete", path: "node/records"),
        // Its own helper: the request with what is granted, memory, and the program of all calls.
        Attempt(plant: "ln -s /proc/self/fd/3 request", tool: "fs_read", path: "request"),
        Attempt(plant: "ln -s /proc/thread-self/environ environ", tool: "fs_read", path: "environ"),
        Attempt(plant: "ln -s /proc/self/status status", tool: "fs_read", path: "status"),
        Attempt(plant: "ln -s /proc/self status", tool: "fs_list", path: "status"),
        Attempt(plant: "ln -s /proc/self status", tool: "fs_grep", path: "status/task"),
        Attempt(plant: "ln -s /etc/passwd accounts", tool: "fs_read", path: "accounts"),
        Attempt(plant: "ln -s /etc e", tool: "fs_grep", path: "e/ssl"),
        Attempt(plant: "ln -s /usr/bin programs", tool: "fs_list", path: "programs"),
    ]

    @Test(arguments: attempts) func `what an agent plants leads none of its tools on files out`(attempt: Attempt) throws
    {
        let sandbox = try Sandbox()
        let planted = try sandbox.evaluate(attempt.plant)
        try #require(planted.text.hasPrefix("[exit status 0]"), "\(planted)")
        let outcome = try sandbox.callOnFiles(attempt.tool, attempt.path)
        #expect(outcome.status == .denied || outcome.status == .failed, "\(outcome)")
        #expect(!outcome.text.contains("of others") && !outcome.text.contains("of the node"), "\(outcome)")
        #expect(sandbox.isOutsideIntact)
    }

    @Test(.enabled(if: geteuid() == 0), arguments: attempts)
    func `without a sandbox the helper does what the attempt wants`(attempt: Attempt) throws {
        let sandbox = try Sandbox()
        _ = sandbox.runOutside("cd $ROOT && \(attempt.plant)")
        let (reply, output) = try sandbox.helpOutside(attempt.tool, attempt.path)
        guard attempt.tool == "fs_grep" else {
            guard case .done = reply else { return #expect(Bool(false), "\(reply) \(output)") }
            let isRead = ["fs_read", "fs_list"].contains(attempt.tool)
            return #expect(isRead || !sandbox.isOutsideIntact, "\(reply)")
        }
        #expect(reply == .begun && !output.isEmpty, "\(reply) \(output)")
    }

    // MARK: Names

    /// A name that is printed with its control characters escaped.
    struct Name: ExpressibleByStringLiteral, CustomTestStringConvertible {
        let text: String
        var testDescription: String { text.debugDescription }

        init(_ text: String) { self.text = text }
        init(stringLiteral text: String) { self.text = text }
    }

    /// What a name of C ends at, what a line ends at, and what is longer than the kernel takes.
    @Test(
        arguments: [
            "secret.txt\u{0}.log", "secret.txt\u{0}", "\u{0}", "link\u{0}.log", "../outside/secret\u{0}.log",
            "x\n../outside/secret.log/../secret", Name(String(repeating: "a", count: 256) + ".log"),
            Name(String(repeating: "d/", count: 2_100) + "a.log"),
            Name(String(repeating: "../", count: 2_000) + "etc/passwd.log"),
            "a.log/..", ".", "..", "./", "", " ", "~/a.log", "$HOME/a.log", "file://a.log",
            "link/../a.log/../../outside/secret.log", "\u{2024}\u{2024}/outside/secret.log",
            "%2e%2e/outside/secret.log",
            "\u{FF0E}\u{FF0E}/outside/secret.log", "..\\outside\\secret.log", "\u{202E}gol.terces",
        ] as [Name])
    func `a name that is read in two ways is none of a file`(name: Name) throws {
        let sandbox = try Sandbox()
        for (file, text) in [("secret.txt", "the secret of others\n"), ("a.log", "a log\n")] {
            try text.write(toFile: "\(sandbox.root)/\(file)", atomically: true, encoding: .utf8)
        }
        let before = try FileManager.default.contentsOfDirectory(atPath: sandbox.root).sorted()
        for tool in ["fs_read", "fs_list", "fs_grep", "fs_edit", "fs_delete"] {
            let outcome = try sandbox.callOnFiles(tool, name.text, paths: ["*.log"])
            #expect(!outcome.text.contains("of others"), "\(tool): \(outcome)")
            // A path that is the directory itself is one that may be listed and searched.
            let isDirectory =
                ["fs_list", "fs_grep"].contains(tool) && [".", "./", "", " ", "a.log/.."].contains(name.text)
            #expect(outcome.status != .done || isDirectory, "\(tool): \(outcome)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.root).sorted() == before)
        #expect(sandbox.isOutsideIntact)
    }

    @Test func `an agent's directory itself stays`() throws {
        let sandbox = try Sandbox()
        for path in ["", ".", "ROOT", "ROOT/", "d/..", "ROOT/.", "../root", "/"] {
            let outcome = try sandbox.callOnFiles("fs_delete", path)
            #expect(outcome.status != .done, "\(path): \(outcome)")
        }
        #expect(access(sandbox.root, F_OK) == 0)
    }

    // MARK: What is no ordinary file

    /// As root somebody can have put there what an agent cannot make; a reader without care hangs or reads a disk.
    @Test(
        .enabled(if: geteuid() == 0, "only root makes devices"),
        arguments: ["fs_read", "fs_edit", "fs_grep", "fs_list", "fs_write", "fs_delete"])
    func `a device, a FIFO or a socket is no file of an agent, and nobody hangs`(tool: String) throws {
        let sandbox = try Sandbox()
        let made = sandbox.runOutside(
            "cd $ROOT && mkdir d && cd d && mkfifo fifo && mknod zero c 1 5 && mknod memory c 1 1 && mknod loop b 7 0 "
                + "&& ln -s fifo to-fifo && ln -s zero to-zero && ln -s /dev/zero away && ln -s loop-a loop-b "
                + "&& ln -s loop-b loop-a && timeout 1 cat fifo; test $? = 124 && head -c 4 zero | wc -c")
        try #require(made == "4\n", "\(made)")
        let names = ["fifo", "zero", "memory", "loop", "to-fifo", "to-zero", "away", "loop-a"]
        let began = ContinuousClock.now
        for name in ["fs_list", "fs_grep"].contains(tool) ? [""] : names {
            let outcome = try sandbox.callOnFiles(tool, "d/\(name)")
            switch tool {
            case "fs_list": #expect(outcome.text.ranges(of: "neither file nor directory").count == 4, "\(outcome)")
            case "fs_grep": #expect(outcome.text.hasPrefix("No line of "), "\(outcome)")
            case "fs_read", "fs_edit": #expect(outcome.status != .done, "\(name): \(outcome)")
            case _: continue
            }
        }
        #expect(ContinuousClock.now - began < .seconds(20))
        // A file of its own has taken a device's place, or nothing has.
        if tool == "fs_write" {
            #expect(sandbox.runOutside("cd $ROOT/d && test -f zero -a -f fifo && echo so") == "so\n")
        }
        #expect(sandbox.isOutsideIntact)
        let device = try sandbox.evaluate("mkdir -p d; head -c 4 d/memory d/loop; echo x >d/loop")
        #expect(tool == "fs_write" || tool == "fs_delete" || !device.text.hasPrefix("[exit status 0]"), "\(device)")
    }

    @Test func `a service's socket in the directory is no file that is read`() throws {
        let sandbox = try Sandbox()
        for (tool, name) in ["fs_read", "fs_edit"].flatMap({ [($0, "service.sock"), ($0, "datagrams.sock")] }) {
            #expect(try sandbox.callOnFiles(tool, name).status == .failed)
        }
        #expect(try sandbox.callOnFiles("fs_grep", "").text.hasPrefix("No line of "))
    }

    @Test(arguments: ["fs_edit", "fs_delete"]) func `a hard link to what is elsewhere goes, and what it is of stays`(
        tool: String
    ) throws {
        let sandbox = try Sandbox()
        #expect(Glibc.link("\(sandbox.outside)/secret", "\(sandbox.root)/hard") == 0)
        #expect(try sandbox.callOnFiles(tool, "hard").status == .done)
        #expect(sandbox.isOutsideIntact)
    }

    @Test func `a file without end and a directory without bottom take neither memory nor time`() throws {
        let sandbox = try Sandbox()
        let planted = try sandbox.evaluate(
            """
            truncate -s 900M big
            python3 -c 'import os
            for _ in range(1500): os.mkdir("deep"); os.chdir("deep")
            open("end", "w").write("the bottom")'
            """)
        try #require(planted.text.hasPrefix("[exit status 0]"), "\(planted)")
        #expect(try sandbox.callOnFiles("fs_read", "big").text.hasSuffix("is not text; it has 943718400 bytes."))
        let edited = try sandbox.callOnFiles("fs_edit", "big")
        #expect(edited.status == .failed && edited.text.hasSuffix("is no text of at most 4 MiB"), "\(edited)")
        for tool in ["fs_list", "fs_grep"] { #expect(try sandbox.callOnFiles(tool, "").status == .done) }
        let bottom = String(repeating: "deep/", count: 1_500) + "end"
        #expect(try sandbox.callOnFiles("fs_read", bottom).status == .failed)
        // Foundation would remove it by paths that are too long.
        _ = sandbox.runOutside("rm -rf $ROOT/deep")
    }

    // MARK: Between the check and the use

    /// Somebody exchanges a directory for a link to somebody else's, again and again: one within the agent's directory,
    /// or that directory itself.
    @Test(arguments: ["d", "."]) func `what is exchanged while a tool looks leads nowhere else`(place: String) throws {
        let sandbox = try Sandbox()
        try FileManager.default.createDirectory(atPath: "\(sandbox.root)/d", withIntermediateDirectories: true)
        for file in ["d/mine", "mine"] {
            try "mine\n".write(toFile: "\(sandbox.root)/\(file)", atomically: true, encoding: .utf8)
        }
        let turned = place == "." ? sandbox.root : "\(sandbox.root)/d", link = "\(sandbox.outside).link"
        symlink(sandbox.outside, link)
        defer { unlink(link) }
        let turner = Process()
        turner.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        turner.arguments = [
            "-c",
            """
            import ctypes, time
            libc = ctypes.CDLL(None)
            while True:
                for _ in range(2): libc.renameat2(-100, b"\(turned)", -100, b"\(link)", 2)
                time.sleep(0)
            """,
        ]
        try turner.run()
        for _ in 0..<25 {
            for (tool, file) in [
                ("fs_read", "secret"), ("fs_list", ""), ("fs_grep", ""), ("fs_edit", "secret"), ("fs_delete", "secret"),
                ("fs_write", "secret"),
            ] {
                let outcome = try sandbox.callOnFiles(tool, place == "." ? file : "d/\(file)")
                #expect(!outcome.text.contains("of others") && !outcome.text.contains("secret  21"), "\(outcome)")
            }
        }
        // A child of Foundation's ignores SIGTERM: it inherits a blocked mask.
        Glibc.kill(turner.processIdentifier, SIGKILL)
        turner.waitUntilExit()
        #expect(sandbox.isOutsideIntact)
    }
}

extension Sandbox {
    /// What a call of a tool on files comes to; `ROOT`, `OUT` and `NODE` in the path are the directories.
    ///
    /// - Parameter paths: Those of the grants, within the agent's directory.
    fileprivate func callOnFiles(_ tool: String, _ path: String, paths: [String]? = nil) throws -> ToolOutcome {
        let scope: [ScopeKey: [String]] = paths.map { [.root: [root], .paths: $0] } ?? [.root: [root]]
        let further: [String: JSONValue] =
            switch tool {
            case "fs_write": ["text": .string("taken")]
            case "fs_edit": ["old": .string(" of "), "new": .string("taken")]
            case "fs_grep": ["pattern": .string(".")]
            case _: [:]
            }
        return try call(
            tool, further.merging(["path": .string(named(path))]) { $1 },
            capabilities: [Permission.readFiles, .writeFiles, .deleteFiles].map { Grant($0, scope) })
    }

    /// What the helper answers to the same without a sandbox, and what the program prints that it becomes.
    fileprivate func helpOutside(_ tool: String, _ path: String) throws -> (reply: HelperReply?, output: String) {
        let grants = [Permission.readFiles, .writeFiles, .deleteFiles].map { Grant($0, [.root: ["/"]]) }
        let path = FilePath(named(path), in: FilePath(root)).map { "\($0)" } ?? path
        let search = FileSearch(pattern: ".", directory: try #require(FilePath(path)), grants: grants)
        let operation: FileOperation =
            switch tool {
            case "fs_list": .list(path: path)
            case "fs_write": .write(path: path, text: "taken")
            case "fs_edit": .edit(path: path, old: " of ", new: " taken ")
            case "fs_delete": .delete(path: path)
            case _: .read(path: path, from: 1, lines: 9)
            }
        let work: HelperWork =
            tool == "fs_grep"
            ? .search(search.command, directory: path, grants: grants)
            : .file(operation, permissions: [tool == "fs_delete" ? .deleteFiles : .readFiles], grants: grants)
        let limits = ProgramLimits(memoryBytes: nil, tasks: 256, fileBytes: 1 << 20)
        let request = HelperRequest(root: nil, writable: ["/"], limits: limits, work: work)
        try Data(request.bytes).write(to: URL(fileURLWithPath: "\(outside)/request"))
        let output = runOutside("exec 3<$OUT/request 4>$OUT/reply && cd $ROOT && exec \(Self.programs)/egghead-helper")
        let reply = Array(try Data(contentsOf: URL(fileURLWithPath: "\(outside)/reply")))
        return (HelperReply.all(in: reply).last, output)
    }

    private func named(_ path: String) -> String {
        [("ROOT", root), ("OUT", outside), ("NODE", node)].reduce(path) { $0.replacing($1.0, with: $1.1) }
    }
}
