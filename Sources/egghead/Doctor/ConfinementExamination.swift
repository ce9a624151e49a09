import Configuration
import Confinement
import LinuxSystem
import Services

/// Examines what the kernel refuses to the processes of a node.
struct ConfinementExamination {
    /// What the kernel says of a process.
    struct State: Hashable {
        /// Whether its system calls are filtered, beyond what all of the node is under.
        var isFiltered: Bool
        /// Whether no program that it starts gains rights.
        var hasNoNewPrivileges: Bool

        /// For example `system calls filtered, no new privileges`.
        var text: String {
            (isFiltered ? "system calls filtered" : "all system calls")
                + (hasNoNewPrivileges ? ", no new privileges" : "")
        }
    }

    /// The processes that run, by their names.
    private let states: [(name: String, state: State)]
    /// What came of the attempts, by the words that each was started with; nil when they told nothing.
    private let probes: [(words: String, probe: ConfinementProbe?)]

    /// The longest time that an executable takes for its attempts, in seconds.
    private static let probeSeconds = 10

    private static let programs = [
        ["egghead-agent"], ["egghead-broker"], ["egghead-coordinator"], ["egghead-llm"], ["egghead-mcp-remote"],
        ["egghead-proxy"],
        ["egghead-records", "index"], ["egghead-records", "store"],
    ]

    /// Looks at the processes of a node, and lets each executable try what should be refused to it.
    init(_ children: [ChildStatus]) {
        let inherited = children.first { $0.parent == nil }.flatMap(\.pid).map(Self.filters) ?? 0
        let states = children.compactMap { child in
            child.pid.map { (child.name, Self.state(of: $0, inheriting: inherited)) }
        }
        let probes = Self.programs.map { words in
            let text = try? Sibling.output(words + [ConfinementProbe.word], seconds: Self.probeSeconds)
            return (words.joined(separator: " "), text.map(ConfinementProbe.init))
        }
        self.init(states: states, probes: probes)
    }

    /// An examination that has found this.
    init(states: [(name: String, state: State)], probes: [(words: String, probe: ConfinementProbe?)]) {
        (self.states, self.probes) = (states, probes)
    }

    /// A container, or the unit of a service, may have put all of the node under filters already.
    private static func state(of pid: Int32, inheriting inherited: Int) -> State {
        State(
            isFiltered: filters(of: pid) > inherited,
            hasNoNewPrivileges: ProcessInformation.status("NoNewPrivs", of: pid) == "1")
    }

    /// How many filters a process is under; before Linux 5.9 whether it is under any.
    private static func filters(of pid: Int32) -> Int {
        ProcessInformation.status("Seccomp_filters", of: pid).flatMap { Int($0) }
            ?? (ProcessInformation.status("Seccomp", of: pid) == "2" ? 1 : 0)
    }

    /// What is in force, for people.
    var lines: [String] {
        var texts: [String] = []
        for (_, state) in states where !texts.contains(state.text) { texts.append(state.text) }
        let running = texts.map { text in "\(Self.words(states.filter { $0.state.text == text }.map(\.name))): \(text)"
        }
        return running
            + probes.map { words, probe in
                let results = probe?.results.map(\.result) ?? []
                let needed = results.count { $0 == .needed }
                return "\(words): \(results.count { $0 == .refused }) of \(results.count) attempts refused"
                    + (needed == 0 ? "" : ", \(needed) needed for its work")
            }
    }

    /// Names, those of many agents as their number.
    private static func words(_ names: [String]) -> String {
        let agents = names.filter { $0.hasPrefix("agent:") }
        guard agents.count > 3 else { return names.joined(separator: ", ") }
        return (names.filter { !$0.hasPrefix("agent:") } + ["\(agents.count) agents"]).joined(separator: ", ")
    }

    /// The processes that are confined in every node of this version.
    private static func isConfined(_ name: String) -> Bool {
        name.hasPrefix("agent:") || ["broker", "index", "store", "llm", "coordinator"].contains(name)
    }

    /// What should be refused and is not.
    var findings: [Finding] {
        let unfiltered = states.filter { Self.isConfined($0.name) && !$0.state.isFiltered }.map(\.name)
        var findings: [Finding] = []
        if !unfiltered.isEmpty {
            findings.append(
                Finding(
                    "\(Self.words(unfiltered)): no filter of system calls is in force",
                    fix: "restart the node after an update; otherwise the kernel lacks CONFIG_SECCOMP_FILTER"))
        }
        for (words, probe) in probes {
            guard let probe, !probe.results.isEmpty else {
                findings.append(
                    Finding(
                        "\(words) does not tell what is refused to it",
                        fix: "build or install all of Egghead's executables together"))
                continue
            }
            let possible = probe.results.filter { $0.result == .possible }.map(\.attempt)
            if possible.isEmpty { continue }
            findings.append(
                Finding(
                    "not refused to \(words): \(possible.joined(separator: ", "))",
                    fix: "boot Linux 5.19 or newer with Landlock (`landlock` in lsm= of its command line) and seccomp"))
        }
        return findings
    }
}
