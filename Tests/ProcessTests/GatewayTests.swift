import BusClient
import Glibc
import LinuxSystem
import Runtime
import Services
import Testing
import Time

/// The gateway in a whole node, against a provider that has every fault.
struct GatewayTests {
    /// What the asker of a call got.
    struct Answer: Equatable {
        var text = ""
        var stop: ChatOutcome.StopReason?
        var failure: ProviderFailure.Code?

        /// Whether nothing more comes.
        var hasEnded: Bool { stop != nil || failure != nil }
    }

    @Test func `every fault of a provider comes to its own end`() throws {
        let expected: KeyValuePairs<String, Answer> = [
            "hello there": Answer(text: "You said: hello there.", stop: .end),
            "one fake:rate-limited": Answer(text: "You said: one.", stop: .end),
            "two fake:error-500": Answer(text: "You said: two.", stop: .end),
            "three fake:early": Answer(text: "You said: three.", stop: .end),
            "fake:always-500": Answer(failure: .serverError),
            "fake:always-429=600": Answer(failure: .rateLimited),
            "fake:quota": Answer(failure: .rateLimited),
            "fake:unauthorized": Answer(failure: .unauthorized),
            "fake:not-found": Answer(failure: .rejected),
            "fake:context-overflow": Answer(failure: .contextOverflow),
            "a b fake:stall": Answer(text: "You said: ", failure: .idleTimeout),
            "fake:stall-before": Answer(failure: .idleTimeout),
            "a b fake:comments": Answer(text: "You said: ", failure: .idleTimeout),
            "a b fake:no-end": Answer(text: "You said: a b.", stop: .end),
            "fake:dripping-refusal": Answer(failure: .rejected),
            "a b fake:cut": Answer(text: "You said: ", failure: .interrupted),
            "a b fake:malformed": Answer(text: "You said: ", failure: .malformed),
            "a b fake:mid-stream-error": Answer(text: "You said: ", failure: .serverError),
        ]
        let node = try TestNode(idleTimeout: "6s")
        try node.start()
        let asker = try GatewayAsker(node)
        for (question, _) in expected {
            // Others that wait for a model that wants to be left alone are refused with it.
            asker.ask(id: question, question) { if question.contains("always-429") { $0.model = "limited" } }
        }
        try asker.run { asker.answers.values.count { $0.stop != nil || $0.failure != nil } == expected.count }
        for (question, answer) in expected { #expect(asker.answers[question] == answer, "\(question)") }
        // The provider repeats the key in its refusal; nobody else shall.
        #expect(node.daemon?.errors.contains("test-key") == false)
        #expect(asker.messages.allSatisfy { !$0.contains("test-key") })
    }

    @Test func `ten askers of a provider that answers two a second are all answered, without a storm`() throws {
        let node = try TestNode()
        try node.start()
        let asker = try GatewayAsker(node)
        for number in 0..<10 { asker.ask(id: "\(number)", "\(number) fake:limited") }
        try asker.run { asker.answers.values.count { $0.stop != nil || $0.failure != nil } == 10 }
        for number in 0..<10 {
            #expect(asker.answers["\(number)"] == Answer(text: "You said: \(number).", stop: .end))
        }
        // If all that wait returned together, there would be thirty.
        let requests = node.provider?.requests.count { $0.contains(#""event": "request""#) } ?? 0
        #expect((10..<30).contains(requests), "\(requests)")
    }

    @Test func `a repeated id joins the answer and buys nothing twice`() throws {
        let node = try TestNode()
        try node.start()
        let asker = try GatewayAsker(node)
        asker.ask(id: "1", "fake:slow=8 over")
        try asker.run { asker.answers["1"]?.text.contains("word3") == true }
        let second = try GatewayAsker(node)
        second.ask(id: "1", from: 2, "fake:slow=8 over")
        try second.run { second.answers["1"]?.stop != nil }
        let text = "word2 word3 word4 word5 word6 word7 You said: over."
        #expect(second.answers == ["1": Answer(text: text, stop: .end)])
        #expect(node.provider?.requests.count { $0.contains(#""event": "request""#) } == 1)
    }

    @Test func `a call that waits in line, or says what is not heard piece by piece, gives signs of life`() throws {
        let node = try TestNode(idleTimeout: "10m")
        try node.start()
        let asker = try GatewayAsker(node)
        for number in 0..<32 { asker.ask(id: "\(number)", "a b \(number) fake:stall") }
        asker.cancel(id: "31")
        asker.ask(id: "silent", "fake:slow-arguments=40")
        try asker.run { node.provider?.requests.last?.contains("slow-arguments") == true }
        asker.ask(id: "last", "and me")
        try asker.run { asker.waitingSigns["last"] ?? 0 > 0 && asker.waitingSigns["silent"] ?? 0 > 0 }
        #expect(asker.answers["last"] == Answer())
        for number in 0..<31 { #expect(asker.waitingSigns["\(number)"] == nil, "a provider works on it") }
        asker.cancel(id: "0")
        try asker.run { asker.answers["last"]?.stop != nil }
        #expect(asker.answers["last"]?.text == "You said: and me.")
    }

    @Test func `a cancelled call leaves the provider`() throws {
        let node = try TestNode()
        try node.start()
        let asker = try GatewayAsker(node)
        asker.ask(id: "1", "fake:slow=600")
        try asker.run { asker.answers["1"]?.text.isEmpty == false }
        asker.cancel(id: "1")
        try asker.run { asker.answers["1"]?.failure == .cancelled }
        #expect(waits(for: 30) { node.hasDisconnectedCall })
    }

    @Test func `a provider that lets nobody in is given up after one try, and the next one takes the turn`() throws {
        let full = try FullListener()
        let node = try TestNode(records: ["scout.md": "---\nclass: agent\nmodels: [full/m, fake]\n---\nYou scout.\n"])
        let config = try Files.read(node.home + "/config.yml", limit: 1 << 16)
        let line = "  full: {url: 'http://127.0.0.1:\(full.port)/v1', key: none, model: m}\n"
        try Files.replace(node.home + "/config.yml", with: config + Array("\n\(line)".utf8), mode: 0o600)
        try node.start()
        let answered = try node.egghead("chat", "@scout hello there", "--wait")
        #expect(answered.status == 0 && answered.output.contains("You said: "), "\(answered)")
        let told = try node.history().filter { $0.type == .action }.map(\.text)
        #expect(told.contains { $0.hasPrefix("answers with fake/normal, because full/m failed: ") }, "\(told)")
        #expect(told.contains { $0.contains("cannot be reached at http://127.0.0.1:\(full.port)/v1") }, "\(told)")
        #expect(node.daemon?.errors.contains("chat.retry") == false)
    }

    @Test(arguments: [["--port", "\(20_000 + getpid() % 10_000)"], ["--socket", "{socket}"]])
    func `a model server is ready when its health endpoint says so, and answers then what was asked before`(
        place: [String]
    ) throws {
        let scratch = try Scratch(), socket = scratch.newPath("sock"), gate = scratch.newPath("gate")
        let script = Built.repository + "/Tests/ProcessTests/FakeProvider/fake_provider.py"
        let words = [Built.python, script, "--gate", gate] + place.map { $0 == "{socket}" ? socket : $0 }
        let port = Int(place[1]).map { ":\($0)" }
        let address = "url: 'http://localhost\(port ?? "")/v1'" + (port == nil ? ", socket: '\(socket)'" : "")
        let command = "command: [\(words.map { "'\($0)'" }.joined(separator: ", "))]"
        let node = try TestNode(
            model: nil, configuration: "providers: {own: {\(address), model: normal, key: none, \(command)}}\n")
        try Files.replace(gate, with: [])
        try node.start()
        let server = try #require(node.pid(of: "model:own"))
        try Files.remove(gate)
        kill(server, SIGKILL)
        let asked = try node.begin(["chat", "--wait", "@index hello there"])
        func state() -> ChildStatus.State? { node.children.first { $0.name == "model:own" }?.state }
        #expect(waits(for: 60) { node.pid(of: "model:own").map { $0 != server } ?? false && state() == .starting })
        // It listens, and says to each call and each probe that it loads its model.
        sleep(2)
        #expect(!asked.hasEnded && state() == .starting)
        try Files.replace(gate, with: [])
        #expect(waits(for: 60) { state() == .ready }, "\(node.children)")
        let answered = asked.wait()
        #expect(answered.status == 0 && answered.output.contains("hello there"), "\(answered)")
    }

    @Test func `a model server that fails when it is added is added again, and its address can be corrected`() throws {
        let node = try TestNode(model: nil, configuration: "room: {budget: 7}\n"), flag = node.scratch.newPath("flag")
        try node.start()
        let port = 30_000 + Int(getpid()) % 2_000
        let provider = "\(Built.repository)/Tests/ProcessTests/FakeProvider/fake_provider.py"
        let script = "test -e \(flag) || { touch \(flag); exit 1; }; exec \(Built.python) \(provider) --port \(port)"
        func configure(port: Int) throws {
            let command = "command: [/bin/sh, -c, '\(script)']"
            let own = "own: {url: 'http://127.0.0.1:\(port)/v1', model: normal, key: none, \(command)}"
            try Files.replace(node.home + "/config.yml", with: Array("providers: {\(own)}\n".utf8), mode: 0o600)
            #expect(try node.egghead("reload").status == 0)
        }
        func server() -> ChildStatus? { node.children.first { $0.name == "model:own" } }
        try configure(port: port + 1)
        #expect(waits(for: 60) { server()?.state == .starting && server()?.pid != nil && hasStarted(flag) })
        let pid = server()?.pid
        sleep(1)
        #expect(server()?.state == .starting)
        try configure(port: port)
        #expect(waits(for: 60) { server()?.state == .ready }, "\(node.children)")
        #expect(server()?.pid == pid)
    }

    private func hasStarted(_ flag: String) -> Bool { (try? Files.status(flag)) != nil }

    @Test func `an agent with a second choice does not wait for a provider that has too many calls`() throws {
        let node = try TestNode(
            records: ["scout.md": "---\nclass: agent\nmodels: [fake/always-429, spare/normal]\n---\nYou scout.\n"],
            hasSpare: true)
        try node.start()
        for _ in 0..<2 {
            let answered = try node.egghead("chat", "@scout hello there", "--wait")
            #expect(answered.status == 0 && answered.output.contains("You said: "), "\(answered)")
        }
        let told = try node.history().filter { $0.type == .action }.map(\.text)
        #expect(told.first?.hasPrefix("answers with spare/normal, because fake/always-429 failed: ") == true, "\(told)")
        #expect(told.last?.hasPrefix("answers with spare/normal, because fake/always-429 is out: ") == true, "\(told)")
        #expect(node.provider?.requests.count { $0.contains(#""scenario": "always-429""#) } == 1, "asked once")
    }

    @Test func `a model that wants to be left alone for long is asked by one at a time`() throws {
        let node = try TestNode()
        try node.start()
        let asker = try GatewayAsker(node)
        func ask(_ questions: [String], model: String = "small") throws {
            for question in questions { asker.ask(id: question, question) { $0.model = model } }
            try asker.run { questions.allSatisfy { asker.answers[$0]?.hasEnded == true } }
        }
        func requests() -> Int { node.provider?.requests.count { $0.contains(#""event": "request""#) } ?? 0 }
        try ask(["one fake:always-429=600"])
        let five = (2...6).map { "\($0) fake:always-429=600" }
        try ask(five)
        #expect(five.allSatisfy { asker.answers[$0]?.failure == .rateLimited } && requests() == 2)
        let unsent = asker.messages.filter { $0.contains("so this one was not sent; try again in 600 s") }
        #expect(unsent.count == 4, "\(asker.messages)")
        // The account may have been filled up meanwhile.
        try ask(["seven"])
        try ask(["eight"], model: "large")
        #expect(asker.answers["seven"]?.text == "You said: seven.")
        #expect(asker.answers["eight"]?.text == "You said: eight.")
    }

    @Test func `a provider that closes the connections that are kept costs no answer`() throws {
        let node = try TestNode()
        try node.start()
        let asker = try GatewayAsker(node)
        for round in 0..<8 {
            for number in 0..<30 { asker.ask(id: "\(round) \(number)", "\(round) \(number) fake:silent-close") }
            try asker.run { (0..<30).allSatisfy { asker.answers["\(round) \($0)"]?.hasEnded == true } }
        }
        let failures = asker.answers.filter { $0.value.stop != .end }
        #expect(failures.isEmpty, "\(failures) \(asker.messages)")
        #expect(node.provider?.requests.count { $0.contains(#""event": "request""#) } == 240, "each is asked once")
    }

    @Test func `when an agent dies its call leaves the provider`() throws {
        let node = try TestNode()
        try node.start()
        try node.egghead("chat", "tell me fake:slow=600")
        #expect(waits(for: 30) { node.provider?.requests.isEmpty == false })
        try node.kill("agent:index")
        #expect(waits(for: 30) { node.hasDisconnectedCall })
    }

    @Test func `a provider on this machine is asked without the proxy of the environment`() throws {
        let node = try TestNode()
        try node.start(environment: ["http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"])
        let answered = try node.egghead("chat", "hello", "--wait")
        #expect(answered.status == 0, "\(answered)")
    }

    @Test func `providers are told without their keys`() throws {
        let node = try TestNode(model: "normal", tools: false, window: 5_000)
        try node.start()
        let asker = try GatewayAsker(node)
        var reply: Result<Gateway.Providers.Reply, ServiceFailure>?
        asker.bus.request(Gateway.Providers.self, Empty()) { reply = $0 }
        try asker.run { reply != nil }
        let fake = ProviderInfo(name: "fake", model: "normal", contextWindow: 5_000, tools: false, isLocal: false)
        #expect(try reply?.get() == Gateway.Providers.Reply(providers: [fake], defaultProvider: "fake"))
    }
}

extension TestNode {
    /// Whether the provider has seen the gateway leave in the middle of an answer.
    fileprivate var hasDisconnectedCall: Bool {
        provider?.requests.contains { $0.contains(#""how": "disconnected""#) } == true
    }
}

/// A listener whose line is full: the kernel drops who comes, so that there is no refusal and no connection.
///
/// See: listen(2), tcp(7) tcp_abort_on_overflow
private final class FullListener {
    let port: UInt16
    /// The listener, and who fills its line: the kernel lets one more in than the line is long.
    private let sockets: [CInt]

    init() throws {
        let sockets = (0..<4).map { _ in socket(AF_INET, CInt(SOCK_STREAM.rawValue) | O_CLOEXEC | O_NONBLOCK, 0) }
        self.sockets = sockets
        var address = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isFull = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(sockets[0], address, length) == 0 && listen(sockets[0], 0) == 0
                    && getsockname(sockets[0], address, &length) == 0
                    && sockets.dropFirst().allSatisfy { connect($0, address, length) == 0 || errno == EINPROGRESS }
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(isFull, "errno \(errno)")
    }

    deinit { sockets.forEach { close($0) } }
}

/// A person who asks the gateway directly.
final class GatewayAsker {
    let bus: BusClient
    private let loop: EventLoop
    private(set) var answers: [String: GatewayTests.Answer] = [:]
    private(set) var messages: [String] = []
    /// How often each call was told that it waits.
    private(set) var waitingSigns: [String: Int] = [:]
    /// What each whole answer has cost.
    private(set) var usages: [String: TokenUsage] = [:]
    /// Whether a stream that the gateway's death breaks is no fault of the test.
    var bearsDeaths = false

    /// Connects to a node's broker.
    init(_ node: TestNode) throws {
        loop = try EventLoop()
        bus = BusClient(loop: loop)
        bus.connect(path: node.home + "/run/broker.sock")
    }

    /// Sends a question; what comes is gathered in `answers` under its id.
    ///
    /// - Parameter change: Changes the request before it is sent.
    func ask(
        id: String, from sequence: Int = 0, _ question: String, change: (inout Gateway.Chat.Request) -> Void = { _ in }
    ) {
        var request = Gateway.Chat.Request(id: id, from: sequence, messages: [ChatMessage(.user, question)])
        change(&request)
        _ = bus.stream(Gateway.Chat.self, request) { [unowned self] result in
            switch result {
            case .success(let chunk):
                answers[id, default: .init()].text += chunk.text ?? ""
                if chunk == .waiting { waitingSigns[id, default: 0] += 1 }
                answers[id]?.stop = chunk.done?.stopReason
                answers[id]?.failure = chunk.error?.code
                usages[id] = chunk.done?.usage
                if let error = chunk.error { messages.append(error.message) }
            case .failure where bearsDeaths: answers[id, default: .init()].failure = .interrupted
            case .failure(let failure): Issue.record("\(id): \(failure)")
            }
        }
    }

    /// Ends a call.
    func cancel(id: String) { bus.request(Gateway.Cancel.self, .init(id: id)) { _ in } }

    /// Serves until something holds; the deadline is there only so that a broken test ends.
    func run(until condition: () -> Bool) throws {
        let deadline = Clock.monotonic() + .seconds(60)
        loop.stop(.success)  // from now on each run is one turn
        while !condition() && Clock.monotonic() < deadline {
            loop.schedule(after: .milliseconds(10)) {}
            _ = try loop.run()
        }
        #expect(condition(), "\(answers)")
    }
}
