import Glibc
import JSON
import LinuxSystem
import Services
import Testing
import Time

/// What connections may do to the broker, by thousands, by silence and by greed.
@Suite struct BrokerHardTimesTests {
    init() {
        SignalDescriptor.ignorePipe()
        _ = DescriptorLimit.raise()
    }

    private func stats(_ node: TestNode) throws -> Broker.Stats.Reply {
        let result = try node.egghead("bus", "stats", "--json")
        return try JSON.decode(Broker.Stats.Reply.self, from: Array(result.output.utf8))
    }

    private func start(_ configuration: String = "") throws -> TestNode {
        let node = try TestNode(configuration: configuration)
        try node.start()
        return node
    }

    @Test func `a hundred thousand subscriptions are each served, and gone with their connections`() throws {
        let node = try start(), before = try stats(node).subscriptions
        let listeners = try (0..<25).map { number in
            let peer = try RawPeer(node)
            try peer.say("CONNECT {\"verbose\":false}\r\n")
            for start in stride(from: 0, to: 4_000, by: 500) {
                try peer.say((start..<start + 500).map { "SUB _INBOX.\(number).\($0) \($0)\r\n" }.joined())
            }
            #expect(try peer.hearAll() == "PONG\r\n")
            return peer
        }
        #expect(try stats(node).subscriptions >= before + 100_000)
        let publisher = try RawPeer(node)
        for number in listeners.indices { try publisher.say("PUB _INBOX.\(number).\(number * 97) 0\r\n\r\n") }
        _ = try publisher.hearAll()
        for (number, listener) in listeners.enumerated() {
            let heard = try listener.hearAll()
            #expect(heard == "MSG _INBOX.\(number).\(number * 97) \(number * 97) 0\r\n\r\nPONG\r\n")
        }
        // One connection gets no more than its share.
        try publisher.say("CONNECT {\"verbose\":false}\r\n" + (0..<4_100).map { "SUB _INBOX.\($0) \($0)\r\n" }.joined())
        #expect(try publisher.hearAll().components("-ERR 'maximum subscriptions exceeded'\r\n") == 4)
        withExtendedLifetime(listeners) {}
        _ = consume listeners
        #expect(waits(for: 60) { (try? stats(node).subscriptions).map { $0 < before + 10_000 } ?? false })
    }

