import BusClient
import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

/// Somebody who keeps posting to a room, over whatever happens to the broker.
private final class Poster {
    private let bus: BusClient
    private let name: String
    private let room: RoomName
    /// The texts that the coordinator has acknowledged.
    private(set) var posted: [String] = []
    private var asked = 0
    private var isStopping = false
    /// How many posts wait for their acknowledgement.
    private(set) var waiting = 0

    init(_ name: String, room: RoomName, _ node: TestNode, loop: EventLoop) {
        self.name = name
        self.room = room
        bus = BusClient(loop: loop)
        bus.connect(path: node.home + "/run/broker.sock")
        for _ in 1...4 { post() }
    }

    func stop() { isStopping = true }

    private func post() {
        asked += 1
        waiting += 1
        let text = "\(name) \(asked)"
        let request = Coordinator.Post.Request(request: text, room: room, text: text)
        bus.request(Coordinator.Post.self, request, deadline: .seconds(120), retry: .untilDeadline) { [unowned self] in
            waiting -= 1
            switch $0 {
            case .success: posted.append(text)
            case .failure(let failure): Issue.record("\(text): \(failure.message)")
            }
            if !isStopping { post() }
        }
    }
}

/// The broker under load, killed again and again.
@Suite(.serialized) struct BrokerCrashTests {
    /// As often as the root supervisor bears it in a minute.
    private static let killsPerLife = 5, lives = 10

    @Test func `no event is lost, doubled or late when the broker is killed fifty times under load`() throws {
        let node = try TestNode(
            model: nil, configuration: "providers: {dead: {url: 'http://127.0.0.1:9/v1', model: m, key: none}}")
        try node.start()
        SignalDescriptor.ignorePipe()  // as every process of ours does
        let loop = try EventLoop()
        loop.stop(.success)  // each run is one turn
        let watchers = try (1...3).map { _ in try node.begin(["watch", "lobby", "--json"]) }
        let posters = ["ann", "bob"].map { Poster($0, room: "lobby", node, loop: loop) }
        for life in 1...Self.lives {
            // The last of all comes when it is silent.
            for _ in 1...(life < Self.lives ? Self.killsPerLife : Self.killsPerLife - 1) {
                try loop.turn(for: .milliseconds(.random(in: 20...200)))
                try killBroker(of: node, loop)
            }
            guard life < Self.lives else { break }
            node.stop()
            try node.start()
        }
        posters.forEach { $0.stop() }
        // Each post ends by its own deadline. One that still waits would be an event more than the history below.
        try loop.turn(for: .seconds(130)) { posters.allSatisfy { $0.waiting == 0 } }
        try #require(posters.allSatisfy { $0.waiting == 0 })
        // Silence: the last events have to be noticed without a successor.
        try node.kill("broker")
        // A turn that ends meanwhile is one event more.
        var history: [RoomEvent] = []
        let haveSeenAll = try waits(for: 120) {
            history = try node.history()
            return watchers.allSatisfy { seen($0).count == history.count }
        }
        #expect(haveSeenAll, "\(history.count) events, seen: \(watchers.map { seen($0).count })")
        let numbers = history.map(\.number)
        #expect(numbers == Array(1...numbers.count))
        let texts = history.filter { $0.from.isPerson }.map(\.text)
        #expect(texts.sorted() == posters.flatMap(\.posted).sorted())
        #expect(texts.count > 100)
        for watcher in watchers {
            #expect(zip(seen(watcher), history).first { $0 != $1 } == nil)
            Glibc.kill(watcher.pid, SIGTERM)
        }
    }

    private func seen(_ watcher: Command) -> [RoomEvent] {
        let lines = watcher.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.compactMap { try? JSON.decode(RoomEvent.self, from: Array($0.utf8)) }
    }

    private func killBroker(of node: TestNode, _ loop: EventLoop) throws {
        let pid = try #require(node.pid(of: "broker"))
        Glibc.kill(pid, SIGKILL)
        try loop.turn(for: .seconds(60)) { node.pid(of: "broker").map { $0 != pid } ?? false }
    }
}
