import JSON
import Services
import Testing

@testable import Bus

/// A router with named connections, spoken to in text. `agent:` and services are children of incarnation 1.
final class Stage {
    let router: MessageRouter
    private var connections: [String: BrokerConnection] = [:]

    init(_ names: String..., heldBytesMax: Int = ProtocolLimits.heldBytesMax) {
        router = MessageRouter(serverID: "TEST", heldBytesMax: heldBytesMax)
        for name in names { open(name) }
    }

    func open(_ text: String, incarnation: Int = 1) {
        guard let name = Principal(rawValue: text) else { preconditionFailure("no name: \(text)") }
        let connection =
            name.isPerson
            ? router.open(person: name, pid: 7)
            : router.open(child: ChildIdentity(name: text, incarnation: incarnation, pid: 7), name: name)
        connections[text] = connection
        _ = hear(text)
        say(text, "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}")
    }

    func connection(_ name: String) -> BrokerConnection {
        guard let connection = connections[name] else { preconditionFailure("nobody: \(name)") }
        return connection
    }

    /// Sends lines; each gets its line end.
    func say(_ name: String, _ lines: String...) {
        for line in lines { router.receive(Array("\(line)\r\n".utf8), from: connection(name)) }
    }

    /// The bytes that have come for a connection since the last time.
    func take(_ name: String) -> [UInt8] {
        let connection = connection(name)
        defer { connection.output.removeAll() }
        return connection.output.withBytes { Array($0) }
    }

    /// What has come for a connection since the last time, with `|` for each line end.
    func hear(_ name: String) -> String {
        String(decoding: take(name), as: UTF8.self).replacing("\r\n", with: "|")
    }

    /// How many subscriptions of these names got something.
    func hearers(_ names: [String]) -> [String] { names.filter { !hear($0).isEmpty } }
}

extension MessageRouter {
    /// Takes bytes as if they had been read, in pieces of the sizes that the router asks for.
    func receive(_ bytes: some Sequence<UInt8>, from connection: BrokerConnection) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty, !connection.isEnded {
            receive(from: connection) { buffer in
                let piece = rest.prefix(buffer.count)
                buffer.copyBytes(from: piece)
                rest = rest.dropFirst(piece.count)
                return piece.count
            }
            while continueUnfinished() {}
        }
    }
}

@Suite struct MessageRouterTests {
    @Test func `a client that sends no token in time is ended, and one that has sent it is not`() throws {
        let router = MessageRouter(serverID: "TEST", heldBytesMax: ProtocolLimits.heldBytesMax)
        let listener = try #require(LoopbackAddress("127.0.0.1:4222")), token = "sixteen-letters-at-least"
        router.setTokens(["ann": token])
        let late = router.open(client: "127.0.0.1:50000", at: listener)
        let known = router.open(client: "127.0.0.1:50001", at: listener)
        router.receive(Array("CONNECT {\"auth_token\":\"\(token)\"}\r\n".utf8), from: known)
        for connection in [late, known] { router.authorizationIsDue(connection) }
        #expect(late.isEnded && !known.isEnded)
        let words = late.output.withBytes { String(decoding: $0, as: UTF8.self) }
        #expect(words.contains("-ERR 'Authentication Timeout'"))
    }

