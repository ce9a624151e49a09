import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// The four APIs in a whole node, against a provider whose streams are made of the vendors' own types, and that takes
/// no request that these types do not allow.
@Suite(.serialized) struct VendorTests {
    private typealias Answer = GatewayTests.Answer

    @Test func `the vendors' own clients understand the provider of the tests`() throws {
        let script = Built.repository + "/Tests/ProcessTests/FakeProvider/check_fake.py"
        let result = try Command(Built.python, [script], scratch: Scratch()).wait(seconds: 180)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
    }

    @Test func `the golden transcripts are what the vendors' own types write`() throws {
        let script = Built.repository + "/Tests/ProcessTests/FakeProvider/golden_streams.py"
        let golden = Built.repository + "/Tests/ModelsTests/Golden"
        let result = try Command(Built.python, [script, "--check", golden], scratch: Scratch()).wait(seconds: 60)
        #expect(result.status == 0, "\(result.output) \(result.errors)")
    }

    /// What becomes of a question to each vendor, behind which its name and the round are written: the provider repeats
    /// the last words of the question.
    private static let faults: KeyValuePairs<String, Answer> = [
        "hello there": Answer(text: "You said: hello there.", stop: .end),
        "fake:unknown-events a": Answer(text: "You said: a.", stop: .end),
        "fake:rate-limited a": Answer(text: "You said: a.", stop: .end),
        "fake:error-500 a": Answer(text: "You said: a.", stop: .end),
        "fake:overloaded a": Answer(text: "You said: a.", stop: .end),
        "fake:overloaded-in-stream a": Answer(text: "You said: a.", stop: .end),
        "fake:refused-once=408 a": Answer(text: "You said: a.", stop: .end),
        "fake:refused-once=409 a": Answer(text: "You said: a.", stop: .end),
        "fake:refused-once=425 a": Answer(text: "You said: a.", stop: .end),
        "fake:refused-once=502 a": Answer(text: "You said: a.", stop: .end),
        "fake:blocked": Answer(stop: .filtered),
        "fake:always-500": Answer(failure: .serverError),
        "fake:always-429=600": Answer(failure: .rateLimited),
        "fake:always-429-date=600": Answer(failure: .rateLimited),
        "fake:always-429-limit=600": Answer(failure: .rateLimited),
        "fake:limited-once=2 a": Answer(text: "You said: a.", stop: .end),
        "fake:unauthorized": Answer(failure: .unauthorized),
        "fake:not-found": Answer(failure: .rejected),
        "fake:refused=302": Answer(failure: .rejected),
        "fake:refused=402": Answer(failure: .rateLimited),
        "fake:refused=403": Answer(failure: .unauthorized),
        "fake:refused=409": Answer(failure: .rejected),
        "fake:refused=413": Answer(failure: .contextOverflow),
        "fake:refused=422": Answer(failure: .rejected),
        "fake:overflow": Answer(failure: .contextOverflow),
        "fake:overflow-in-stream": Answer(failure: .contextOverflow),
        "fake:dripping-refusal": Answer(failure: .rejected),
        "a b fake:stall": Answer(text: "You said: a ", failure: .idleTimeout),
        "fake:stall-before": Answer(failure: .idleTimeout),
        "a b fake:comments": Answer(text: "You said: a ", failure: .idleTimeout),
        "a b fake:pings": Answer(text: "You said: a ", failure: .idleTimeout),
        "a b fake:no-end": Answer(text: "You said: a b.", stop: .end),
        "a b fake:cut": Answer(text: "You said: a ", failure: .interrupted),
        "a b fake:malformed": Answer(text: "You said: a ", failure: .malformed),
        "a b fake:mid-stream-error": Answer(text: "You said: a ", failure: .serverError),
    ]

