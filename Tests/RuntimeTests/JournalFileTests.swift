import Glibc
import Journal
import LinuxSystem
import Runtime
import Services
import Testing

/// A journal on the disk that is longer than what is read of it at once.
@Suite struct JournalFileTests {
    /// A directory that is removed with its owner.
    private final class Directory {
        let path = "/tmp/egghead-journal-file-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        var journal: String { path + "/journal" }

        deinit {
            for name in (try? Files.list(path)) ?? [] { unlink("\(path)/\(name)") }
            rmdir(path)
        }
    }

    private static let log = Log(identifier: "journal-file-tests", isDebugging: false)

    private static func open(_ directory: Directory, take: (String) -> Void) throws -> JournalFile<String> {
        try JournalFile(directory: directory.path, log: log, take: take)
    }

    private static func entry(_ number: Int) -> String { "\(number) " + String(repeating: "words ", count: 200) }

    private static func lines(_ numbers: Range<Int>) -> [UInt8] { numbers.flatMap { Journal.line(of: [entry($0)]) } }

    @Test func `damage anywhere in a long journal is set aside byte for byte, and all else is read and kept`() throws {
        let directory = Directory()
        try Files.makeDirectories(directory.path)
        let before = Self.lines(0..<400), after = Self.lines(400..<700)
        // Longer than a piece, so that it begins in one and ends in another, with line feeds in it and without.
        let damage = [UInt8](repeating: 0, count: 300_000) + Self.lines(900..<901).map { $0 ^ 0x40 } + [10, 48, 10]
        let torn = Array(Self.lines(901..<902).dropLast(20))
        try Files.replace(directory.journal, with: before + damage + after + torn)
        var entries: [String] = []
        let file = try Self.open(directory) { entries.append($0) }
        #expect(entries == (0..<700).map(Self.entry))
        #expect(file.unreadable == [damage] && file.bytes == before.count + after.count)
        #expect(try Files.read(directory.journal, limit: 1 << 24) == before + after)
        let aside = try Files.list(directory.path).filter { $0.hasPrefix("journal.unreadable-") }
        let contents = try aside.map { try Files.read("\(directory.path)/\($0)", limit: 1 << 24) }
        #expect(contents.count == 2 && contents.contains(damage) && contents.contains(torn))
    }

    @Test func `what was appended is reread, in the process and by the next one, and only one has the journal`() throws
    {
        let directory = Directory()
        do {
            let file = try Self.open(directory) { _ in Issue.record("a new journal says something") }
            try file.append(Self.lines(0..<600), waits: true)
            try file.append(Self.lines(600..<601), waits: false)
            var entries: [String] = []
            try file.reread { entries.append($0) }
            #expect(entries == (0..<601).map(Self.entry))
            #expect(throws: ServiceFailure.self) { try Self.open(directory) { _ in } }
            try file.replace(with: Self.lines(5..<6))
            try file.append(Self.lines(6..<7), waits: true)
        }
        var entries: [String] = []
        let next = try Self.open(directory) { entries.append($0) }
        #expect(entries == [Self.entry(5), Self.entry(6)] && next.unreadable.isEmpty)
    }
}
