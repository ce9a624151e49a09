import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// eggheadd as a supervisor of any programs: a tree file, a home and the lifecycle events, all in a directory of its
/// own.
final class TreeRun {
    let scratch: Scratch
    let home: String
    private let treeFile: String, eventsFile: String
    private(set) var daemon: Command?

    init() throws {
        scratch = try Scratch()
        home = scratch.path + "/home"
        treeFile = scratch.newPath("yml")
        eventsFile = scratch.newPath("jsonl")
    }

    /// Writes the tree file.
    func write(tree: String) throws { try Files.replace(treeFile, with: Array(tree.utf8)) }

    /// Starts eggheadd; waits for nothing.
    ///
    /// - Parameter wrapper: A command that ends by becoming the one that is put behind it.
    func start(
        _ options: [String] = [], environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        let daemon = [Built.directory + "/eggheadd", "--home", home, "--tree", treeFile, "--events", eventsFile]
        let command = wrapper + daemon + options
        self.daemon = try Command(
            command[0], Array(command.dropFirst()), environment: environment, scratch: scratch)
    }

    /// Starts eggheadd and waits until the root is ready.
    func startAndWait(
        _ options: [String] = [], environment: [String: String] = [:], wrapper: [String] = []
    ) throws {
        try start(options, environment: environment, wrapper: wrapper)
        try #require(waits(for: 60) { isReady }, "\(errors)")
    }

    /// Whether the root has got ready. It is the first to start.
    var isReady: Bool {
        let events = events
        return events.contains { $0.event == .ready && $0.name == events.first?.name }
    }

    /// What eggheadd has said.
    var errors: String { daemon?.errors ?? "" }

    /// The lifecycle events so far.
    var events: [ChildEvent] {
        let lines = (try? Files.read(eventsFile, limit: 1 << 28)) ?? []
        return lines.split(separator: UInt8(ascii: "\n")).compactMap {
            try? JSON.decode(ChildEvent.self, from: Array($0))
        }
    }

    /// What happened as the oracle writes it: `+` is a supervisor started and a worker ready, `-` is gone.
    var sequence: [String] { Self.sequence(events) }

    static func sequence(_ events: [ChildEvent]) -> [String] {
        events.compactMap { event in
            switch (event.event, event.kind) {
            case (.ready, .worker), (.started, .supervisor): "+\(event.name)"
            case (.exited, _): "-\(event.name)"
            case (.startFailed, _), (.gaveUp, _), (.started, .worker), (.ready, .supervisor): nil
            }
        }
    }

    /// Runs the command `egghead` on this tree to its end.
    @discardableResult
    func egghead(_ arguments: [String], seconds: Int = 60) throws -> Command.Result {
        try Command(Built.directory + "/egghead", arguments + ["--home", home], scratch: scratch).wait(seconds: seconds)
    }

    /// The tree; empty when eggheadd does not run.
    var children: [ChildStatus] {
        guard daemon?.hasEnded == false, let result = try? egghead(["ps", "--json"]), result.status == 0 else {
            return []
        }
        return (try? JSON.decode([ChildStatus].self, from: Array(result.output.utf8))) ?? []
    }

    /// A child, if there is one of this name.
    func child(_ name: String) -> ChildStatus? { children.first { $0.name == name } }

    /// The pid of a child that runs.
    func pid(of name: String) -> pid_t? { child(name)?.pid }

    /// Whether nothing is on its way: every child is where it is to stay, or eggheadd has ended.
    var isSettled: Bool {
        children.allSatisfy { child in
            switch child.state {
            case .ready, .quarantined, .misconfigured, .stopped: true
            case .starting, .stopping, .backoff: false
            }
        }
    }

    /// Stops eggheadd in order.
    @discardableResult
    func stop(seconds: Int = 60) -> Command.Result? {
        guard let daemon else { return nil }
        kill(daemon.pid, SIGTERM)
        return daemon.wait(seconds: seconds)
    }

    deinit { stop() }
}

/// What the kernel says of a process.
struct ProcessState {
    /// The letter of its state; nil when there is no such process.
    let letter: Character?

    /// See: proc(5) /proc/pid/stat
    init(of pid: pid_t) {
        let bytes = (try? Files.read("/proc/\(pid)/stat", limit: 65_536)) ?? []
        let rest = bytes.lastIndex(of: UInt8(ascii: ")")).map { bytes[($0 + 2)...] }
        letter = rest?.first.map { Character(UnicodeScalar($0)) }
    }

    /// Whether it has ended and nobody has waited for it.
    var isZombie: Bool { letter == "Z" }
    /// Whether there is nothing of it any more.
    var isGone: Bool { letter == nil }
}
