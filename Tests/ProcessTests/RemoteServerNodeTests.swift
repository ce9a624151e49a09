import JSON
import LinuxSystem
import Services
import Testing

/// MCP servers elsewhere in a whole node: those of both SDKs over HTTP, and hostile ones.
@Suite(.serialized) struct RemoteServerNodeTests {
    private static let modern = Built.repository + "/.build/mcp-venv/bin/python"
    private static let legacy = Built.repository + "/.build/mcp-venv-legacy/bin/python"

    private static func node(_ servers: String, agent: String) throws -> TestNode {
        let node = try TestNode(
            configuration: "mcp_servers:\n\(servers)",
            records: ["scout.md": "---\nclass: agent\n\(agent)\n---\nYou are Scout.\n"])
        try node.launch(environment: ["WHO": "ann"])
        return node
    }

    private func areReady(_ names: String..., of node: TestNode) -> Bool {
        waits(for: 60) {
            let listed = (try? node.egghead("mcp", "list", "--json").output) ?? ""
            return names.allSatisfy { listed.contains("\"name\":\"\($0)\"") }
        }
    }

    private func said(_ node: TestNode, _ calls: String...) throws -> String {
        let text = "please fake:tools\n" + calls.joined(separator: "\n")
        return try node.egghead("chat", "@scout " + text, "--wait", "--timeout", "90").output
    }

    @Test func `servers of both generations answer over HTTP, in every shape of an answer`() throws {
        let scratch = try Scratch()
        let modern = try RemoteFixture(
            "remote.py", ["--require-header", "X-Who=ann"], python: Self.modern, scratch: scratch)
        let plain = try RemoteFixture(
            "remote.py", ["--json", "--stateless"], python: Self.modern, scratch: scratch)
        let legacy = try RemoteFixture("remote_legacy.py", ["--resumable"], python: Self.legacy, scratch: scratch)
        let node = try Self.node(
            """
              modern: {url: "\(modern.url)", headers: {X-Who: "{env:WHO}"}}
              plain: {url: "\(plain.url)"}
              legacy: {url: "\(legacy.url)", headers: {X-Who: bob}}

            """, agent: "capabilities: [\"mcp.call:modern\", \"mcp.call:plain\", \"mcp.call:legacy\"]")
        try #require(areReady("modern", "plain", "legacy", of: node))
        let output = try said(
            node, #"tool: mcp__modern__add {"a":40,"b":2}"#, #"tool: mcp__modern__whoami {}"#,
            #"tool: mcp__modern__route {"region":"Mälar","level":4}"#, #"tool: mcp__modern__slow {"steps":2}"#,
            #"tool: mcp__modern__boom {}"#, #"tool: mcp__plain__add {"a":1,"b":2}"#,
            #"tool: mcp__legacy__add {"a":20,"b":1}"#, #"tool: mcp__legacy__whoami {}"#,
            #"tool: mcp__legacy__leave {}"#)
        #expect(output.contains("\"total\": 42") && output.contains("\"total\": 3"), "\(output)")
        #expect(output.contains("\"total\": 21") && output.contains("left and came back"), "\(output)")
        #expect(output.contains("ann") && output.contains("bob") && output.contains("slow done"), "\(output)")
        #expect(output.contains("Mälar 4 =?base64?TcOkbGFy?= 4"), "\(output)")
        let list = try node.egghead("mcp", "list").output
        #expect(list.contains("2026-07-28") && list.contains("2025-11-25"), "\(list)")
        #expect(try node.egghead("mcp", "show", "modern").output.contains("headers: X-Who"))
        // What a server's tools are is heard of where it says that, and a session ends with the process.
        for server in ["modern", "legacy"] {
            _ = try said(node, "tool: mcp__\(server)__grow {}")
            #expect(
                waits(for: 20) {
                    (try? node.egghead("mcp", "show", server).output.contains("__extra")) ?? false
                }, "\(server)")
        }
        #expect(try node.egghead("stop", "mcp:legacy").status == 0)
        #expect(waits(for: 10) { legacy.requests.contains("\"method\": \"DELETE\"") }, "\(legacy.requests)")
    }

