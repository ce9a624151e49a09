import Glibc
import LinuxSystem
import Rooms
import Runtime
import Services

/// The file `journal`: opened once, only ever appended to, and repaired before the first line is added.
///
/// What cannot be read is moved to a file beside it, `journal.unreadable-<time>-<offset>`, which nothing ever reads or
/// removes: it is for whoever wants to rescue what is in it.
final class JournalFile {
    /// What the journal said when it was opened.
    let entries: [JournalEntry]
    /// What of it could not be read.
    let unreadable: [UnreadablePart]
    /// How long the file is.
    private(set) var bytes: Int

    private let file: FileDescriptor
    /// Held for as long as the process lives, so that two coordinators never write one journal.
    private let lock: FileDescriptor

    /// Reads and repairs the journal of a directory, which is made when it is missing.
    ///
    /// Everything that was read is on the disk afterwards, also what a predecessor wrote and could not wait for.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the journal.
    init(directory: String, log: Log) throws {
        try Files.makeDirectories(directory, mode: 0o750)
        guard let lock = try Files.lock("\(directory)/lock") else {
            throw ServiceFailure(
                .unavailable, "locking \(directory)/lock: another coordinator uses these rooms; stop its node first")
        }
        self.lock = lock
        let path = "\(directory)/journal"
        let reading = try Self.repair(path, log)
        file = try Files.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o640)
        try file.synchronizeData()
        try Files.synchronizeDirectory(directory)
        bytes = try Files.status(path).size
        entries = reading.entries
        unreadable = reading.unreadable
        log.info("journal.read", ["path": path, "bytes": "\(bytes)", "entries": "\(entries.count)"])
    }

    /// Appends whole lines.
    ///
    /// - Parameters:
    ///   - waits: Whether they must be on the disk when this returns.
    /// - Throws: `SystemCallError`. What is on the disk is unknown then (the kernel may drop pages that it could not
    ///   write and call the next fdatasync good), so the process must end and read the file again.
    func append(_ lines: [UInt8], waits: Bool) throws(SystemCallError) {
        var failure: SystemCallError?
        lines.withUnsafeBytes { buffer in
            do throws(SystemCallError) { try file.writeAll(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
        if waits { try file.synchronizeData() }
        bytes += lines.count
    }

    // MARK: Repair

    private static func repair(_ path: String, _ log: Log) throws -> JournalReading {
        guard (try? Files.status(path)) != nil else { return Journal.read([]) }
        // Turns that end are written beyond the bound for posts, so there is room for them here.
        let bytes = try Files.read(path, limit: 2 * RoomsLimits.journalBytesMax)
        let reading = Journal.read(bytes)
        let damage = reading.unreadable.map(\.range) + [reading.tornTail].compactMap { $0 }
        guard !damage.isEmpty else { return reading }
        for range in damage {
            let aside = "\(path).unreadable-\(Clock.timestamp())-\(range.lowerBound)"
            try Files.replace(aside, with: Array(bytes[range]), mode: 0o640)
            let isTail = range == reading.tornTail
            log.warning(
                isTail ? "journal.tail_cut" : "journal.damaged",
                [
                    "path": path, "offset": "\(range.lowerBound)", "bytes": "\(range.count)", "kept": aside,
                    "rooms": reading.unreadable.first { $0.range == range }?.rooms.joined(separator: ","),
                ])
        }
        try Files.replace(path, with: intact(bytes, without: damage), mode: 0o640)
        return reading
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
