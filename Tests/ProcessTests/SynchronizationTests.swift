import Glibc
import LinuxSystem
import Services
import Testing

/// What the store has on the disk when it says so. strace sees each fsync, and answers it in the kernel's place.
@Suite(.serialized, .enabled(if: Trace.isPossible, "there is no strace, or this is not root"))
struct SynchronizationTests {
    private static let request = Store.Create.Request(
        request: "c", id: "note", fields: [:], body: "What is to be on the disk.\n")

    /// What the store answers to a write.
    private func failure(_ person: Person) throws -> ServiceFailure? {
        do {
            _ = try person.ask(Store.Create.self, Self.request)
            return nil
        } catch let failure as ServiceFailure {
            return failure
        }
    }

    @Test func `a note whose name the disk has refused is not acknowledged when it is asked for again`() throws {
        let node = try TestNode(), person = try startedPerson(node)
        // The file's own fsync works, the one of its directory and all that follow do not.
        let trace = try Trace(of: "store", in: node, ["-e", "inject=fsync:error=EIO:when=2+"])
        let refused = try #require(try failure(person))
        #expect(refused.code == .failed && refused.message.contains("Input/output error"), "\(refused)")
        #expect(try Files.read(node.home + "/records/note.md", limit: 1_024).isEmpty == false)
        let refusedAgain = try #require(try failure(person))
        #expect(refusedAgain.code == .failed && refusedAgain.message.contains("Input/output error"), "\(refusedAgain)")
        trace.end()
        #expect(try failure(person) == nil)
    }

    @Test func `the names of new folders are on the disk before a note in them is acknowledged`() throws {
        let node = try TestNode(), person = try startedPerson(node)
        let trace = try Trace(of: "store", in: node, [])
        var request = Self.request
        request.id = "one/two/note"
        _ = try person.ask(Store.Create.self, request)
        trace.end()
        let pid = try #require(node.pid(of: "store")), records = node.home + "/records"
        #expect(
            trace.synchronized == [
                records, records + "/one", records + "/one/two/.note.md.\(pid).tmp", records + "/one/two",
            ])
    }

    /// The store synchronizes a text and its name for each record with a link, and then the names that a move changes.
    @Test(arguments: [
        (refused: 2, link: "target", isMoved: false), (refused: 3, link: "aim", isMoved: true),
    ])
    func `links lead to where the record is, whatever the disk refuses of a move`(
        refused: Int, link: String, isMoved: Bool
    ) throws {
        let node = try TestNode(records: ["a.md": "See [[target]].\n", "target.md": "# Target\n"])
        try node.start()
        #expect(waits(for: 60) { (try? node.egghead("backlinks", "target").output.isEmpty) == false })
        let trace = try Trace(of: "store", in: node, ["-e", "inject=fsync:error=EIO:when=\(refused)"])
        let failed = try node.egghead("mv", "target", "aim")
        trace.end()
        #expect(failed.status == 1 && failed.errors.contains("Input/output error"), "\(failed)")
        let records = node.home + "/records"
        #expect(try Files.read(records + "/a.md", limit: 1_024) == Array("See [[\(link)]].\n".utf8), "\(failed)")
        #expect(try Files.list(records).contains("aim.md") == isMoved)
        if !isMoved { #expect(try node.egghead("mv", "target", "aim").status == 0) }
    }

    private func startedPerson(_ node: TestNode) throws -> Person {
        try node.start()
        return try Person(node)
    }
}

/// A process of a node whose calls of fsync are seen, and answered otherwise if need be.
final class Trace {
    /// Whether this process may trace others, and there is what does it.
    static let isPossible = geteuid() == 0 && Files.isExecutable(program)

    private static let program = "/usr/bin/strace"
    private let command: Command, path: String

    /// Returns when the calls are seen.
    ///
    /// - Parameter options: What strace is to do beside.
    ///
    /// See: strace(1), "Tampering"
    init(of child: String, in node: TestNode, _ options: [String]) throws {
        let pid = try #require(node.pid(of: child))
        path = node.scratch.newPath("trace")
        let arguments = ["-y", "-o", path, "-e", "trace=fsync"] + options + ["-p", "\(pid)"]
        command = try Command(Self.program, arguments, scratch: node.scratch)
        try #require(waits(for: 20) { Self.isTraced(pid) }, "\(command.errors)")
    }

    /// Lets the process run as before.
    func end() {
        Glibc.kill(command.pid, SIGTERM)
        _ = command.wait(seconds: 20)
    }

    /// The paths of the files and directories that were synchronized, in order.
    var synchronized: [String] {
        let lines = String(decoding: (try? Files.read(path, limit: 1 << 20)) ?? [], as: UTF8.self)
        return lines.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("fsync("), let start = line.firstIndex(of: "<"), let end = line.lastIndex(of: ">")
            else { return nil }
            return String(line[line.index(after: start)..<end])
        }
    }

    private static func isTraced(_ pid: pid_t) -> Bool {
        let status = String(decoding: (try? Files.read("/proc/\(pid)/status", limit: 1 << 16)) ?? [], as: UTF8.self)
        return !status.contains("TracerPid:\t0\n")
    }
}
