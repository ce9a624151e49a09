import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// Where things are: the built executables and the repository.
enum Built {
    /// The directory of the executables: of this build, unless scripts/test names that of the build that is installed.
    static let directory =
        CurrentProcess.environment("EGGHEAD_TEST_PROGRAMS")
        ?? Files.split((try? CurrentProcess.executablePath()) ?? "").directory
    /// The repository.
    static let repository = String(#filePath.dropLast("/Tests/ProcessTests/Support/TestNode.swift".count))
    /// A Python with the packages that tests need; scripts/test makes it.
    static let python = CurrentProcess.environment("EGGHEAD_TEST_PYTHON") ?? repository + "/.build/test-venv/bin/python"
}

/// A node of its own in a directory of its own, with the real executables and a fake provider.
final class TestNode {
    let scratch: Scratch
    let home: String
    private(set) var daemon: Command?
    private(set) var provider: FakeProvider?

    /// Writes a home; starts nothing.
    ///
    /// - Parameters:
    ///   - model: The scenario of the fake provider that the default model plays; nil for a node without any provider.
    ///   - configuration: Further lines of `config.yml`, or all of them when `model` is nil.
    ///   - records: Files below `records/`.
    ///   - hasSpare: Whether the provider is configured twice, as `fake` and as `spare`.
    init(
        model: String? = "normal", tools: Bool = true, window: Int = 100_000, idleTimeout: String = "30s",
        configuration: String = "", records: [String: String] = [:], hasSpare: Bool = false
    ) throws {
        scratch = try Scratch()
        home = scratch.path + "/home"
        try Files.makeDirectories(home + "/records")
        var text = configuration
        if let model {
            let provider = try FakeProvider(scratch: scratch)
            self.provider = provider
            text += """

                providers:
                  fake:
                    url: \(provider.url)
                    key: test-key
                    model: \(model)
                    tools: \(tools)
                    context_window: \(window)
                    idle_timeout: \(idleTimeout)
                """
            if hasSpare { text += "\n  spare: {url: '\(provider.url)', key: test-key, model: \(model)}\n" }
        }
        try Files.replace(home + "/config.yml", with: Array(text.utf8), mode: 0o600)  // a key may be in it
        for (path, content) in records { try write(record: path, content) }
    }

    /// Writes a file below `records/`, as an editor would.
    func write(record path: String, _ content: String) throws {
        let full = "\(home)/records/\(path)"
        try Files.makeDirectories(Files.split(full).directory)
        try Files.replace(full, with: Array(content.utf8))
    }

    /// Starts eggheadd and waits until the whole tree is ready.
    ///
    /// - Parameters:
    ///   - programs: Where eggheadd and the programs of its children are.
    ///   - wrapper: A command that ends by becoming the one that is put behind it.
    func start(
        programs: String = Built.directory, environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        try launch(programs: programs, environment: environment, wrapper: wrapper)
        try waitUntilReady()
    }

    /// Starts eggheadd and does not wait.
    func launch(
        programs: String = Built.directory, environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        let command = wrapper + [programs + "/eggheadd", "--home", home]
        daemon = try Command(command[0], Array(command.dropFirst()), environment: environment, scratch: scratch)
    }

    /// Waits until every worker is ready.
    func waitUntilReady() throws {
        try #require(waits(for: 60) { isReady }, "the tree is not ready: \(children) \(daemon?.errors ?? "")")
    }

    /// Whether every node of the tree is ready, an agent among them.
    var isReady: Bool {
        let children = children
        return children.contains { $0.name.hasPrefix("agent:") } && children.allSatisfy { $0.state == .ready }
    }

    /// The tree, as `egghead ps --json` prints it; empty while there is none.
    var children: [ChildStatus] {
        guard let result = try? egghead("ps", "--json"), result.status == 0 else { return [] }
        return (try? JSON.decode([ChildStatus].self, from: Array(result.output.utf8))) ?? []
    }

    /// The pid of a child.
    func pid(of name: String) -> pid_t? { children.first { $0.name == name }?.pid }

    /// Runs the command `egghead` on this node to its end.
    @discardableResult
    func egghead(_ arguments: String..., seconds: Int = 120) throws -> Command.Result {
        try begin(arguments).wait(seconds: seconds)
    }

    /// Starts the command `egghead` on this node.
    func begin(_ arguments: [String]) throws -> Command {
        try Command(Built.directory + "/egghead", arguments + ["--home", home], scratch: scratch)
    }

    /// The memory that a process has for itself, in KiB.
    ///
    /// See: proc_pid_smaps(5)
    func privateKiB(of pid: pid_t) throws -> Int {
        let text = String(decoding: try Files.read("/proc/\(pid)/smaps_rollup", limit: 65_536), as: UTF8.self)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Private_") }
        return lines.compactMap { Int($0.filter(\.isNumber)) }.reduce(0, +)
    }

    /// A room's history.
    func history(_ room: String = "lobby") throws -> [RoomEvent] {
        let result = try egghead("watch", room, "--history", "--json")
        try #require(result.status == 0, "\(result.errors)")
        return try result.output.split(separator: "\n").map { try JSON.decode(RoomEvent.self, from: Array($0.utf8)) }
    }

    /// Kills a child the hard way and waits for its successor to be ready.
    func kill(_ name: String) throws {
        let pid = try #require(self.pid(of: name))
        _ = Glibc.kill(pid, SIGKILL)
        try #require(waits(for: 60) { self.pid(of: name) != pid && isReady }, "\(name) did not come back: \(children)")
    }

    /// Stops eggheadd in order.
    ///
    /// - Returns: Its exit status.
    @discardableResult
    func stop() -> Int32 {
        guard let daemon else { return 0 }
        Glibc.kill(daemon.pid, SIGTERM)
        return daemon.wait(seconds: 60).status
    }

    /// Every process on this machine that has this node's home in its environment or arguments.
    var processesLeft: [String] {
        let pids = ((try? Files.list("/proc")) ?? []).compactMap { pid_t($0) }.filter { $0 != getpid() }
        return pids.compactMap { pid in
            guard let arguments = try? Files.read("/proc/\(pid)/cmdline", limit: 1 << 20),
                let environment = try? Files.read("/proc/\(pid)/environ", limit: 1 << 20)
            else { return nil }
            let text = String(decoding: arguments + [0] + environment, as: UTF8.self)
            return text.contains(home) ? "\(pid) \(String(decoding: arguments, as: UTF8.self))" : nil
        }
    }

    deinit { stop() }
}
