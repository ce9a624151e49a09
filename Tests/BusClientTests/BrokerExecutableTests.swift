import Bus
import BusClient
import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

/// The real `egghead-broker`, with this test in the place of eggheadd.
private final class BrokerNode {
    let loop: EventLoop
    let child: ChildHandle
    let socketPath: String
    private(set) var questions: [ChildMessage] = []
    private(set) var notes: [String] = []
    private var channel: SharedDescriptor?
    private let notify: FileDescriptor
    private let directory: String
    private var watches: [Watch] = []
    private var hasPassedDeadline = false

    init() throws {
        loop = try EventLoop()
        directory = "/tmp/broker-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try Files.makeDirectories(directory)
        socketPath = "\(directory)/broker.sock"
        notify = try UnixSocket.bind("\(directory)/notify", .datagrams, mode: 0o600)
        let listener = try UnixSocket.bind(socketPath, .stream, mode: 0o600)
        let (mine, theirs) = try UnixSocket.pair(.sequencedPackets).split {
            (SharedDescriptor($0), SharedDescriptor($1))
        }
        let executable = Files.split(try CurrentProcess.executablePath()).directory + "/egghead-broker"
        var plan = SpawnPlan(
            executable: executable, arguments: ["egghead-broker"],
            environment: ["LISTEN_FDS=1", "EGGHEAD_CHANNEL=4", "NOTIFY_SOCKET=\(directory)/notify"])
        plan.descriptors = [listener.raw, theirs.raw]
        let configuration = ChildConfiguration(name: "broker", incarnation: 1, settings: JSON.encoded(BrokerSettings()))
        _ = try UnixSocket.send(JSON.encode(SupervisorMessage.configuration(configuration)), on: mine.raw)
        child = try ChildHandle(spawning: plan)
        channel = mine
        try watch()
        loop.stop(.success)  // from here on `run` is one turn
        loop.schedule(after: .seconds(60)) { [weak self] in self?.hasPassedDeadline = true }
    }

    deinit {
        child.signal(.kill)
        unlink(socketPath)
        unlink("\(directory)/notify")
        rmdir(directory)
    }

    private func watch() throws {
        guard let raw = channel?.raw else { return }
        watches.append(
            try loop.watch(raw, for: .read) { [unowned self] _ in
                guard let datagram = try? UnixSocket.receive(on: raw, capacity: 65_536), !datagram.bytes.isEmpty else {
                    return
                }
                if let message = try? JSON.decode(ChildMessage.self, from: datagram.bytes) { questions.append(message) }
            })
        let notify = notify.raw
        watches.append(
            try loop.watch(notify, for: .read) { [unowned self] _ in
                guard let datagram = try? UnixSocket.receive(on: notify, capacity: 4_096) else { return }
                notes.append(String(decoding: datagram.bytes, as: UTF8.self))
            })
    }

    func run(until condition: () -> Bool) throws {
        loop.schedule(after: .zero) {}
        while !condition() {
            if hasPassedDeadline {
                Issue.record("it did not happen within a minute")
                return
            }
            _ = try loop.run()
        }
    }

    func send(_ message: SupervisorMessage, descriptor: CInt = -1) throws {
        guard let raw = channel?.raw else { return }
        #expect(try UnixSocket.send(JSON.encode(message), descriptor: descriptor, on: raw))
    }

    /// A child's client, whose connection this test makes as eggheadd does.
    func child(_ name: String, incarnation: Int = 1) throws -> BusClient {
        let client = BusClient(name: Principal(rawValue: name), loop: loop)
        let pair = try UnixSocket.pair(.stream)
        try pair.split { brokersEnd, clientsEnd in
            try send(.attach(ChildIdentity(name: name, incarnation: incarnation, pid: 1)), descriptor: brokersEnd.raw)
            client.adopt(clientsEnd)
        }
        try run { client.isConnected }
        return client
    }

    /// The next question that the broker asks.
    func nextQuestion() throws -> ChildMessage? {
        try run { !questions.isEmpty }
        return questions.isEmpty ? nil : questions.removeFirst()
    }

    /// Leaves the broker without a parent.
    func leave() {
        for watch in watches { watch.cancel() }
        watches.removeAll()
        channel = nil
    }
}

@Suite struct BrokerExecutableTests {
    @Test func `children are served under the names that eggheadd gives them`() throws {
        let node = try BrokerNode()
        try node.run { node.notes.contains("READY=1") }
        let store = try node.child("store"), toolbox = try node.child("toolbox")
        store.serve(Echo.self) { request, caller, responder in
            responder.reply(Echo.Reply(text: request.text, caller: caller.description))
        }
        var answers: [Result<Echo.Reply, ServiceFailure>] = []
        toolbox.request(Echo.self, Echo.Request(text: "hi"), deadline: .seconds(50), retry: .untilDeadline) {
            answers.append($0)
        }
        try node.run { !answers.isEmpty }
        #expect(answers == [.success(Echo.Reply(text: "hi", caller: "toolbox"))])
        try node.run { node.notes.contains { $0.hasPrefix("STATUS=2 connections, ") } }
    }

