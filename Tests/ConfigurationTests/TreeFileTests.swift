import Supervision
import Testing

@testable import Configuration

@Suite struct TreeFileTests {
    @Test func `the built-in tree is the one of the design`() throws {
        let root = try TreeFile.read(BuiltInTree.yaml, path: "tree.yml", run: "/run/egghead")
        #expect(
            outline(root) == [
                "eggheadd oneForOne", " broker", " records restForOne", "  index", "  store", " models dynamic",
                " tools oneForOne", "  toolbox", "  mcp dynamic", " layer restForOne", "  llm", "  coordinator",
                "  agents dynamic",
            ])
        let marked = try TreeFile.read("\u{feff}" + BuiltInTree.yaml, path: "tree.yml", run: "/run/egghead")
        #expect(outline(marked) == outline(root), "a byte order mark is read over")
        let broker = try #require(root.supervisor?.children.first?.worker)
        #expect(broker.listen == [.init(path: "/run/egghead/broker.sock", mode: 0o660)])
        #expect(broker.hasChannel)
        #expect(workers(root).allSatisfy { $0.watchdog != nil })
    }

    /// Every worker, those of templates included.
    private func workers(_ child: ChildSpec) -> [WorkerSpec] {
        guard let supervisor = child.supervisor else { return child.worker.map { [$0] } ?? [] }
        return (supervisor.children + (supervisor.template.map { [$0] } ?? [])).flatMap(workers)
    }

    private func outline(_ child: ChildSpec, depth: Int = 0) -> [String] {
        let indent = String(repeating: " ", count: depth)
        guard let supervisor = child.supervisor else { return ["\(indent)\(child.id)"] }
        return ["\(indent)\(child.id) \(supervisor.strategy)"]
            + supervisor.children.flatMap { outline($0, depth: depth + 1) }
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("5s", .seconds(5)), ("10m", .seconds(600)),
        ("8784h", .seconds(31_622_400)),
        ("8785h", nil), ("9223372036854775807h", nil), ("9999999999999999999s", nil), ("5", nil), ("s", nil),
        ("-1s", nil),
        ("1d", nil),
    ])
    func `a duration has a unit and is a year at most`(text: String, duration: Duration?) {
        #expect(Duration(span: text) == duration)
    }

    @Test func `what is not written has OTP's defaults`() throws {
        let root = try TreeFile.read("{id: r, children: [{id: a, command: [true]}]}", path: "t.yml", run: "/run")
        let child = ChildSpec(id: "a", .worker(WorkerSpec(command: ["true"])))
        #expect(root == ChildSpec(id: "r", .supervisor(SupervisorSpec(children: [child]))))
        #expect(child.shutdown == .timeout(.seconds(5)))
        #expect(root.supervisor?.intensity == RestartIntensity(limit: 1, period: .seconds(5)))
    }

    @Test func `every key of a worker is read`() throws {
        let root = try TreeFile.read(
            """
            id: r
            strategy: one_for_all
            auto_shutdown: any_significant
            children:
              - id: a
                command: [server, -v]
                environment: {LANG: C, N: 010}
                directory: /srv
                user: nobody
                ready: notify
                watchdog: 10s
                limits: {memory: 512M, tasks: 20, cpu: 50%}
                restart: transient
                shutdown: brutal_kill
                significant: true
                start_timeout: 3s
                drain: 1m
            """, path: "t.yml", run: "/run")
        let worker = WorkerSpec(
            command: ["server", "-v"], environment: [.init("LANG", "C"), .init("N", "010")], directory: "/srv",
            user: "nobody", ready: .notify, watchdog: .seconds(10), startTimeout: .seconds(3), drain: .seconds(60),
            limits: .init(memoryBytes: 512 << 20, tasks: 20, cpuPercent: 50))
        let child = ChildSpec(id: "a", .worker(worker), restart: .transient, shutdown: .brutalKill, isSignificant: true)
        #expect(
            root.supervisor == SupervisorSpec(strategy: .oneForAll, autoShutdown: .anySignificant, children: [child]))
    }

    @Test(arguments: [
        ("intensity: 0", SupervisorSpec(intensity: RestartIntensity(limit: 0))),
        ("intensity: 1000000, period: 1ms", .init(intensity: .init(limit: 1_000_000, period: .milliseconds(1)))),
        ("strategy: one_for_one", SupervisorSpec()), ("strategy: one_for_all", SupervisorSpec(strategy: .oneForAll)),
        ("strategy: rest_for_one", SupervisorSpec(strategy: .restForOne)),
        ("strategy: dynamic", SupervisorSpec(strategy: .dynamic)), ("auto_shutdown: never", SupervisorSpec()),
        ("auto_shutdown: any_significant", SupervisorSpec(autoShutdown: .anySignificant)),
        ("auto_shutdown: all_significant", SupervisorSpec(autoShutdown: .allSignificant)),
        ("statuses: egghead", SupervisorSpec(statuses: .egghead)),
        ("quarantine: {intensity: 2, period: 3s}", .init(quarantine: .init(limit: 2, period: .seconds(3)))),
        ("quarantine: {}", SupervisorSpec(quarantine: RestartIntensity())),
        ("backoff: {from: 2s, to: 2s}", SupervisorSpec(backOff: BackOff(from: .seconds(2), to: .seconds(2)))),
        ("backoff: {}", SupervisorSpec(backOff: BackOff(from: .milliseconds(200), to: .seconds(30)))),
        ("backoff: {from: 1m}", SupervisorSpec(backOff: BackOff(from: .seconds(60), to: .seconds(60)))),
        ("intensity: ~", SupervisorSpec()),
        (
            "strategy: dynamic, template: {id: 'a:{id}', command: [x]}",
            SupervisorSpec(strategy: .dynamic, template: ChildSpec(id: "a:{id}", .worker(WorkerSpec(command: ["x"]))))
        ),
    ])
    func `every key of a supervisor is read`(keys: String, spec: SupervisorSpec) throws {
        let root = try TreeFile.read("{id: r, children: [], \(keys)}", path: "t.yml", run: "/run")
        #expect(root == ChildSpec(id: "r", .supervisor(spec)))
    }

    private static func worker(_ change: (inout WorkerSpec) -> Void) -> ChildSpec {
        var spec = WorkerSpec(command: ["x"])
        change(&spec)
        return ChildSpec(id: "a", .worker(spec))
    }

    @Test(arguments: [
        ("restart: permanent", ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"])))),
        ("restart: transient", ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"])), restart: .transient)),
        ("restart: temporary", ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"])), restart: .temporary)),
        ("shutdown: infinity", ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"])), shutdown: .infinity)),
        ("shutdown: brutal_kill", ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"])), shutdown: .brutalKill)),
        ("shutdown: 1m", ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"])), shutdown: .timeout(.seconds(60)))),
        ("channel: true", worker { $0.hasChannel = true }), ("ready: started", worker { _ in }),
        ("ready: notify", worker { $0.ready = .notify }),
        ("listen: [{path: '{run}/a.sock'}]", worker { $0.listen = [.init(path: "/run/a.sock", mode: 0o600)] }),
        ("listen: [{path: /a, mode: '0777'}]", worker { $0.listen = [.init(path: "/a", mode: 0o777)] }),
        ("limits: {memory: 1K}", worker { $0.limits.memoryBytes = 1_024 }), ("limits: {}", worker { _ in }),
        ("environment: {A: ''}", worker { $0.environment = [EnvironmentVariable("A", "")] }),
    ])
    func `every value of a worker is read`(keys: String, child: ChildSpec) throws {
        #expect(try TreeFile.readChild("{id: a, command: [x], \(keys)}", run: "/run") == child)
    }

    @Test(arguments: [
        (
            "colour: red",
            "colour: unknown key; known are id, restart, shutdown, significant, command, environment, "
                + "directory, user, ready, watchdog, limits, channel, listen, start_timeout, drain"
        ),
        (
            "template: {}",
            "template: unknown key; known are id, restart, shutdown, significant, command, environment, "
                + "directory, user, ready, watchdog, limits, channel, listen, start_timeout, drain"
        ),
        ("environment: {LISTEN_FDS: 1}", "environment.LISTEN_FDS: eggheadd sets this variable itself"),
        ("environment: {EGGHEAD_CHANNEL: 1}", "environment.EGGHEAD_CHANNEL: eggheadd sets this variable itself"),
        ("environment: {EGGHEAD_JOURNAL: 1}", "environment.EGGHEAD_JOURNAL: eggheadd sets this variable itself"),
        ("environment: {EGGHEAD_VARIABLES: 9}", "environment.EGGHEAD_VARIABLES: eggheadd sets this variable itself"),
        ("environment: {NOTIFY_SOCKET: 1}", "environment.NOTIFY_SOCKET: eggheadd sets this variable itself"),
        ("environment: {WATCHDOG_USEC: 1}", "environment.WATCHDOG_USEC: eggheadd sets this variable itself"),
        ("environment: {INVOCATION_ID: 1}", "environment.INVOCATION_ID: eggheadd sets this variable itself"),
        ("listen: [{mode: '0600'}]", "listen[0]: path is missing"),
        (
            "listen: [{path: /\(String(repeating: "s", count: 107))}]",
            "listen[0].path: the path has 108 bytes, and that of a socket has at most 107; choose a shorter one"
        ),
        ("listen: [{path: a}]", "listen[0].path: an absolute path is wanted"),
        ("listen: [{path: /a, mode: '1000'}]", "listen[0].mode: permission bits such as 0660 are wanted"),
        ("listen: [{path: /a, mode: '8'}]", "listen[0].mode: permission bits such as 0660 are wanted"),
        ("limits: {memory: much}", "limits.memory: a size such as 512M or 2G is wanted"),
        ("limits: {tasks: 0}", "limits.tasks: a whole number from 1 to 4194304 is wanted"),
        ("limits: {tasks: 4194305}", "limits.tasks: a whole number from 1 to 4194304 is wanted"),
        ("limits: {cpu: 50}", "limits.cpu: percent of one processor, such as 50%, are wanted"),
        (
            "limits: {cpu: 9223372036854775807%}",
            "limits.cpu: percent of one processor, such as 50%, are wanted"
        ),
        ("limits: {memory: 9223372036854775807G}", "limits.memory: a size such as 512M or 2G is wanted"),
        ("watchdog: 9223372036854775807h", "watchdog: a duration such as 500ms, 5s, 10m or 1h is wanted"),
        ("shutdown: soon", "shutdown: brutal_kill, infinity or a duration such as 5s is wanted"),
        ("significant: yes", "significant: true or false is wanted"),
    ])
    func `what is wrong with a worker is told`(keys: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try TreeFile.readChild("{id: a, command: [x], \(keys)}", run: "/run")
        }
        #expect(error?.problems.map(\.message) == [problem])
    }

    @Test(arguments: [
        ("intensity: -1", "intensity: a whole number from 0 to 1000000 is wanted"),
        ("intensity: 1000001", "intensity: a whole number from 0 to 1000000 is wanted"),
        ("template: {id: a, command: [x]}", "template: only a supervisor with strategy dynamic has a template"),
        ("backoff: {from: 2s, to: 1s}", "backoff: to is shorter than from"),
        ("statuses: plain", "statuses: one of egghead is wanted"),
        ("quarantine: {limit: 1}", "quarantine.limit: unknown key; known are intensity, period"),
    ])
    func `what is wrong with a supervisor is told`(keys: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try TreeFile.readChild("{id: r, children: [], \(keys)}", run: "/run")
        }
        #expect(error?.problems.map(\.message) == [problem])
    }

    @Test(arguments: ["a b", "a\u{7F}", "a\u{1}", ""])
    func `an id is visible characters`(id: String) {
        let error = #expect(throws: ConfigurationError.self) {
            let quoted = id.unicodeScalars.map {
                $0.value < 0x21 || $0.value == 0x7F ? "\\x0\($0.value % 10)" : "\($0)"
            }
            return try TreeFile.readChild("{id: \"\(quoted.joined())\", command: [x]}", run: "/run")
        }
        let problem = "id: an id has at least one character, and no blanks or control characters"
        #expect(error?.problems.map(\.message) == [problem])
    }

    @Test(arguments: [
        ("{id: r, id: s, children: []}", "t.yml:1: id: occurs twice, on line 1 for the first time; remove one"),
        (
            "id: r\nchildren:\n  - id: a\n    command: [x]\n    # command:\n    'command': [y]",
            "t.yml:6: command: occurs twice, on line 4 for the first time; remove one"
        ),
        (
            "children:\n  - {id: a, command: [x]}\nid: r\n\nchildren : []",
            "t.yml:5: children: occurs twice, on line 1 for the first time; remove one"
        ),
        (
            "id: r\nchildren:\n  - id: a\n    command: [x]\n    environment: {1: a, '1': b}",
            "t.yml:5: children[0].environment.1: occurs twice; remove one"
        ),
    ])
    func `a key of a tree that stands twice is refused`(yaml: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) { try TreeFile.read(yaml, path: "t.yml", run: "/run") }
        #expect(error?.problems.map(\.description) == [problem])
    }

    @Test(arguments: [
        ("", ["t.yml: is empty; a tree has an id, a strategy and children"]),
        ("{id: a, command: [x]}", ["t.yml:1: the root is a supervisor: it has a strategy and children"]),
        (
            "{id: r, children: [{id: r, command: [x]}, {command: []}]}",
            [
                "t.yml:1: children[0].id: r occurs twice; ids are unique in a tree",
                "t.yml:1: children[1].command: a program and its arguments are wanted",
                "t.yml:1: children[1]: id is missing",
            ]
        ),
        (
            "{id: r, strategy: some_for_none, period: 0s, children: [{id: a b}]}",
            [
                "t.yml:1: children[0].id: an id has at least one character, and no blanks or control characters",
                "t.yml:1: children[0]: command is missing, or children for a supervisor",
                "t.yml:1: period: a period longer than zero is wanted",
                "t.yml:1: strategy: one of one_for_one, one_for_all, rest_for_one, dynamic is wanted",
            ]
        ),
    ])
    func `every problem of a tree is told`(yaml: String, expected: [String]) {
        do throws(ConfigurationError) {
            _ = try TreeFile.read(yaml, path: "t.yml", run: "/run")
            Issue.record("a wrong tree was taken: \(yaml)")
        } catch {
            #expect(error.problems.map(\.description) == expected)
        }
    }
}
