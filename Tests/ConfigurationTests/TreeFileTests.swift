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
        ("{id: r, id: s, children: []}", "t.yml: is not YAML: it cannot be read"),
        (
            "id: r\nchildren:\n  - id: a\n    command: [x]\n    environment: {1: a, '1': b}",
            "t.yml:5: children[0].environment.1: stands twice; remove one"
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
                "t.yml:1: children[0].id: r stands twice; ids are unique in a tree",
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
