import Bus
import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

@testable import BusClient

/// What a completion handler got.
private final class Box<Value> {
    var values: [Value] = []
    var first: Value? { values.first }
}

@Suite struct BusClientTests {
    private let broker: InProcessBroker
    private let loop: EventLoop

    init() throws {
        loop = try EventLoop()
        broker = InProcessBroker(loop: loop)
    }

    private func serveEcho(_ client: BusClient) {
        client.serve(Echo.self) { request, caller, responder in
            responder.reply(Echo.Reply(text: request.text, caller: caller.description))
        }
    }

    /// Asks and waits for the answer.
    private func ask(
        _ client: BusClient, _ text: String = "hi", deadline: Duration = .seconds(30), retry: RequestRetry = .never
    ) throws -> Result<Echo.Reply, ServiceFailure>? {
        let box = Box<Result<Echo.Reply, ServiceFailure>>()
        client.request(Echo.self, Echo.Request(text: text), deadline: deadline, retry: retry) { box.values.append($0) }
        try broker.run { !box.values.isEmpty }
        return box.first
    }

    // MARK: Asking and serving

    @Test(arguments: [Principal.user("ann b"), .service(.toolbox), .service(.coordinator)])
    func `a request is answered, and the service knows who asks`(asker: Principal) throws {
        let store = try broker.client(.service(.store)), client = try broker.client(asker)
        serveEcho(store)
        let answer = try ask(client, retry: .untilDeadline)
        #expect(answer == .success(Echo.Reply(text: "hi", caller: asker.description)))
    }