    @Test func `questions come and calls go over HTTP, in both generations`() throws {
        let scratch = try Scratch()
        let modern = try RemoteFixture("remote.py", python: Self.modern, scratch: scratch)
        let legacy = try RemoteFixture("remote_legacy.py", python: Self.legacy, scratch: scratch)
        let node = try Self.node(
            "  modern: {url: \"\(modern.url)\"}\n  legacy: {url: \"\(legacy.url)\"}\n",
            agent: "capabilities: [\"mcp.call:modern\", \"mcp.call:legacy\"]")
        try #require(areReady("modern", "legacy", of: node))
        // What it asks people comes in a stream of the one generation, and as an answer of the other.
        for (number, server) in ["modern", "legacy"].enumerated() {
            let asking = try node.begin(
                ["chat", "@scout please fake:tools\ntool: mcp__\(server)__greet {}", "--wait", "--timeout", "60"])
            let isAsked = waits(for: 30) { (try? node.egghead("requests", "\(number + 1)").status == 0) ?? false }
            #expect(isAsked, "\(server)")
            #expect(try node.egghead("approve", "\(number + 1)", "name=Ann", "age=30").status == 0)
            #expect(asking.wait(seconds: 60).output.contains("Hello Ann, 30, red"), "\(server)")
        }
        // Nobody goes on with what is not wanted any more: the one hears it by its stream's end, the other is told.
        for (server, fixture) in [("modern", modern), ("legacy", legacy)] {
            let before = fixture.requests.count { $0 == "\n" }
            let enduring = try node.begin([
                "chat", "--room", server, "@scout please fake:tools\ntool: mcp__\(server)__endure {}",
            ])
            #expect(
                waits(for: 30) {
                    fixture.requests.split(separator: "\n").dropFirst(before).contains { $0.contains("tools/call") }
                })
            #expect(try node.egghead("cancel", server).status == 0)
            _ = enduring.wait(seconds: 30)
            let count = try said(node, "tool: mcp__\(server)__cancellations {}")
            #expect(count.contains("1"), "\(server): \(count)")
        }
    }

    @Test func `a server of this machine reaches the hosts of its section, and no other`() throws {
        let scratch = try Scratch(), modern = Built.repository + "/.build/mcp-venv/bin"
        let host = try RemoteFixture("hostile_http.py", ["html"], python: Self.modern, scratch: scratch)
        let interpreter = (try? CurrentProcess.resolve(Self.modern)) ?? "/usr/bin/python3"
        let home = Files.split(Files.split(interpreter).directory).directory
        let files = home == "/usr" ? "" : ", fs: {read: [\(home)]}"
        let command = "command: [\(modern)/mcp-server-fetch, --ignore-robots-txt, --allow-private-ips]\(files)"
        let node = try Self.node(
            "  open: {\(command), net: [\"127.0.0.1:\(host.port)\"]}\n  shut: {\(command)}\n",
            agent: "capabilities: [\"mcp.call:open\", \"mcp.call:shut\"]")
        try #require(areReady("open", "shut", of: node))
        let output = try said(
            node, #"tool: mcp__open__fetch {"url":"http://127.0.0.1:\#(host.port)/page"}"#,
            #"tool: mcp__open__fetch {"url":"http://localhost:\#(host.port)/other"}"#,
            #"tool: mcp__shut__fetch {"url":"http://127.0.0.1:\#(host.port)/third"}"#)
        #expect(host.requests.contains("/page"), "\(output)")
        #expect(!host.requests.contains("/other") && !host.requests.contains("/third"), "\(host.requests)")
        #expect(output.contains("status code 403"), "the proxy names what it refuses: \(output)")
    }

    @Test func `a server that goes and comes is taken up again, and no call is made twice`() throws {
        let scratch = try Scratch()
        var legacy: RemoteFixture? = try RemoteFixture("remote_legacy.py", python: Self.legacy, scratch: scratch)
        let port = try #require(legacy?.port)
        let node = try Self.node(
            "  far: {url: \"http://127.0.0.1:\(port)/mcp\"}\n", agent: "capabilities: [\"mcp.call:far\"]")
        try #require(areReady("far", of: node))
        legacy?.kill()
        let away = try said(node, #"tool: mcp__far__add {"a":40,"b":2}"#)
        #expect(away.contains("cannot be reached") && away.contains("The tool was not called"), "\(away)")
        legacy = try RemoteFixture("remote_legacy.py", python: Self.legacy, scratch: scratch, port: port)
        // It knows nothing of the session: the first call says so, and then there is a new one.
        let forgotten = try said(node, #"tool: mcp__far__add {"a":40,"b":2}"#)
        #expect(forgotten.contains("has forgotten the session"), "\(forgotten)")
        #expect(
            waits(for: 30) {
                (try? said(node, #"tool: mcp__far__add {"a":40,"b":2}"#).contains("\"total\": 42")) ?? false
            })
        withExtendedLifetime(legacy) {}
    }

    /// A way to misbehave at a call, and what the model is told of it.
    private static let atCalls: [(mode: String, status: String, words: String)] = [
        ("silent", "unknown", "has not answered the call in time"), ("html", "unknown", "`text/html`"),
        ("huge", "unknown", "more than 8 MiB"), ("endless", "unknown", "has not answered the call in time"),
        ("endless-line", "unknown", "longer than"), ("redirect", "failed", "which sends elsewhere"),
        ("401", "failed", "wants a login"), ("500", "unknown", "HTTP 500"),
        ("wrong-type", "unknown", "`application/octet-stream`"),
        ("gzip-bomb", "unknown", "MiB"),
        ("bad-json", "unknown", "no answer to this request"), ("wrong-id", "unknown", "no answer to this request"),
        ("cut", "unknown", "stream"), ("cut-json", "unknown", "transfer closed"), ("hangs", "unknown", "in time"),
        ("session-lost", "failed", "has forgotten the session"), ("retry-never", "unknown", "in time"),
        ("sse-no-end", "done", "saïd hello"), ("two-lines", "done", "saïd hello"), ("retry", "done", "saïd hello"),
    ]

    /// The name of a server, as the scripted model can write it.
    private static func name(_ mode: String) -> String { mode.filter { $0 != "-" } }

    @Test func `a server that misbehaves in a call harms that call alone`() throws {
        let scratch = try Scratch()
        let servers = try Self.atCalls.map { mode, _, _ in
            (
                Self.name(mode),
                try RemoteFixture("hostile_http.py", [mode, "--at", "call"], python: Self.modern, scratch: scratch)
            )
        }
        let slow = Self.atCalls.filter { $0.words.hasSuffix("in time") }.map { Self.name($0.mode) }
        let sections = servers.map { name, server in
            let more = slow.contains(name) ? ", timeout: 1s" : ""
            return "  \(name): {url: \"\(server.url)\", headers: {X-Key: secret}\(more)}\n"
        }
        let node = try Self.node(sections.joined(), agent: "capabilities: [{mcp.call: {servers: \"*\"}}]")
        for (mode, _) in servers { #expect(areReady(mode, of: node), "\(mode)") }
        for (mode, status, words) in Self.atCalls {
            let output = try said(node, #"tool: mcp__\#(Self.name(mode))__say {"text":"hello"}"#)
            #expect(
                output.contains(status == "done" ? words : "(\(status))") && output.contains(words),
                "\(mode): \(output)")
        }
        let elsewhere = servers.first { $0.0 == "redirect" }?.1.requests ?? ""
        #expect(!elsewhere.contains("elsewhere"), "nothing goes where it leads: \(elsewhere)")
        for server in ["huge", "gzipbomb", "endlessline"] {
            let pid = try #require(node.pid(of: "mcp:\(server)"))
            let peak = ProcessInformation.status("VmHWM", of: pid).flatMap { Int($0.prefix { $0 != " " }) }
            #expect(try #require(peak) < 128 << 10, "\(server): \(peak ?? 0) KiB")
        }
    }

    @Test func `a server that misbehaves from the start keeps nobody from the others`() throws {
        let scratch = try Scratch()
        let modes = [
            "silent", "html", "huge", "endless", "redirect", "401", "500", "gzip-bomb", "bad-json", "wrong-id",
        ]
        let servers = try modes.map { mode in
            (Self.name(mode), try RemoteFixture("hostile_http.py", [mode], python: Self.modern, scratch: scratch))
        }
        let good = try RemoteFixture("hostile_http.py", ["sse-no-end"], python: Self.modern, scratch: scratch)
        let sections = (servers + [("good", good)]).map { "  \($0): {url: \"\($1.url)\"}\n" }
        let node = try Self.node(sections.joined(), agent: "capabilities: [{mcp.call: {servers: \"*\"}}]")
        try #require(areReady("good", of: node))
        #expect(try said(node, #"tool: mcp__good__say {"text":"hello"}"#).contains("saïd hello"))
        // What is wrong stands where people look, and what only may be wrong for now is tried again.
        for (server, words) in [("html", "`text/html`"), ("redirect", "name that in `url`"), ("500", "HTTP 500")] {
            #expect(
                waits(for: 30) {
                    (try? node.egghead("mcp", "show", server).errors.contains(words)) ?? false
                }, "\(server)")
        }
        let list = try node.egghead("mcp", "list").output
        #expect(list.contains("good") && !list.contains("quarantined"), "\(list)")
        let tools = try node.egghead("tools")
        #expect(tools.output.contains("mcp__good__say") && tools.errors.contains("the MCP server html is "), "\(tools)")
        #expect(servers.allSatisfy { !$0.1.requests.contains("elsewhere") })
    }
}