    @Test func `every fault of every vendor comes to its own end, and leaves nothing behind`() throws {
        let node = try VendorNode(idleTimeout: "6s")
        let gateway = try #require(node.node.pid(of: "llm"))
        func descriptors() throws -> Int { try Files.list("/proc/\(gateway)/fd").count }
        let first = try GatewayAsker(node.node)
        for name in VendorNode.names { first.ask(id: name, "hello") { $0.provider = name } }
        try first.run { first.answers.values.count(where: \.hasEnded) == VendorNode.names.count }
        let before = try descriptors()
        var memory: [Int] = []
        for round in ["once", "again", "once more"] {
            let asker = try GatewayAsker(node.node)
            let cases = VendorNode.names.flatMap { name in
                Self.faults.map { (name: name, question: $0.key, answer: $0.value) }
            }
            for (name, question, _) in cases {
                asker.ask(id: "\(round) \(name) \(question)", "\(question) \(name) \(round)") {
                    $0.provider = name
                    // Others that wait for a model that wants to be left alone are refused with it.
                    if question.contains("always-429") { $0.model = "limited-\(round)-\(question.count)" }
                }
            }
            try asker.run { asker.answers.values.count(where: \.hasEnded) == cases.count }
            for (name, question, answer) in cases {
                var answer = answer
                if answer.stop == .end { answer.text = answer.text.dropLast() + " \(name) \(round)." }
                // A vendor of this API lets the model say that it refuses.
                if answer.stop == .filtered, name == "responses" {
                    answer = Answer(text: "I'm sorry, but I cannot help with that.", stop: .end)
                }
                #expect(asker.answers["\(round) \(name) \(question)"] == answer, "\(name) \(question)")
            }
            #expect(asker.messages.allSatisfy { !$0.contains("test-key") })
            // As seconds and as a date each vendor's wait is told; Google's has no other form.
            let told = asker.messages.count { $0.contains("try again in 600 s") || $0.contains("try again in 59") }
            #expect(told == 2 * VendorNode.names.count + 1, "\(asker.messages)")
            // libcurl notices late that a provider has closed a connection that it keeps; it keeps 32 at most.
            #expect(waits(for: 30) { (try? descriptors()) ?? .max <= before + 32 }, "\(before) descriptors before")
            #expect(waits(for: 30) { node.node.children.first { $0.name == "llm" }?.status == "0 calls running" })
            memory.append(try node.node.privateKiB(of: gateway))
        }
        // Answers are kept for a minute, and memory that was given back is not at once the kernel's.
        #expect(memory[2] - memory[1] < 4_096, "\(memory) KiB of its own")
        #expect(node.node.daemon?.errors.contains("test-key") == false)
        #expect(node.node.pid(of: "llm") == gateway)
        #expect(node.complaints == [])
    }