    @Test func `whoever never reads loses its place, and nobody else waits`() throws {
        let node = try start()
        let greedy = try RawPeer(node), reader = try RawPeer(node), publisher = try RawPeer(node)
        for peer in [greedy, reader] {
            try peer.say("CONNECT {\"verbose\":false}\r\nSUB _INBOX.flood 1\r\n")
            _ = try peer.hearAll()
        }
        try publisher.say("CONNECT {\"verbose\":false}\r\n")
        let message = "PUB _INBOX.flood 65536\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        for _ in 1...40 {
            for _ in 1...16 { try publisher.say(message) }
            _ = try publisher.hearAll()
            #expect(try reader.hearAll().components("MSG _INBOX.flood 1 65536\r\n") == 16)
        }
        let stats = try stats(node)
        #expect(stats.slowConsumers == 1)
        #expect(!(try greedy.hearToTheEnd()).isEmpty)
        #expect(try node.egghead("logs", "broker").output.contains("slow consumer"))
    }

    @Test func `whoever takes nothing of what waits for it is gone at the write deadline`() throws {
        let node = try start()
        let greedy = try RawPeer(node), publisher = try RawPeer(node)
        try greedy.say("CONNECT {\"verbose\":false}\r\nSUB _INBOX.flood 1\r\n")
        _ = try greedy.hearAll()
        let payload = String(repeating: "x", count: 1_000_000)
        try publisher.say("CONNECT {\"verbose\":false}\r\nPUB _INBOX.flood 1000000\r\n\(payload)\r\n")
        _ = try publisher.hearAll()
        #expect(try stats(node).connections.contains { $0.pendingBytes > 0 })
        #expect(waits(for: 60) { (try? stats(node).slowConsumers) == 1 })
        #expect(try stats(node).heldBytes < 500_000)
        withExtendedLifetime(greedy) {}
    }

    @Test func `a reader that says its last word while much waits for it takes only itself away`() throws {
        let node = try start(), broker = node.pid(of: "broker")
        let publisher = try RawPeer(node)
        try publisher.say("CONNECT {\"verbose\":false}\r\n")
        let message = "PUB _INBOX.flood 65536\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
        for round in 1...20 {
            let reader = try RawPeer(node)
            try reader.say("CONNECT {\"verbose\":false}\r\nSUB _INBOX.flood 1\r\n")
            _ = try reader.hearAll()
            for _ in 1...6 { try publisher.say(message) }
            _ = try publisher.hearAll()
            // So much that the rest fits the kernel, and too little that it would say so.
            for _ in 0..<(round % 4 + 1) { _ = try reader.hear(until: "MSG _INBOX.flood 1 65536\r\n") }
            reader.endSaying()
            _ = try publisher.hearAll()
        }
        #expect(node.pid(of: "broker") == broker)
    }

    @Test func `two thousand connections at once are all greeted and served`() throws {
        let node = try start()
        let peers = try (0..<2_000).map { _ in try UnixSocket.connect(node.home + "/run/broker.sock", .stream).release()
        }
        defer { peers.forEach { Glibc.close($0) } }
        let some = try RawPeer(node)
        #expect(try some.hearAll() == "PONG\r\n")
        for peer in peers { #expect(Glibc.write(peer, "PING\r\n", 6) == 6) }
        for peer in peers {
            var text = "", buffer = [UInt8](repeating: 0, count: 4_096)
            while !text.hasSuffix("PONG\r\n") {
                var poller = pollfd(fd: peer, events: Int16(POLLIN), revents: 0)
                try #require(poll(&poller, 1, 60_000) == 1)
                let count = Glibc.read(peer, &buffer, buffer.count)
                try #require(count > 0, "a connection ended after \(text)")
                text += String(decoding: buffer[..<count], as: UTF8.self)
            }
            #expect(text.hasPrefix("INFO {"))
        }
        #expect(try stats(node).connections.count >= 1_000)
    }

    @Test func `a client over TCP that says nothing is sent away, one with its token is not`() throws {
        let port = UInt16.random(in: 20_000...30_000)
        let node = try start("bus: {listen: '127.0.0.1:\(port)', tokens: {laptop: 0123456789abcdef}}")
        let silent = try RawPeer(port: port), laptop = try RawPeer(port: port), stranger = try RawPeer(port: port)
        try laptop.say("CONNECT {\"verbose\":false,\"auth_token\":\"0123456789abcdef\"}\r\nSUB _INBOX.a 1\r\n")
        #expect(try laptop.hearAll() == "PONG\r\n")
        try stranger.say("CONNECT {\"auth_token\":\"0123456789abcdeX\"}\r\n")
        #expect(try stranger.hearToTheEnd() == "-ERR 'Authorization Violation'\r\n")
        #expect(try silent.hearToTheEnd() == "-ERR 'Authentication Timeout'\r\n")
        #expect(try laptop.hearAll() == "PONG\r\n")
        #expect(
            try stats(node).connections.contains { $0.name == "client:laptop" && $0.address != nil && $0.pid == nil })
        // Its name is its own, and a new configuration puts it out.
        try laptop.say("PUB svc.coordinator.rooms.client:phone 2\r\n{}\r\n")
        #expect(try laptop.hearAll().contains("Permissions Violation for Publish"))
        let provider = try #require(node.provider)
        let text = """
            bus: {listen: '127.0.0.1:\(port)', tokens: {laptop: another-token-of-its}}
            providers: {fake: {url: '\(provider.url)', key: k, model: normal}}
            """
        try Files.replace(node.home + "/config.yml", with: Array(text.utf8))
        Glibc.kill(try #require(node.daemon?.pid), SIGHUP)
        #expect(try laptop.hearToTheEnd().contains("Authorization Violation"))
    }
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(_ text: String) -> Int {
        Array(utf8).split(separator: Array(text.utf8), omittingEmptySubsequences: false).count - 1
    }
}
