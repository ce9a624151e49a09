import GRDB
import Glibc
import Journal
import LinuxSystem
import Rooms
import Services
import Testing

@testable import egghead_records

/// The state directory on a file system that fills up under a node that has rooms.
@Suite(.serialized, .enabled(if: SmallDisk.canBeMade, "no file system can be mounted here"))
struct JournalOutageTests {
    /// Longer than what a full file system still takes in the last block of a file.
    private static let long = String(repeating: "and so on ", count: 1_000)

    /// What the rooms' journal says on the disk.
    private func journal(_ state: String) throws -> JournalReading<JournalEntry> {
        Journal.read(try Files.read(state + "/rooms/journal", limit: 1 << 26), as: JournalEntry.self)
    }

    /// The events that the journal holds, in the order in which it does.
    private func events(_ state: String) throws -> [RoomEvent] {
        try journal(state).entries.compactMap { if case .event(let event) = $0 { event } else { nil } }
    }

    private func pids(_ node: TestNode) -> [String: pid_t] {
        Dictionary(uniqueKeysWithValues: node.children.compactMap { child in child.pid.map { (child.name, $0) } })
    }

    /// Posts until the disk refuses a message.
    private func refusal(_ person: Person, _ text: String) throws -> ServiceFailure {
        for number in 1...200 {
            do {
                let post = Coordinator.Post.Request(
                    request: "\(text) \(number)", room: nil, text: "\(text) \(number) \(Self.long)")
                _ = try person.ask(Coordinator.Post.self, post)
            } catch let failure as ServiceFailure {
                return failure
            }
        }
        throw ServiceFailure(.internalError, "the disk is not full")
    }

    @Test func `a full disk refuses messages with its reason, and loses no process, word or answer`() throws {
        let node = try TestNode(configuration: "room: {budget: 100}\n")
        try Files.makeDirectories(node.home + "/state")
        try node.start(wrapper: SmallDisk.wrapper(node, ["state"], megabytes: 3))
        let state = try SmallDisk.path("state", of: node), person = try Person(node)
        #expect(try node.egghead("chat", "--wait", "what is said before").status == 0)
        // An answer of some seconds, which is complete when the disk is full.
        let requests = try #require(node.provider).requests.count
        #expect(try node.egghead("chat", "tell me fake:slow=60").status == 0)
        #expect(waits(for: 30) { (node.provider?.requests.count ?? 0) > requests })
        let before = pids(node)
        try SmallDisk.fill(state, leaving: 0)
        let refused = try refusal(person, "never said")
        #expect(refused.code == .failed && refused.message.contains("No space left on device"), "\(refused)")
        #expect(refused.message.contains("\n") == false)
        let told = try node.history()
        let written = try events(state)
        #expect(told == written, "what people read is not what is on the disk")
        let reading = try journal(state)
        #expect(reading.unreadable == [] && reading.tornTail == nil, "a half entry was left")
        #expect(waits(for: 30) { node.children.contains { $0.status?.contains("No space left") == true } })
        let isKnown = Coordinator.Post.Request(request: "never said 0", room: nil, text: "")
        #expect(throws: ServiceFailure.self) { try person.ask(Coordinator.Post.self, isKnown) }

        SmallDisk.empty(state)
        #expect(waits(for: 90) { (try? node.history().contains { $0.outcome == .answered && $0.number > 3 }) == true })
        #expect(waits(for: 60) { (try? node.egghead("chat", "--wait", "what is said after").status) == 0 })
        let after = try node.history(), all = try events(state)
        #expect(Array(after.prefix(told.count)) == told && after == all)
        #expect(pids(node) == before, "a process was replaced")
    }

    @Test func `a node that starts with a full disk comes up for reading, and for all else when there is space`() throws
    {
        let node = try TestNode()
        try node.start()
        #expect(try node.egghead("chat", "--wait", "what is said before").status == 0)
        let told = try node.history()
        #expect(node.stop() == 0)
        // A line that a power cut has torn: what repairs the journal needs a write.
        let file = try Files.open(node.home + "/state/rooms/journal", O_WRONLY | O_APPEND)
        _ = try Array("0badc0de [{\"ev".utf8).withUnsafeBytes { try file.write($0) }

        try node.start(wrapper: SmallDisk.wrapper(node, ["state"], megabytes: 3, isFull: true))
        let state = try SmallDisk.path("state", of: node), person = try Person(node)
        #expect(try node.history() == told)
        #expect(try node.egghead("search", "index").status == 0)
        #expect(try node.egghead("recent").status == 0)
        let refused = try refusal(person, "never said")
        #expect(refused.code == .failed && refused.message.contains("No space left on device"), "\(refused)")
        let before = pids(node)
        SmallDisk.empty(state)
        #expect(waits(for: 90) { (try? node.egghead("chat", "--wait", "what is said after").status) == 0 })
        #expect(Array(try node.history().prefix(told.count)) == told)
        #expect(pids(node) == before)
        #expect(try journal(state).tornTail == nil)
        #expect(try Files.list(state + "/rooms").contains { $0.hasPrefix("journal.unreadable-") })
    }

    /// What of the index is there when the node starts on a full disk.
    @Test(arguments: ["nothing", "another version", "half a file"])
    func `a node without an index keeps it in memory as long as the disk is full`(found: String) throws {
        let node = try TestNode()
        try node.write(record: "tower.md", "# Tower\n\nThe lighthouse stands here.\n")
        let file = node.home + "/state/" + IndexDatabase.fileName
        try Files.makeDirectories(node.home + "/state")
        switch found {
        case "another version": try DatabaseQueue(path: file).write { try $0.execute(sql: "PRAGMA user_version = 1") }
        case "half a file": try Files.replace(file, with: Array("SQLite format 3\0".utf8))
        case _: break
        }
        try node.start(wrapper: SmallDisk.wrapper(node, ["state"], megabytes: 3, isFull: true))
        let state = try SmallDisk.path("state", of: node)
        func finds(_ word: String, _ id: String) -> Bool {
            waits(for: 60) { (try? node.egghead("search", word).output.hasPrefix("\(id) ")) == true }
        }
        #expect(finds("lighthouse", "tower"))
        try node.write(record: "sea.md", "# Sea\n\nThe trawler is out.\n")
        #expect(finds("trawler", "sea"))
        #expect(node.children.contains { $0.name == "index" && $0.status?.contains("in memory") == true })
        let before = pids(node)
        SmallDisk.empty(state)
        #expect(waits(for: 90) { (try? Files.status(state + "/" + IndexDatabase.fileName).size) ?? 0 > 0 })
        try node.write(record: "shore.md", "# Shore\n\nThe pier is closed.\n")
        #expect(finds("pier", "shore") && finds("lighthouse", "tower"))
        #expect(pids(node) == before)
        for name in try Files.list(state) where name.hasPrefix(IndexDatabase.fileName) {
            #expect(try Files.status(state + "/" + name).permissions == 0o600, "\(name)")
        }
        #expect(try Files.status(state).permissions & 0o007 == 0, "everybody can read what the notes say")
        try node.kill("index")
        #expect(finds("trawler", "sea"))
    }
}