    @Test func `every fault of every vendor ends its turn, with the answer or a notice of it`() throws {
        let agents = VendorNode.names.map { name in
            ("\(name).md", "---\nclass: agent\nquiet: true\nprovider: \(name)\n---\nYou are \(name).\n")
        }
        let node = try VendorNode(records: Dictionary(uniqueKeysWithValues: agents), idleTimeout: "6s")
        // A model that wants to be left alone would be, by all.
        let faults = Self.faults.filter { !$0.key.contains("always-429") }
        let rooms = faults.indices.flatMap { index in
            VendorNode.names.map { (fault: faults[index], name: $0, "\($0)-\(index)") }
        }
        for (fault, name, room) in rooms {
            let asked = try node.node.egghead("chat", "-r", room, "@\(name) \(fault.key)")
            #expect(asked.status == 0, "\(asked)")
        }
        #expect(
            waits(for: 240) {
                node.node.children.first { $0.name == "coordinator" }?.status?.hasSuffix(", 0 turns") == true
            })
        for (fault, name, room) in rooms {
            let events = try node.node.history(room).filter { $0.turn != nil }
            let isAnswered = fault.value.stop == .end || fault.value.stop == .filtered && name == "responses"
            #expect(events.map(\.type) == [isAnswered ? .message : .notice], "\(name) \(fault.key): \(events)")
        }
        #expect(node.complaints == [])
    }

    @Test func `what is cached is counted as each vendor means it`() throws {
        let node = try VendorNode()
        let asker = try GatewayAsker(node.node)
        for name in VendorNode.names { asker.ask(id: name, "fake:cached=800") { $0.provider = name } }
        try asker.run { asker.answers.values.count(where: \.hasEnded) == VendorNode.names.count }
        for name in VendorNode.names {
            let usage = TokenUsage(inputTokens: 1_000, outputTokens: 10, cacheReadTokens: 800)
            #expect(asker.usages[name] == usage, "\(name)")
        }
    }

    @Test func `a parameter that a model refuses is left out, and not sent to it again`() throws {
        let node = try VendorNode()
        let asker = try GatewayAsker(node.node)
        for id in ["first", "second"] {
            asker.ask(id: id, "fake:refused-parameter \(id)") { ($0.provider, $0.maxTokens) = ("chat-completions", 9) }
            try asker.run { asker.answers[id]?.hasEnded == true }
            #expect(asker.answers[id] == Answer(text: "You said: \(id).", stop: .end))
        }
        asker.ask(id: "thinking", "fake:refused-parameter x") { ($0.provider, $0.thinking) = ("anthropic", .low) }
        // What a person has set is not left out.
        asker.ask(id: "set", "fake:refused-parameter x") { ($0.provider, $0.temperature) = ("responses", 1) }
        try asker.run { asker.answers["set"]?.hasEnded == true && asker.answers["thinking"]?.hasEnded == true }
        #expect(asker.answers["set"]?.failure == .rejected)
        #expect(asker.messages.contains { $0.contains("take temperature out of the agent's record") })
        let sent = node.vendors.requests.filter { $0.contains("refused-parameter") && $0.contains("first") }
        #expect(sent.count == 2 && sent[0].contains("max_tokens") && sent[1].contains("max_completion_tokens"))
        #expect(node.vendors.requests.count { $0.contains("refused-parameter second") } == 1)
    }

    @Test func `agents of every vendor call tools, and their thoughts come back unchanged`() throws {
        let records = VendorNode.names.map { name in
            ("\(name).md", "---\nclass: agent\nprovider: \(name)\n---\n# \(name)\n\nYou are \(name).\n")
        }
        let node = try VendorNode(records: Dictionary(uniqueKeysWithValues: records))
        for name in VendorNode.names {
            let calls =
                #"tool: create_record {"id":"inbox/\#(name)","title":"T","body":"Drip."}"#
                + "\n" + #"tool: get_record {"id":"inbox/\#(name)"}"# + "\n" + #"tool: search_records {"query":"x"}"#
            for scenario in ["thinking", "tools=2", "picky"] {
                let room = "r-\(name)-" + scenario.filter(\.isLetter)
                let result = try node.node.egghead("chat", "-r", room, "@\(name) fake:\(scenario)\n\(calls)", "--wait")
                #expect(result.status == 0, "\(name) \(scenario): \(result.errors)")
                let expected = scenario == "picky" ? "You said:" : "[[inbox/\(name)]]"
                #expect(result.output.contains(expected), "\(name) \(scenario): \(result.output)")
            }
        }
        #expect(node.complaints == [])
    }

    @Test func `the command lists providers and their models, and tries them`() throws {
        let node = try VendorNode()
        let list = try node.node.egghead("llm")
        #expect(list.status == 0 && list.output.contains("*chat-completions  normal"), "\(list.output)")
        let out = "provider keyless has no key; set the environment variable EGGHEAD_NO_KEY and restart the node"
        #expect(list.output.contains(out), "\(list.output)")
        #expect(list.output.contains("config.yml:8: providers.wrong.modell: unknown key"), "\(list.output)")
        let reloaded = try node.node.egghead("reload")
        #expect(reloaded.status == 1 && reloaded.errors.contains("the old configuration stays in force"))
        for (name, line) in [
            ("chat-completions", "chat-completions/normal  32768 tokens"), ("responses", "responses/tools"),
            ("anthropic", "anthropic/tools   200000 tokens"), ("gemini", "gemini/normal  1048576 tokens"),
        ] {
            let models = try node.node.egghead("llm", "models", name)
            #expect(models.status == 0 && models.output.contains(line), "\(models.output) \(models.errors)")
        }
        let dead = try node.node.egghead("llm", "models", "dead")
        #expect(dead.status == 1 && dead.errors.contains("provider dead cannot be reached at http://127.0.0.1:9/v1"))
        let tried = try node.node.egghead("llm", "test", "gemini", "anthropic/normal")
        #expect(tried.status == 0, "\(tried.output) \(tried.errors)")
        #expect(tried.output.contains("gemini/normal: answers; first word after"))
        #expect(tried.output.contains("anthropic/normal: answers; first word after"))
        let all = try node.node.egghead("llm", "test")
        #expect(all.status == 1 && all.output.contains("dead/normal: provider dead cannot be reached"))
        let asked = try node.node.egghead("llm", "models", "wrong")
        #expect(asked.status == 1 && asked.errors.contains("provider wrong is out: "), "\(asked)")
        let unknown = try node.node.egghead("llm", "test", "nobody/x")
        #expect(unknown.status == 64 && unknown.errors.contains("test nobody/x: no provider is known for this model"))
    }

    @Test func `a model server that listens is offered, and not used unasked`() throws {
        let scratch = try Scratch(), server = try FakeProvider(scratch: scratch, port: 1_234)
        let node = try TestNode()
        try node.start()
        let list = try node.egghead("llm"), doctor = try node.egghead("doctor")
        let offer = "lmstudio listens at http://localhost:1234/v1 and is not used; it offers normal, tools"
        for result in [list, doctor] {
            #expect(result.status == 0 && result.output.contains(offer), "\(result)")
            #expect(result.output.contains("to use it: egghead llm add lmstudio --model normal"), "\(result)")
        }
        #expect(server.requests.isEmpty)
        #expect(try node.egghead("llm", "add", "lmstudio", "--model", "normal").status == 0)
        #expect(try node.egghead("llm").output.contains("and is not used") == false)
        #expect(try node.egghead("llm", "test", "lmstudio").status == 0)
    }

    @Test func `a provider is added, used and removed, and the rest of the file stays as it is`() throws {
        let node = try TestNode(configuration: "# Ours.\nroom: {budget: 7}  # few\n")
        try node.start()
        let path = node.home + "/config.yml"
        func file() throws -> String { String(decoding: try Files.read(path, limit: 1 << 20), as: UTF8.self) }
        let before = try file(), url = try #require(node.provider).url, key = node.scratch.newPath("key")
        try Files.replace(key, with: Array("test-key\n".utf8), mode: 0o600)
        let added = try node.egghead(
            "llm", "add", "spare", "--url", url, "--model", "normal", "--key-file", key)
        #expect(added.status == 0 && added.errors == "", "\(added)")
        #expect(try file().hasPrefix(before) && Files.status(path).permissions == 0o600)
        let tried = try node.egghead("llm", "test", "spare")
        #expect(tried.status == 0 && tried.output.contains("spare/normal: answers"), "\(tried)")
        let twice = try node.egghead("llm", "add", "spare", "--url", url, "--model", "normal")
        #expect(twice.status == 1 && twice.errors.contains("there is a provider spare already"), "\(twice)")
        let nameless = try node.egghead("llm", "add", "far", "--model", "m")
        #expect(nameless.status == 78 && nameless.errors.contains("providers.far: url is missing"), "\(nameless)")
        #expect(nameless.errors.contains("config.yml is as it was"), "\(nameless)")
        #expect(try node.egghead("llm", "add", "x: y").status == 64)
        #expect(try node.egghead("llm", "remove", "spare").status == 0)
        #expect(try file() == before + "\n")
        // A link stays one, and whose the file is stays too.
        let target = node.scratch.newPath("yml")
        try Files.move(path, to: target, replacing: false)
        #expect(symlink(target, path) == 0 && chown(target, 1, 2) == 0)
        #expect(try node.egghead("llm", "add", "ollama", "--model", "m").status == 0)
        let (link, status) = (try Files.linkStatus(path), try Files.status(target))
        #expect(link.kind == .symbolicLink && status.owner == 1 && status.permissions == 0o600)
        #expect(try node.egghead("llm", "remove", "ollama").status == 0)
        #expect(chown(target, 0, 0) == 0)
        #expect(try node.egghead("llm", "remove", "spare").errors.contains("which has fake"))
        #expect(try node.egghead("llm", "list").output.contains("spare") == false)
        node.stop()
        #expect(try node.egghead("llm", "add", "ollama", "--model", "m").errors.contains("no node runs"))
    }

    @Test(arguments: zip(VendorNode.names, VendorNode.names.dropFirst() + VendorNode.names.prefix(1)))
    func `a turn goes on with another vendor's model when the first dies after a tool`(
        first: String, next: String
    ) throws {
        let models = "models: [\(first)/dies-after-calls, \(next)/tools]"
        let node = try VendorNode(records: ["scout.md": "---\nclass: agent\n\(models)\n---\nYou are Scout.\n"])
        let call = #"tool: create_record {"id":"inbox/leak","title":"Leak","body":"Drip."}"#
        let answered = try node.node.egghead("chat", "@scout go\n\(call)", "--wait")
        #expect(answered.status == 0 && answered.output.contains("Outcomes: "), "\(answered)")
        #expect(answered.output.contains("[[inbox/leak]]"), "\(answered)")
        // What the first one called has happened once, and the next one was told of it.
        let told = try node.node.history().filter { $0.type == .action }.map(\.text)
        let reason = "answers with \(next)/tools, because \(first)/dies-after-calls failed: "
        #expect(told.contains { $0.hasPrefix(reason) }, "\(told)")
        #expect(try node.node.egghead("get", "inbox/leak").output.contains("Drip."))
        let made = told.count { $0.contains("inbox/leak") }
        #expect(made <= 1, "\(told)")
        #expect(node.complaints == [])
    }

    @Test func `one conversation moves over all vendors, with tools, a hand-off and a vendor that is dead`() throws {
        func record(_ models: [String]) -> String {
            let models = models.joined(separator: ", ")
            return "---\nclass: agent\nmodels: [\(models)]\nmax_tokens: 200\n---\n# Scout\n\nYou are Scout.\n"
        }
        let node = try VendorNode(records: ["scout.md": record(["dead", "gemini"])])
        let names = VendorNode.names
        for turn in 0..<30 {
            let first = names[turn % names.count], second = names[(turn + 1) % names.count]
            try node.node.write(
                record: "scout.md",
                record(turn % 7 == 3 ? ["wrong/normal", "dead", "keyless", second] : [first, second]))
            let scenario =
                switch turn % 5 {
                case 0: "thinking"
                case 1: "tools=2"
                case 2 where first == "chat-completions": "refused-parameter"
                case _: "normal"
                }
            let calls =
                #"tool: create_record {"id":"inbox/t\#(turn)","title":"T","body":"Drip."}"#
                + "\n" + #"tool: get_record {"id":"inbox/t\#(turn)"}"#
            let text = "@scout turn \(turn) fake:\(scenario)\n" + (turn % 5 < 2 ? calls : "")
            let result = try node.node.egghead("chat", text, "--wait")
            #expect(result.status == 0, "turn \(turn): \(result.errors)")
            if turn == 15 {
                #expect(try node.node.egghead("agents", "handoff", "scout").status == 0)
                // The next edit would replace the process by itself.
                let words = "goes on as a new process"
                #expect(try waits(for: 60) { try node.node.history().contains { $0.text.hasPrefix(words) } })
            }
        }
        #expect(node.complaints == [])
        let told = try node.node.history().filter { $0.type == .action }.map(\.text)
        #expect(told.contains { $0.hasPrefix("answers with ") && $0.contains("dead/normal") }, "\(told)")
        #expect(told.contains { $0.hasPrefix("goes on as a new process") })
        let messages = try node.node.history().count { $0.type == .message && $0.from.agent != nil }
        #expect(messages == 30)
    }
}
