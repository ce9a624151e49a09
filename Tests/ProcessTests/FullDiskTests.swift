import Glibc
import LinuxSystem
import Services
import Testing

/// Records and state on file systems of a few megabytes, which fill up.
@Suite(.serialized, .enabled(if: SmallDisk.canBeMade, "no file system can be mounted here")) struct FullDiskTests {
    @Test func `a full disk refuses what it cannot hold, and loses nothing that was acknowledged`() throws {
        let node = try TestNode()
        try Files.makeDirectories(node.home + "/state")
        try node.start(wrapper: SmallDisk.wrapper(node, ["records", "state"], megabytes: 3))
        let records = try SmallDisk.path("records", of: node), state = try SmallDisk.path("state", of: node)
        let person = try Person(node)
        var written: [String: String] = [:]
        var refusal: ServiceFailure?

        func write(_ number: Int) -> ServiceFailure? {
            let body = "The word is full\(number)x. " + String(repeating: "and so on ", count: 2_000) + "\n"
            do {
                let request = Store.Create.Request(
                    request: "c\(number)", id: RecordID("note\(number)"), fields: [:], body: body)
                _ = try person.ask(Store.Create.self, request)
                written["note\(number)"] = body
                return nil
            } catch {
                return error as? ServiceFailure ?? ServiceFailure(.internalError, "\(error)")
            }
        }
        // The state fills first: the index is late, and no write waits for it.
        try SmallDisk.fill(state, leaving: 0)
        for number in 1...20 { #expect(write(number) == nil) }
        let inside = ["--target", "\(try #require(node.daemon?.pid))", "--mount", Built.directory + "/egghead"]
        let doctor = try Command("/usr/bin/nsenter", inside + ["doctor", "--home", node.home], scratch: node.scratch)
            .wait()
        #expect(doctor.status == 1 && doctor.output.contains("state: the file system is full"), "\(doctor)")
        try SmallDisk.fill(records, leaving: 100_000)
        for number in 21...40 where refusal == nil { refusal = write(number) }
        #expect(refusal?.code == .failed && refusal?.message.contains("No space left on device") == true)
        #expect(refusal?.message.contains("\n") == false)
        let update = Store.Replace.Request(
            request: "u", id: "note1", revision: try person.ask(Store.Text.self, .init(id: "note1")).revision,
            text: String(repeating: "larger than what is left ", count: 8_000))
        #expect(throws: ServiceFailure.self) { try person.ask(Store.Replace.self, update) }
        for (id, body) in written { #expect(try text(records, id) == body, "\(id) is torn") }
        #expect(try Files.list(records).filter { $0.hasPrefix(".") } == [], "a temporary file was left")

        SmallDisk.empty(records)
        SmallDisk.empty(state)
        #expect(write(50) == nil)
        #expect(waits(for: 60) { (try? missing(written, person)) == [] }, "the index has not caught up")
        try node.kill("index")
        #expect(waits(for: 60) { (try? missing(written, person)) == [] }, "the index is wrong after its restart")
        for (id, body) in written { #expect(try text(records, id) == body) }
    }

    private func text(_ records: String, _ id: String) throws -> String {
        String(decoding: try Files.read("\(records)/\(id).md", limit: 1 << 20), as: UTF8.self)
    }

    /// The records that a search for their word does not find.
    private func missing(_ written: [String: String], _ person: Person) throws -> [String] {
        try written.keys.sorted().filter { id in
            let hits = try person.ask(Store.Search.self, .init(query: "full\(id.dropFirst(4))x")).hits
            return hits.map(\.record.id) != [RecordID(id)]
        }
    }
}
