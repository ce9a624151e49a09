import Glibc
import LinuxSystem
import Services
import Testing

/// Whether this process may make a mount namespace, in which nothing that is mounted is seen from outside.
private let canMount: Bool = {
    guard let scratch = try? Scratch() else { return false }
    let command = ["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", scratch.path]
    return (try? Command("/usr/bin/unshare", command, scratch: scratch).wait().status) == 0
}()

/// Records and state on file systems of a few megabytes, which fill up.
@Suite(.serialized, .enabled(if: canMount, "no file system can be mounted here")) struct FullDiskTests {
    /// A command that mounts two small file systems and becomes what is put behind it.
    private static func wrapper(_ node: TestNode, megabytes: Int) -> [String] {
        let script = """
            for directory in records state; do mount -t tmpfs -o size=\(megabytes)m none "$0/$directory" || exit; done
            exec "$@"
            """
        return ["/usr/bin/unshare", "--mount", "--map-root-user", "/bin/sh", "-c", script, node.home]
    }

    @Test func `a full disk refuses what it cannot hold, and loses nothing that was acknowledged`() throws {
        let node = try TestNode()
        try Files.makeDirectories(node.home + "/state")
        try node.start(wrapper: Self.wrapper(node, megabytes: 3))
        let inside = "/proc/\(try #require(node.daemon?.pid))/root"
        let records = inside + node.home + "/records", state = inside + node.home + "/state"
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
        try fill(state, leaving: 0)
        for number in 1...20 { #expect(write(number) == nil) }
        try fill(records, leaving: 100_000)
        for number in 21...40 where refusal == nil { refusal = write(number) }
        #expect(refusal?.code == .failed && refusal?.message.contains("No space left on device") == true)
        #expect(refusal?.message.contains("\n") == false)
        let update = Store.Replace.Request(
            request: "u", id: "note1", revision: try person.ask(Store.Text.self, .init(id: "note1")).revision,
            text: String(repeating: "larger than what is left ", count: 8_000))
        #expect(throws: ServiceFailure.self) { try person.ask(Store.Replace.self, update) }
        for (id, body) in written { #expect(try text(records, id) == body, "\(id) is torn") }
        #expect(try Files.list(records).filter { $0.hasPrefix(".") } == [], "a temporary file was left")

        unlink(records + "/ballast")
        unlink(state + "/ballast")
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

    /// Fills a file system but for some bytes.
    private func fill(_ directory: String, leaving bytes: Int) throws {
        let file = try Files.open(directory + "/ballast", O_WRONLY | O_CREAT)
        let block = [UInt8](repeating: 0, count: 4_096)
        var count = 0
        while let taken = try? block.withUnsafeBytes({ try file.write($0) }), taken > 0 { count += taken }
        #expect(ftruncate(file.raw, count - bytes) == 0)
    }
}
