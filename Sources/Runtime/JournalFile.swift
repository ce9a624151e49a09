import Glibc
import Journal
import LinuxSystem
import Services

/// The file `journal` of a directory: opened once, only ever appended to, and repaired before the first line is added.
///
/// What cannot be read is moved to a file beside it, `journal.unreadable-<time>-<offset>`, which nothing ever reads or
/// removes: it is for whoever wants to rescue what is in it.
public final class JournalFile<Entry: Codable> {
    private var entries: [Entry]
    /// The bytes of each part that could not be read and is no torn end.
    public let unreadable: [[UInt8]]
    /// How long the file is.
    public private(set) var bytes: Int

    private let path: String
    private var file: FileDescriptor
    /// Held for as long as the process lives, so that two processes never write one journal.
    private let lock: FileDescriptor

    /// Reads and repairs the journal of a directory, which is made when it is missing.
    ///
    /// Everything that was read is on the disk afterwards, also what a predecessor wrote and could not wait for.
    ///
    /// - Parameters:
    ///   - bytesMax: The longest file that is read.
    ///   - accepts: Whether a commit, after those before it, can be applied. One that cannot is moved aside.
    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the journal.
    public init(
        directory: String, bytesMax: Int, log: Log, accepts: ([Entry]) -> Bool = { _ in true }
    ) throws {
        try Files.makeDirectories(directory, mode: 0o750)
        guard let lock = try Files.lock("\(directory)/lock") else {
            throw ServiceFailure(
                .unavailable, "locking \(directory)/lock: another node's process uses it; stop that node first")
        }
        self.lock = lock
        path = "\(directory)/journal"
        let reading: JournalReading<Entry>
        (reading, unreadable) = try Self.repair(path, bytesMax: bytesMax, log, accepts)
        file = try Self.open(path)
        try file.synchronizeData()
        try Files.synchronizeDirectory(directory)
        bytes = try Files.status(path).size
        entries = reading.entries
        log.info("journal.read", ["path": path, "bytes": "\(bytes)", "entries": "\(entries.count)"])
    }

    /// What the journal said when it was opened; nothing the second time, so that nobody holds it twice.
    public func takeEntries() -> [Entry] {
        defer { entries = [] }
        return entries
    }

    /// Appends whole lines.
    ///
    /// - Parameters:
    ///   - waits: Whether they must be on the disk when this returns.
    /// - Throws: `SystemCallError`. What is on the disk is unknown then (the kernel may drop pages that it could not
    ///   write and call the next fdatasync good), so the process must end and read the file again.
    public func append(_ lines: [UInt8], waits: Bool) throws(SystemCallError) {
        var failure: SystemCallError?
        lines.withUnsafeBytes { buffer in
            do throws(SystemCallError) { try file.writeAll(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        if waits { try file.synchronizeData() }
        bytes += lines.count
    }

    /// Begins the file anew with these lines, on the disk when this returns; whatever happens, the file is the old one
    /// or the new one.
    ///
    /// - Throws: `SystemCallError`; as for `append`, the process must end then.
    public func replace(with lines: [UInt8]) throws(SystemCallError) {
        try Files.replace(path, with: lines, mode: 0o640)
        file = try Self.open(path)
        bytes = lines.count
    }

    private static func open(_ path: String) throws(SystemCallError) -> FileDescriptor {
        try Files.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o640)
    }

    // MARK: Repair

    private static func repair(
        _ path: String, bytesMax: Int, _ log: Log, _ accepts: ([Entry]) -> Bool
    ) throws -> (JournalReading<Entry>, unreadable: [[UInt8]]) {
        guard (try? Files.status(path)) != nil else { return (Journal.read([], as: Entry.self), []) }
        let bytes = try Files.read(path, limit: bytesMax)
        let reading = Journal.read(bytes, as: Entry.self, accepts: accepts)
        let damage = reading.unreadable + [reading.tornTail].compactMap { $0 }
        guard !damage.isEmpty else { return (reading, []) }
        for range in damage {
            let aside = "\(path).unreadable-\(Clock.timestamp())-\(range.lowerBound)"
            try Files.replace(aside, with: Array(bytes[range]), mode: 0o640)
            let isTail = range == reading.tornTail
            log.warning(
                isTail ? "journal.tail_cut" : "journal.damaged",
                ["path": path, "offset": "\(range.lowerBound)", "bytes": "\(range.count)", "kept": aside])
        }
        try Files.replace(path, with: intact(bytes, without: damage), mode: 0o640)
        return (reading, reading.unreadable.map { Array(bytes[$0]) })
    }

    private static func intact(_ bytes: [UInt8], without damage: [Range<Int>]) -> [UInt8] {
        var intact: [UInt8] = [], start = 0
        for range in damage {
            intact += bytes[start..<range.lowerBound]
            start = range.upperBound
        }
        return intact + bytes[start...]
    }
}
