import BusClient
import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// Somebody who writes notes one after the other, each once anew and once changed, over whatever happens to the store.
private final class Writer {
    private let bus: BusClient
    private let name: String
    /// What was acknowledged: the text below the frontmatter, by id.
    private(set) var written: [RecordID: String] = [:]
    private(set) var isWaiting = false
    private var count = 0
    private var isStopping = false

    init(_ name: String, _ node: TestNode, loop: EventLoop) {
        self.name = name
        bus = BusClient(loop: loop)
        bus.connect(path: node.home + "/run/broker.sock")
        create()
    }

    func stop() { isStopping = true }

    private func create() {
        isWaiting = !isStopping
        if isStopping { return }
        count += 1
        let id = RecordID("\(name)/note\(count)"), body = "The word is \(name)first\(count)x.\n"
        let request = Store.Create.Request(
            request: "c-\(id)", id: id, fields: ["tags": .array([.string(name)])], body: body)
        bus.request(Store.Create.self, request, deadline: .seconds(120), retry: .untilDeadline) { [unowned self] in
            guard let reply = acknowledged($0, id, body) else { return create() }
            update(id, reply.revision ?? "")
        }
    }

    private func update(_ id: RecordID, _ revision: String) {
        let body = "The word is \(name)second\(count)x.\n"
        let request = Store.Update.Request(request: "u-\(id)", id: id, revision: revision, fields: [:], body: body)
        bus.request(Store.Update.self, request, deadline: .seconds(120), retry: .untilDeadline) { [unowned self] in
            // A repeated request whose first answer was lost with the store finds its own work: stale, and right.
            if case .failure(let failure) = $0, failure.code == .stale {
                written[id] = body
            } else {
                _ = acknowledged($0, id, body)
            }
            create()
        }
    }

    private func acknowledged(
        _ result: Result<WriteReply, ServiceFailure>, _ id: RecordID, _ body: String
    ) -> WriteReply? {
        switch result {
        case .success(let reply):
            written[id] = body
            return reply
        case .failure(let failure):
            Issue.record("\(id): \(failure.message)")
            return nil
        }
    }
}

/// Store and index under writes, killed again and again.
@Suite(.serialized) struct RecordCrashTests {
    /// As often as the supervisor `records` bears it in a minute.
    private static let killsPerLife = 5
    /// Each costs more than a second, so a run by hand has more of them: EGGHEAD_TEST_LIVES=200 swift test --filter …
    private static let lives = getenv("EGGHEAD_TEST_LIVES").flatMap { Int(String(cString: $0)) } ?? 60

    @Test func `no acknowledged write is lost and no file is torn, whenever store and index are killed`() throws {
        let node = try TestNode(
            model: nil, configuration: "providers: {dead: {url: 'http://127.0.0.1:9/v1', model: m, key: none}}")
        try node.start()
        SignalDescriptor.ignorePipe()
        let loop = try EventLoop()
        loop.stop(.success)  // each run is one turn
        let writers = ["ann", "bob", "cat"].map { Writer($0, node, loop: loop) }
        for life in 1...Self.lives {
            for _ in 1...Self.killsPerLife {
                try loop.turn(for: .milliseconds(.random(in: 0...120)))
                if let pid = node.pid(of: Bool.random() ? "store" : "index") { Glibc.kill(pid, SIGKILL) }
            }
            if life < Self.lives {
                node.stop()
                try node.start()
            }
        }
        writers.forEach { $0.stop() }
        try loop.turn(for: .seconds(120)) { !writers.contains { $0.isWaiting } }
        try node.waitUntilReady()
        let written = writers.map(\.written).reduce(into: [:]) { $0.merge($1) { $1 } }
        #expect(written.count > 2 * Self.lives)
        for (id, body) in written {
            let text = String(
                decoding: (try? Files.read("\(node.home)/records/\(id).md", limit: 1 << 16)) ?? [], as: UTF8.self)
            #expect(text.hasPrefix("---\ntags:") && text.hasSuffix("---\n\n" + body), "\(id): \(text)")
        }
        let person = try Person(node)
        var missing = written
        _ = try waits(for: 60) {
            missing = try missing.filter { id, body in
                let word = String(body.split(separator: " ").last?.dropLast(2) ?? "")
                return try person.ask(Store.Search.self, .init(query: word)).hits.map(\.record.id) != [id]
            }
            return missing.isEmpty
        }
        #expect(missing == [:])
        #expect(try person.ask(Store.Tags.self, .init()).tags.map(\.count).reduce(0, +) >= written.count)
    }
}