    @Test func `a refusal comes as it was said`() throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        let failure = ServiceFailure(.stale, "the record has changed")
        store.serve(Echo.self) { _, _, responder in responder.fail(failure) }
        #expect(try ask(ann, retry: .untilDeadline) == .failure(failure))
    }

    @Test(arguments: [RequestRetry.never, .untilDeadline])
    func `a refusal of a process of the version before is understood by its payload alone`(retry: RequestRetry) throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        let failure = ServiceFailure(.stale, "the record has changed")
        store.subscribe(.requests(Echo.service, Echo.name), queue: Echo.service.rawValue) { message in
            guard let reply = message.reply else { return }
            store.publish(failure.payload, to: reply)
        }
        #expect(try ask(ann, retry: retry) == .failure(failure))
    }

    @Test func `a refusal has the headers of a NATS service, and a reply has none`() throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        let failure = ServiceFailure(.stale, "the record has changed"), box = Box<BusMessage>()
        store.serve(Echo.self) { request, caller, responder in
            if request.text == "no" { return responder.fail(failure) }
            responder.reply(Echo.Reply(text: request.text, caller: caller.description))
        }
        for text in ["no", "hi"] {
            ann.request(
                subject: .service(Echo.service, Echo.name, caller: .user("ann")),
                payload: JSON.encode(Echo.Request(text: text))
            ) { if case .success(let message) = $0 { box.values.append(message) } }
        }
        try broker.run { box.values.count == 2 }
        #expect(box.values.map(\.refusal) == [failure, nil])
        #expect(box.values.first?.payload == failure.payload)
    }

    @Test func `a request that does not decode is refused with the place where it is wrong`() throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        serveEcho(store)
        _ = try ask(ann, retry: .untilDeadline)
        let box = Box<Result<Echo.Reply, ServiceFailure>>()
        ann.request(
            subject: .service(.store, "echo", caller: .user("ann")), ["txet": "hi"], as: Echo.Reply.self
        ) { box.values.append($0) }
        try broker.run { !box.values.isEmpty }
        #expect(box.first == .failure(ServiceFailure(.invalid, "store.echo: text: missing")))
    }

    @Test func `a request that is passed on is answered by the other service`() throws {
        let store = try broker.client(.service(.store)), index = try broker.client(.service(.index))
        let ann = try broker.client(.user("ann"))
        index.serve(InnerEcho.self) { request, caller, responder in
            responder.reply(Echo.Reply(text: "inner " + request.text, caller: caller.description))
        }
        store.relay(Echo.self, to: InnerEcho.self) { request, _ in
            request.text == "secret" ? ServiceFailure(.denied, "no") : nil
        }
        #expect(try ask(ann, "hi", retry: .untilDeadline) == .success(Echo.Reply(text: "inner hi", caller: "store")))
        #expect(try ask(ann, "secret") == .failure(ServiceFailure(.denied, "no")))
    }

    @Test func `an agent takes a request and answers it later`() throws {
        let coordinator = try broker.client(.service(.coordinator)), scout = try broker.client(.agent("scout"))
        let held = Box<Responder<Echo.Reply>>(), answers = Box<Result<Echo.Reply, ServiceFailure>>()
        scout.subscribe(requests: .agent("scout", "turn"), as: Echo.Request.self, reply: Echo.Reply.self) {
            _, responder in
            held.values.append(responder)
        }
        coordinator.request(
            subject: .agent("scout", "turn"), Echo.Request(text: "speak"), as: Echo.Reply.self, deadline: .seconds(30),
            retry: .untilDeadline
        ) { answers.values.append($0) }
        try broker.run { !held.values.isEmpty }
        held.first?.reply(Echo.Reply(text: "later", caller: ""))
        try broker.run { !answers.values.isEmpty }
        #expect(answers.first == .success(Echo.Reply(text: "later", caller: "")))
    }

    @Test func `a stream brings every answer in order, and ends with a failure`() throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        store.serve(Echo.self) { request, _, responder in
            for word in ["one", "two", "three"] { responder.each(Echo.Reply(text: word, caller: request.text)) }
            responder.fail(ServiceFailure(.exhausted, "enough"))
            responder.each(Echo.Reply(text: "four", caller: request.text))
        }
        try broker.run { store.isConnected && ann.isConnected }
        let pieces = Box<Result<Echo.Reply, ServiceFailure>>()
        let handle = ann.stream(Echo.self, Echo.Request(text: "x")) { pieces.values.append($0) }
        try broker.run { pieces.values.count == 4 }
        _ = try ask(ann)  // whatever else came would be here before this answer's last piece
        let words = ["one", "two", "three"].map { Result<_, ServiceFailure>.success(Echo.Reply(text: $0, caller: "x")) }
        #expect(pieces.values == words + [.failure(ServiceFailure(.exhausted, "enough"))])
        handle.cancel()
    }

    @Test func `a stream that is cancelled is silent`() throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        serveEcho(store)
        try broker.run { store.isConnected && ann.isConnected }
        let pieces = Box<Result<Echo.Reply, ServiceFailure>>()
        ann.stream(Echo.self, Echo.Request(text: "x")) { pieces.values.append($0) }.cancel()
        _ = try ask(ann)
        #expect(pieces.values.isEmpty)
    }

    // MARK: Nobody there

    @Test func `a request that nobody serves fails at once`() throws {
        let ann = try broker.client(.user("ann"))
        guard case .failure(let failure)? = try ask(ann) else {
            Issue.record("answered")
            return
        }
        #expect(failure.code == .unavailable)
        #expect(failure.message.contains("store.echo"))
    }

    @Test func `a request may wait for its service`() throws {
        let ann = try broker.client(.user("ann"))
        let answers = Box<Result<Echo.Reply, ServiceFailure>>()
        ann.request(Echo.self, Echo.Request(text: "hi"), deadline: .seconds(50), retry: .untilDeadline) {
            answers.values.append($0)
        }
        try broker.run { ann.isConnected }
        let store = try broker.client(.service(.store))
        serveEcho(store)
        try broker.run { !answers.values.isEmpty }
        #expect(answers.first == .success(Echo.Reply(text: "hi", caller: "user:ann")))
    }

    @Test(arguments: [Principal.user("ann"), .service(.coordinator)])
    func `a request to a service that dies fails at once, and its like that may be repeated is answered`(
        asker: Principal
    ) throws {
        let dying = try broker.client(.service(.store)), client = try broker.client(asker)
        let never = Box<Result<Echo.Reply, ServiceFailure>>(), again = Box<Result<Echo.Reply, ServiceFailure>>()
        var heard = 0
        dying.serve(Echo.self) { _, _, _ in heard += 1 }  // and says nothing
        client.request(Echo.self, Echo.Request(text: "1"), deadline: .seconds(3_600)) { never.values.append($0) }
        client.request(Echo.self, Echo.Request(text: "2"), deadline: .seconds(3_600), retry: .untilDeadline) {
            again.values.append($0)
        }
        try broker.run { heard == 2 }
        broker.end(.service(.store))
        try broker.run { !never.values.isEmpty }
        guard case .failure(let failure)? = never.first else { return #expect(Bool(false), "it was answered") }
        #expect(failure.code == .unavailable)
        #expect(again.values.isEmpty)
        let successor = try broker.client(.service(.store))
        serveEcho(successor)
        try broker.run { !again.values.isEmpty }
        #expect(again.first == .success(Echo.Reply(text: "2", caller: asker.description)))
        #expect(never.values.count == 1)
    }

    @Test func `a silent service is a timeout`() throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        store.serve(Echo.self) { _, _, _ in }
        try broker.run { store.isConnected && ann.isConnected }
        guard case .failure(let failure)? = try ask(ann, deadline: .milliseconds(50)) else {
            Issue.record("answered")
            return
        }
        #expect(failure.code == .timeout)
    }

    @Test func `without a broker a request fails as unavailable at its deadline`() throws {
        let client = BusClient(name: .service(.toolbox), loop: loop)
        guard case .failure(let failure)? = try ask(client, deadline: .milliseconds(20), retry: .untilDeadline) else {
            Issue.record("answered")
            return
        }
        #expect(failure == ServiceFailure(.unavailable, "asking store.echo: the broker cannot be reached"))
    }

    @Test func `what the broker forbids is denied to the request that it was`() throws {
        let scout = try broker.client(.agent("scout"))
        let errors = Box<String>()
        scout.onError = { errors.values.append($0) }
        #expect(
            try ask(scout, retry: .untilDeadline)
                == .failure(ServiceFailure(.denied, "asking store.echo: agent:scout may not")))
        #expect(errors.values.isEmpty)
    }

    // MARK: The broker restarts

    @Test func `subscriptions are made again, and what was said meanwhile is sent`() throws {
        let coordinator = try broker.client(.service(.coordinator)), ann = try broker.client(.user("ann"))
        let heard = Box<String>(), connections = Box<Bool>()
        ann.onConnect = { connections.values.append(true) }
        ann.onDisconnect = { connections.values.append(false) }
        ann.subscribe("room.*.event") { heard.values.append($0.subject.description) }
        try broker.run { ann.isConnected && coordinator.isConnected }
        coordinator.publish(Empty(), to: .roomEvent("one"))
        try broker.run { heard.values.count == 1 }

        broker.crash()
        try broker.run { !ann.isConnected && !coordinator.isConnected }
        coordinator.publish(Empty(), to: .roomEvent("two"))
        try broker.connect(ann, as: .user("ann"))
        try broker.run { ann.isConnected }
        try broker.connect(coordinator, as: .service(.coordinator))
        try broker.run { heard.values.count == 2 }
        #expect(heard.values == ["room.one.event", "room.two.event"])
        #expect(connections.values == [true, false, true])
    }

    @Test func `a cancelled subscription does not come back`() throws {
        let coordinator = try broker.client(.service(.coordinator)), ann = try broker.client(.user("ann"))
        let heard = Box<String>()
        let cancelled = ann.subscribe("room.*.event") { heard.values.append("cancelled \($0.subject)") }
        ann.subscribe("room.*.head") { heard.values.append("\($0.subject)") }
        cancelled.cancel()
        broker.crash()
        try broker.run { !ann.isConnected }
        try broker.connect(ann, as: .user("ann"))
        try broker.run { ann.isConnected }
        try broker.connect(coordinator, as: .service(.coordinator))
        coordinator.publish(Empty(), to: .roomEvent("x"))
        coordinator.publish(Empty(), to: .roomHead("x"))
        try broker.run { !heard.values.isEmpty }
        #expect(heard.values == ["room.x.head"])
    }

    @Test(arguments: [RequestRetry.never, .untilDeadline])
    func `a request whose connection breaks fails, or is asked again`(retry: RequestRetry) throws {
        let store = try broker.client(.service(.store)), ann = try broker.client(.user("ann"))
        let asked = Box<String>(), answers = Box<Result<Echo.Reply, ServiceFailure>>()
        store.serve(Echo.self) { request, caller, responder in
            asked.values.append(request.text)
            if asked.values.count > 1 { responder.reply(Echo.Reply(text: "second", caller: "")) }
        }
        try broker.run { store.isConnected && ann.isConnected }
        ann.request(Echo.self, Echo.Request(text: "hi"), deadline: .seconds(50), retry: retry) {
            answers.values.append($0)
        }
        try broker.run { !asked.values.isEmpty }
        broker.crash()
        try broker.run { !store.isConnected && !ann.isConnected }
        try broker.connect(store, as: .service(.store))
        try broker.connect(ann, as: .user("ann"))
        try broker.run { !answers.values.isEmpty }
        let broken = ServiceFailure(
            .unavailable, "asking store.echo: the connection to the broker broke before the answer")
        #expect(
            answers.first == (retry == .never ? .failure(broken) : .success(Echo.Reply(text: "second", caller: ""))))
    }

    // MARK: People

    @Test func `a person's program is told when nobody listens, and connects when somebody does`() throws {
        let directory = "/tmp/bus-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try Files.makeDirectories(directory)
        defer { rmdir(directory) }
        let path = "\(directory)/broker.sock"
        let client = BusClient(loop: loop)
        let problems = Box<ServiceFailure>()
        client.onUnreachable = { problems.values.append($0) }
        client.connect(path: path)
        #expect(
            problems.values == [
                ServiceFailure(
                    .unavailable,
                    "connecting to the broker at \(path): connect \(path): No such file or directory; "
                        + Home.startAdvice
                )
            ])
        let watch = try broker.listen(path, as: .user("ann"))
        defer { unlink(path) }
        try broker.run { client.isConnected }
        #expect(client.name == .user("ann"))
        broker.crash()
        try broker.run { !client.isConnected }
        try broker.run { client.isConnected }
        watch.cancel()
    }
}