    @Test func `a stranger is not read before eggheadd has named it`() throws {
        let node = try BrokerNode()
        let stranger = BusClient(loop: node.loop)
        stranger.connect(path: node.socketPath)
        guard case .peerQuestion(let id, let pid, let uid)? = try node.nextQuestion() else {
            Issue.record("eggheadd was not asked")
            return
        }
        #expect(pid == getpid())
        #expect(uid == getuid())
        #expect(!stranger.isConnected)
        try node.send(.peer(id: id, name: "user:ann"))
        try node.run { stranger.isConnected }
        #expect(stranger.name == .user("ann"))
    }

    @Test(arguments: [nil, "agent:scout", "store"] as [Principal?])
    func `nobody, and whoever is no person, gets no connection from the listening socket`(name: Principal?) throws {
        let node = try BrokerNode()
        let stranger = BusClient(loop: node.loop)
        var problems: [ServiceFailure] = []
        stranger.onUnreachable = { problems.append($0) }
        stranger.connect(path: node.socketPath)
        guard case .peerQuestion(let id, _, _)? = try node.nextQuestion() else {
            Issue.record("eggheadd was not asked")
            return
        }
        try node.send(.peer(id: id, name: name))
        try node.run { !problems.isEmpty }
        #expect(problems.map(\.code) == [.unavailable])
        #expect(!stranger.isConnected)
    }

    @Test func `a request to eggheadd goes over the channel and its answer comes back`() throws {
        let node = try BrokerNode()
        let llm = try node.child("llm")
        var answers: [Result<Supervisor.List.Reply, ServiceFailure>] = []
        llm.request(Supervisor.List.self, Empty(), deadline: .seconds(50)) { answers.append($0) }
        guard case .request(let id, "llm", "list", .object([:]))? = try node.nextQuestion() else {
            Issue.record("eggheadd was not asked")
            return
        }
        try node.send(.reply(id: id, part: 0, of: 2, text: #"{"child"#))
        try node.send(.reply(id: id, part: 1, of: 2, text: #"ren":[]}"#))
        try node.run { !answers.isEmpty }
        #expect(answers == [.success(Supervisor.List.Reply(children: []))])
    }

    @Test func `an exit is told to whoever listens, and closes the connection of that life alone`() throws {
        let node = try BrokerNode()
        let llm = try node.child("llm"), scout = try node.child("agent:scout", incarnation: 2)
        var heard: [ChildEvent] = []
        llm.subscribe("sys.child.*") { message in
            if let event = try? message.decode(ChildEvent.self) { heard.append(event) }
        }
        let old = ChildEvent(at: "1", event: .exited, name: "agent:scout", kind: .worker, incarnation: 1)
        let new = ChildEvent(at: "2", event: .exited, name: "agent:scout", kind: .worker, incarnation: 2)
        // The answer to a request shows that the subscription stands.
        var children: [ChildIdentity] = []
        func ask() {
            llm.request(Broker.Children.self, Empty(), deadline: .seconds(50)) {
                children = (try? $0.get().children) ?? []
            }
        }
        ask()
        try node.run { children.count == 2 }
        try node.send(.child(old))
        try node.run { heard.count == 1 }
        #expect(scout.isConnected)
        try node.send(.child(new))
        try node.run { heard.count == 2 && !scout.isConnected }
        #expect(heard == [old, new])
        ask()
        try node.run { children.count == 1 }
        #expect(children == [ChildIdentity(name: "llm", incarnation: 1, pid: 1)])
    }

    @Test func `a peer that sends half a frame, or nonsense, harms nobody else`() throws {
        let node = try BrokerNode()
        let llm = try node.child("llm")
        for text in ["PUB _INBOX.x 100\r\nhalf", "\u{0}\u{1}\u{2}\r\n", "PUB x 99999999999999999999\r\n"] {
            let pair = try UnixSocket.pair(.stream)
            try node.send(
                .attach(ChildIdentity(name: "agent:scout", incarnation: 1, pid: 1)), descriptor: pair.second.raw)
            _ = try pair.first.write(Array(text.utf8))
        }
        var children: [ChildIdentity]?
        try node.run { !llm.isConnected || node.notes.contains { $0.hasPrefix("STATUS=") } }
        llm.request(Broker.Children.self, Empty(), deadline: .seconds(50)) { children = try? $0.get().children }
        try node.run { children != nil }
        #expect(llm.isConnected)
    }

    @Test func `without a parent the broker leaves`() throws {
        let node = try BrokerNode()
        try node.run { node.notes.contains("READY=1") }
        node.leave()
        var hasEnded = false
        let watch = try node.loop.watch(node.child.pidfd.raw, for: .read) { _ in hasEnded = true }
        try node.run { hasEnded }
        watch.cancel()
        #expect(node.child.reap() == .exited(code: 0))
    }
}

extension JSON {
    /// A value as JSON of no particular type.
    fileprivate static func encoded(_ value: some Encodable) -> JSONValue {
        (try? decode(JSONValue.self, from: encode(value))) ?? .null
    }
}

extension FileDescriptor {
    /// Writes what the kernel takes of a few bytes.
    fileprivate func write(_ bytes: [UInt8]) throws -> Int? {
        var result: Result<Int?, SystemCallError> = .success(nil)
        bytes.withUnsafeBytes { buffer in
            do throws(SystemCallError) { result = .success(try write(buffer)) } catch { result = .failure(error) }
        }
        return try result.get()
    }
}