    @Test func `a connection is greeted with its name and its inbox`() {
        let router = MessageRouter(serverID: "S1")
        let child = router.open(
            child: ChildIdentity(name: "agent:a b", incarnation: 4, pid: 9), name: .agent("a b"))
        var parser = FrameParser()
        child.output.withBytes { parser.append(Array($0)) }
        guard case .info(let json)? = try? parser.next() else {
            Issue.record("no INFO")
            return
        }
        #expect(
            (try? JSON.decode(ServerInfo.self, from: Array(json)))
                == ServerInfo(serverID: "S1", clientID: 1, name: "agent:a b", inboxPrefix: "_INBOX.agent:a%20b.4"))
    }

    /// What one person says, and what the broker answers, where a table of its own or a name of the connection counts;
    /// for all else see `ExchangeTests`.
    @Test(arguments: [
        ("SUB _INBOX.* 1|SUB _INBOX.a 2|PUB _INBOX.a 0||", "MSG _INBOX.a 2 0||MSG _INBOX.a 1 0||"),
        // Refusals that end nothing.
        ("PUB room.x.event 0||PING|", "-ERR 'Permissions Violation for Publish to \"room.x.event\"'|PONG|"),
        ("SUB agent.> 1|PING|", "-ERR 'Permissions Violation for Subscription to \"agent.>\"'|PONG|"),
        (
            "SUB svc.store.> store 1|PING|",
            "-ERR 'Permissions Violation for Subscription to \"svc.store.>\" using queue \"store\"'|PONG|"
        ),
        (
            "PUB svc.store.get.user:ann room.x.event 0||PING|",
            "-ERR 'Permissions Violation for Publish with Reply of \"room.x.event\"'|PONG|"
        ),
        // Nobody serves it.
        ("SUB _INBOX.r 1|PUB svc.store.get.user:ann _INBOX.r 2|{}|", "HMSG _INBOX.r 1 16 16|NATS/1.0 503|||"),
        ("SUB _INBOX.r 1|PUB svc.store.get.user:ann 2|{}|", ""),
        ("CONNECT {\"no_responders\":false}|SUB _INBOX.r 1|PUB svc.store.get.user:ann _INBOX.r 2|{}|", ""),
    ])
    func `what a name may say, and what nobody serves, is answered`(said: String, answered: String) {
        let stage = Stage("user:ann")
        stage.router.receive(bytes(said.replacing("|", with: "\r\n")), from: stage.connection("user:ann"))
        #expect(stage.hear("user:ann") == answered)
    }

    @Test func `each message goes to one member of a queue group, and every member gets its share`() {
        let stage = Stage("user:a", "user:b", "user:c", "user:d")
        stage.say("user:a", "SUB room.x.event workers 1")
        stage.say("user:b", "SUB room.*.event workers 1")
        stage.say("user:c", "SUB room.> others 1")
        stage.say("user:d", "SUB room.x.event 1")
        stage.open("coordinator")
        var worked: [String] = []
        for _ in 1...6 {
            stage.say("coordinator", "PUB room.x.event 0", "")
            worked += stage.hearers(["user:a", "user:b"])
            #expect(stage.hearers(["user:c", "user:d"]) == ["user:c", "user:d"])
        }
        #expect(worked.sorted() == ["user:a", "user:a", "user:a", "user:b", "user:b", "user:b"])
    }

    @Test func `a request that a service passes on is answered to the asker`() {
        let stage = Stage("user:ann", "store", "index")
        stage.say("store", "SUB svc.store.search.* store 1")
        stage.say("index", "SUB svc.index.search.* index 1")
        stage.say("user:ann", "SUB _INBOX.user:ann.1.> 0", "PUB svc.store.search.user:ann _INBOX.user:ann.1.5 2", "{}")
        #expect(stage.hear("store") == "MSG svc.store.search.user:ann 1 _INBOX.user:ann.1.5 2|{}|")
        stage.say("store", "PUB svc.index.search.store _INBOX.user:ann.1.5 2", "{}")
        #expect(stage.hear("index") == "MSG svc.index.search.store 1 _INBOX.user:ann.1.5 2|{}|")
        stage.say("index", "PUB _INBOX.user:ann.1.5 2", "{}")
        #expect(stage.hear("user:ann") == "MSG _INBOX.user:ann.1.5 0 2|{}|")
    }

    @Test func `the asker learns that nobody serves what was passed on`() {
        let stage = Stage("user:ann", "store")
        stage.say("user:ann", "SUB _INBOX.user:ann.1.> 0")
        stage.say("store", "PUB svc.index.search.store _INBOX.user:ann.1.5 2", "{}")
        #expect(stage.hear("user:ann") == "HMSG _INBOX.user:ann.1.5 0 16 16|NATS/1.0 503|||")
        #expect(stage.hear("store") == "")
    }

    @Test func `an agent answers each request once, and nobody who did not ask`() {
        let stage = Stage("agent:scout", "coordinator", "user:ann")
        stage.say("agent:scout", "SUB agent.scout.> 1")
        stage.say("coordinator", "SUB _INBOX.coordinator.1.> 0")
        let answer = "PUB _INBOX.coordinator.1.8 2"
        stage.say("agent:scout", answer, "{}")
        #expect(stage.hear("agent:scout") == "-ERR 'Permissions Violation for Publish to \"_INBOX.coordinator.1.8\"'|")
        stage.say("coordinator", "PUB agent.scout.turn _INBOX.coordinator.1.8 2", "{}")
        #expect(stage.hear("agent:scout") == "MSG agent.scout.turn 1 _INBOX.coordinator.1.8 2|{}|")
        stage.say("agent:scout", answer, "{}", answer, "{}")
        #expect(stage.hear("coordinator") == "MSG _INBOX.coordinator.1.8 0 2|{}|")
        #expect(stage.hear("agent:scout") == "-ERR 'Permissions Violation for Publish to \"_INBOX.coordinator.1.8\"'|")
    }

    @Test func `a violation is told to the operator for the first, second and fourth time`() {
        let stage = Stage("agent:scout")
        for _ in 1...5 { stage.say("agent:scout", "PUB svc.store.get.agent:scout 0", "") }
        let counts = stage.router.takeEffects().compactMap { effect in
            if case .violation(let connection, _, let count) = effect { return "\(connection.name) \(count)" }
            return nil
        }
        #expect(counts == ["agent:scout 1", "agent:scout 2", "agent:scout 4"])
    }

    @Test func `a child that has exited has no connection, whoever holds it`() {
        let stage = Stage("agent:scout", "coordinator")
        let first = stage.connection("agent:scout")
        stage.say("agent:scout", "SUB agent.scout.> 1")
        stage.router.childExited("agent:scout", incarnation: 2)
        #expect(!first.isEnded)
        stage.router.childExited("agent:scout", incarnation: 1)
        #expect(first.isEnded)
        stage.say("agent:scout", "PUB svc.llm.chat.agent:scout 0", "")
        stage.say("coordinator", "PUB agent.scout.turn 0", "")
        #expect(stage.hear("agent:scout") == "")
        #expect(stage.router.subscriptionsCount == 0)
    }

    @Test func `a new life of a child takes the place of the last`() {
        let stage = Stage("llm")
        let first = stage.connection("llm")
        stage.open("llm", incarnation: 2)
        #expect(first.isEnded)
        #expect(stage.router.connections.map(\.child?.incarnation) == [2])
    }

    /// What one process has asked for is with its services before anything that its successor asks, or never.
    @Test func `nothing of a child's last life is delivered after a word of the next one`() {
        let stage = Stage("toolbox", "agent:scout")
        stage.say("toolbox", "SUB svc.toolbox.> toolbox 1")
        let first = stage.connection("agent:scout")
        stage.say("agent:scout", "PUB svc.toolbox.call.agent:scout 1", "a")
        // The rest of this one comes too late.
        stage.router.receive(Array("PUB svc.toolbox.call.agent:scout 1\r\n".utf8), from: first)
        stage.open("agent:scout", incarnation: 2)
        stage.say("agent:scout", "PUB svc.toolbox.calls.agent:scout 1", "b")
        stage.router.receive(Array("c\r\nPUB svc.toolbox.call.agent:scout 1\r\nd\r\n".utf8), from: first)
        _ = stage.router.continueUnfinished()
        #expect(
            stage.hear("toolbox")
                == "MSG svc.toolbox.call.agent:scout 1 1|a|MSG svc.toolbox.calls.agent:scout 1 1|b|")
    }

    @Test func `the broker names the children with a connection`() {
        let stage = Stage("agent:scout", "llm", "user:ann")
        stage.say("llm", "SUB _INBOX.llm.1.> 0", "PUB svc.broker.children.llm _INBOX.llm.1.1 2", "{}")
        let reply =
            #"{"children":[{"incarnation":1,"name":"agent:scout","pid":7},{"incarnation":1,"name":"llm","pid":7}]}"#
        #expect(stage.hear("llm") == "MSG _INBOX.llm.1.1 0 \(reply.utf8.count)|\(reply)|")
    }

    @Test func `a consumer that does not read is disconnected, and the others are not`() {
        let stage = Stage("user:slow", "user:ann", "coordinator")
        stage.say("user:slow", "SUB room.*.event 1")
        stage.say("user:ann", "SUB room.*.event 1")
        let payload = String(repeating: "x", count: ProtocolLimits.payloadBytesMax)
        for _ in 0...ProtocolLimits.pendingBytesMax / ProtocolLimits.payloadBytesMax {
            stage.say("coordinator", "PUB room.x.event \(payload.utf8.count)", payload)
            #expect(!stage.hear("user:ann").isEmpty)
        }
        #expect(stage.connection("user:slow").isEnded)
        #expect(!stage.connection("user:ann").isEnded)
        #expect(stage.router.slowConsumersCount == 1)
    }

    /// What an agent may say, a service's own parser must be able to read.
    @Test(arguments: [("subject", 4_000, 10), ("reply", 10, 4_000), ("both", 1_000, 1_000)])
    func `no message is passed on whose control line the receiver would refuse`(_: String, subject: Int, reply: Int) {
        let stage = Stage("coordinator", "agent:scout")
        stage.say("coordinator", "SUB svc.coordinator.> coordinator \(String(repeating: "7", count: 60))")
        let operation = String(repeating: "x", count: subject), inbox = String(repeating: "y", count: reply)
        stage.say("agent:scout", "PUB svc.coordinator.\(operation).agent:scout _INBOX.agent:scout.1.\(inbox) 2", "{}")
        let heard = stage.hear("coordinator").replacing("|", with: "\r\n")
        var parser = FrameParser()
        parser.append(Array(heard.utf8))
        #expect(throws: Never.self) { while try parser.next() != nil {} }
        #expect(heard.utf8.count < ProtocolLimits.controlLineBytesMax)
    }

    @Test func `when too much waits in all, whoever holds the most loses its place`() {
        let stage = Stage("user:ann", "user:most", "user:less", "user:half", heldBytesMax: 1_000_000)
        stage.say("user:most", "SUB _INBOX.> 1")
        stage.say("user:less", "SUB _INBOX.a 1")
        let payload = String(repeating: "x", count: 100_000)
        // The beginning of a frame is held, too.
        stage.router.receive(bytes("PUB _INBOX.h 900000\r\n\(payload)"), from: stage.connection("user:half"))
        for subject in ["a", "b", "a", "b", "a", "b"] { stage.say("user:ann", "PUB _INBOX.\(subject) 100000", payload) }
        #expect(stage.connection("user:most").isEnded)
        #expect(!stage.connection("user:less").isEnded)
        #expect(stage.router.slowConsumersCount == 1)
        #expect(stage.router.heldBytes < 1_000_000)
        stage.router.receive(
            bytes(String(repeating: payload, count: 7)), from: stage.connection("user:half"))
        #expect(stage.connection("user:half").isEnded)
        _ = stage.hear("user:less")
        stage.say("user:less", "UNSUB 1")
        #expect(stage.router.heldBytes == 0)
    }

    /// What it was telling is told to the end: the others get it whole.
    @Test(arguments: ["SUB _INBOX.u 1", "CONNECT {\"verbose\":true}"])
    func `a sender that is ended in the middle of its own message leaves no broken one behind`(own: String) {
        let stage = Stage("user:ann", "user:bob")
        stage.say("user:ann", own)
        stage.say("user:bob", "SUB _INBOX.u 1")
        let payload = String(repeating: "x", count: 1_000_000)
        let message = Array("PUB _INBOX.u 1000000\r\n\(payload)\r\n".utf8)
        let whole = Array("MSG _INBOX.u 1 1000000\r\n\(payload)\r\n".utf8)
        let filling = Array(String(repeating: "PING\r\n", count: 20_000).utf8)
        for _ in 1...400 where !stage.connection("user:ann").isEnded {
            stage.router.receive(message, from: stage.connection("user:ann"))
            stage.router.receive(filling, from: stage.connection("user:ann"))
            let heard = stage.take("user:bob")
            #expect(heard.isEmpty || heard == whole, "\(String(decoding: heard.prefix(100), as: UTF8.self))")
        }
        #expect(stage.connection("user:ann").isEnded)
        #expect(stage.router.slowConsumersCount == 1)
    }

    @Test func `an ended connection is let go of, whatever it has published to itself`() {
        let router = MessageRouter(serverID: "S")
        weak var connection: BrokerConnection?
        do {
            let ann = router.open(person: .user("ann"), pid: 1)
            connection = ann
            let text =
                "CONNECT {\"verbose\":false}\r\nSUB _INBOX.a 1\r\n"
                + String(repeating: "PUB _INBOX.a 1\r\nx\r\n", count: 3)
            router.receive(Array(text.utf8), from: ann)
            router.end(ann, .peerGone)
            router.discard(ann)
            _ = router.takeEffects()
            _ = router.takeConnectionsWithOutput()
            // What others publish does not hold it either.
            let bob = router.open(person: .user("bob"), pid: 1)
            router.receive(Array("PUB _INBOX.b 0\r\n\r\n".utf8), from: bob)
        }
        #expect(connection == nil)
    }

    @Test func `a connection that keeps the broker busy waits for its next turn`() {
        let stage = Stage("user:ann", "user:bob")
        for sid in 1...4_000 { stage.say("user:ann", "SUB _INBOX.> group\(sid) \(sid)") }
        stage.say("user:bob", "SUB _INBOX.one 1")
        stage.say("user:ann", "CONNECT {\"echo\":false}")
        var rest = Array(String(repeating: "PUB _INBOX.one 0\r\n\r\n", count: 1_000).utf8)[...]
        stage.router.receive(from: stage.connection("user:ann")) { buffer in
            defer { rest = rest.dropFirst(buffer.count) }
            buffer.copyBytes(from: rest.prefix(buffer.count))
            return min(rest.count, buffer.count)
        }
        let first = stage.hear("user:bob").split(separator: "MSG").count
        #expect(first > 0 && first < 100)
        #expect(stage.router.hasUnfinished)
        var all = first
        while stage.router.continueUnfinished() { all += stage.hear("user:bob").split(separator: "MSG").count }
        #expect(all == 1_000)
    }

    @Test func `a service with its hands full serves nobody more, and keeps its place`() {
        let stage = Stage("toolbox", "store", "agent:scout")
        stage.say("toolbox", "SUB svc.toolbox.*.* toolbox 1")
        stage.say("agent:scout", "SUB _INBOX.agent:scout.1.> 0")
        let payload = String(repeating: "x", count: ProtocolLimits.payloadBytesMax)
        for _ in 0...ProtocolLimits.pendingBytesMax / ProtocolLimits.payloadBytesMax {
            stage.say("agent:scout", "PUB svc.toolbox.search_records.agent:scout \(payload.utf8.count)", payload)
        }
        #expect(!stage.connection("toolbox").isEnded)
        #expect(!stage.connection("agent:scout").isEnded)
        #expect(stage.connection("toolbox").output.count < ProtocolLimits.pendingBytesMax)
        let ask = "PUB svc.toolbox.search_records.agent:scout _INBOX.agent:scout.1.7 2"
        stage.say("agent:scout", ask, "{}")
        #expect(stage.hear("agent:scout") == "HMSG _INBOX.agent:scout.1.7 0 16 16|NATS/1.0 503|||")
        _ = stage.hear("toolbox")
        stage.say("agent:scout", ask, "{}")
        #expect(stage.hear("toolbox").hasPrefix("MSG svc.toolbox.search_records.agent:scout 1 "))
    }

    @Test func `a person's inbox is never another's, also over a restart of the broker`() {
        func prefix(_ serverID: String) -> String {
            MessageRouter(serverID: serverID).open(person: .user("ann"), pid: 1)
                .output.withBytes { String(decoding: $0, as: UTF8.self) }
                .split(separator: "\"").first { $0.hasPrefix("_INBOX") }.map(String.init) ?? ""
        }
        #expect(prefix("A") != prefix("B"))
        #expect(prefix("A").hasPrefix("_INBOX.user:ann."))
    }

    @Test func `an operation of eggheadd that is no word is refused, and not passed on`() {
        let stage = Stage("user:ann")
        stage.say("user:ann", "SUB _INBOX.r 1")
        let name = String(repeating: "x", count: 65)
        stage.say("user:ann", "PUB svc.eggheadd.\(name).user:ann _INBOX.r 2", "{}")
        #expect(stage.hear("user:ann").contains("\"invalid\""))
        #expect(stage.router.takeEffects().isEmpty)
    }

    @Test func `a connection that leaves three PINGs without an answer is stale`() {
        let stage = Stage("user:ann", "user:bob")
        for _ in 1...3 {
            stage.router.ping()
            stage.say("user:ann", "PONG")
        }
        #expect(stage.hear("user:ann") == "PING|PING|PING|")
        #expect(stage.hear("user:bob") == "PING|PING|-ERR 'Stale Connection'|")
        #expect(stage.connection("user:bob").isEnded)
    }

    @Test func `subscriptions of a connection are bounded`() {
        let stage = Stage("user:ann")
        for sid in 1...ProtocolLimits.subscriptionsPerConnectionMax {
            stage.say("user:ann", "SUB _INBOX.\(sid) \(sid)")
        }
        stage.say("user:ann", "SUB _INBOX.more more", "PING")
        #expect(stage.hear("user:ann") == "-ERR 'maximum subscriptions exceeded'|PONG|")
        #expect(stage.router.subscriptionsCount == ProtocolLimits.subscriptionsPerConnectionMax)
    }
}
