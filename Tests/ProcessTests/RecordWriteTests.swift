import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

/// Writes through the store of a whole node.
@Suite(.serialized) struct RecordWriteTests {
    @Test func `a create that is repeated over a restart of the store is answered as the first time`() throws {
        let node = try TestNode()
        try node.start()
        let person = try Person(node)
        let create = Store.Create.Request(
            request: "r1", id: "notes/once", fields: ["title": .string("Once")], body: "Written once.\n")
        let first = try person.ask(Store.Create.self, create)
        try node.kill("store")
        let second = try person.ask(Store.Create.self, create)
        #expect((second.id, second.revision) == (first.id, first.revision))
        var other = create
        other.body = "Something else.\n"
        other.request = "r2"
        let refused = #expect(throws: ServiceFailure.self) { try person.ask(Store.Create.self, other) }
        #expect(refused?.code == .exists)
    }

    @Test func `two callers with one request id are two requests`() throws {
        let port = UInt16.random(in: 20_000...30_000)
        let node = try TestNode(
            model: nil, configuration: "bus: {listen: '127.0.0.1:\(port)', tokens: {laptop: 0123456789abcdef}}")
        try node.start()
        let person = try Person(node)
        let first = try person.ask(Store.Create.self, .init(request: "r1", id: "a", fields: [:], body: "Ann's.\n"))
        let laptop = try RawPeer(port: port)
        let request = String(
            decoding: JSON.encode(Store.Create.Request(request: "r1", id: "b", fields: [:], body: "Laptop's.\n")),
            as: UTF8.self)
        try laptop.say("CONNECT {\"verbose\":false,\"auth_token\":\"0123456789abcdef\"}\r\nSUB _INBOX.x 1\r\n")
        try laptop.say("PUB svc.store.create.client:laptop _INBOX.x \(request.utf8.count)\r\n\(request)\r\n")
        _ = try laptop.hear(until: "MSG _INBOX.x 1 ")
        #expect(try laptop.hear(until: "}\r\n").contains(#""id":"b""#))
        #expect(try person.ask(Store.Get.self, .init(id: "b")).body == "Laptop's.\n")
        // Each repeats its own.
        let again = try person.ask(Store.Create.self, .init(request: "r1", id: "a", fields: [:], body: "Ann's.\n"))
        #expect(again == first)
    }

    @Test func `the id of a request is that of one operation`() throws {
        let node = try TestNode(records: ["old.md": "# Old\n"])
        try node.start()
        let person = try Person(node)
        _ = try person.ask(Store.Create.self, .init(request: "r1", id: "a", fields: [:], body: "Kept.\n"))
        let refused = #expect(throws: ServiceFailure.self) {
            try person.ask(Store.Delete.self, .init(request: "r1", id: "old", revision: nil))
        }
        #expect(refused?.code == .invalid)
        #expect(refused?.message == "the request id \"r1\" was used for create; make a new one")
        #expect(throws: ServiceFailure.self) {
            try person.ask(Store.Move.self, .init(request: "r1", id: "old", to: "new"))
        }
        #expect(try person.ask(Store.Get.self, .init(id: "old")).body == "# Old\n")
        _ = try person.ask(Store.Delete.self, .init(request: "r2", id: "old", revision: nil))
    }

    @Test func `an update leaves a private note private`() throws {
        let node = try TestNode(records: ["salary.md": "---\ntitle: Salary\n---\nNot for all.\n"])
        let path = node.home + "/records/salary.md"
        chmod(path, 0o600)
        try node.start()
        let person = try Person(node)
        let read = try person.ask(Store.Get.self, .init(id: "salary"))
        _ = try person.ask(
            Store.Update.self,
            .init(
                request: "u1", id: "salary", revision: read.summary.revision, fields: ["tags": .string("x")], body: nil)
        )
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    @Test func `a note that cannot be indexed keeps no other from being found, and doctor names it`() throws {
        let node = try TestNode()
        try node.start()
        try node.write(record: "aaa.md", "# Quotes\n\n" + String(repeating: "\u{1}", count: 200_000) + "\n")
        try node.write(record: "zebra.md", "# Zebra\n\nThe zebra has stripes.\n")
        let found = try waits(for: 30) { try node.egghead("search", "zebra").output.contains("zebra") }
        #expect(found)
        #expect(try waits(for: 30) { try node.egghead("doctor").output.contains("aaa.md") })
    }

    @Test func `what cannot be indexed any more is not found as it was, and the index is complete without it`() throws {
        let node = try TestNode(records: ["a.md": "An owl.\n"])
        try node.start()
        let person = try Person(node)
        func found() throws -> [RecordID] {
            try person.ask(Store.Search.self, .init(query: "owl")).hits.map(\.record.id)
        }
        #expect(try waits(for: 60) { try found() == ["a"] })
        // In JSON each of these takes six bytes, which is more than a message holds.
        let large = "An owl. " + String(repeating: "\u{1}", count: 200 << 10)
        try node.write(record: "a.md", large)
        #expect(try waits(for: 60) { try found() == [] })
        #expect(try waits(for: 60) { try !person.ask(Store.Tags.self, .init()).rebuilding })
        node.stop()
        for file in try Files.list(node.home + "/state") where file.hasPrefix("index.sqlite") {
            try Files.remove(node.home + "/state/" + file)
        }
        try node.start()
        let later = try Person(node)
        #expect(try waits(for: 60) { try !later.ask(Store.Tags.self, .init()).rebuilding })
        try node.write(record: "a.md", "An owl again.\n")
        #expect(try waits(for: 60) { try later.ask(Store.Search.self, .init(query: "owl")).hits.count == 1 })
        #expect(try later.ask(Store.Problems.self, .init()).problems == [])
    }

    @Test func `many agents with long dispositions are listed whole`() throws {
        let long = String(repeating: "You are thorough. ", count: 1_700)
        let agents = (10..<55).map { ("agents/a\($0).md", "---\nclass: agent\n---\n\(long)\n") }
        let node = try TestNode(records: Dictionary(uniqueKeysWithValues: agents))
        try node.start()
        let result = try node.egghead("agents")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.split(separator: "\n").count == 46)
        #expect(try node.egghead("chat", "@a10 hello", "--wait").status == 0)
    }
}
