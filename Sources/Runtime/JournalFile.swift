import Glibc
import Journal
import LinuxSystem
import Services

/// The file `journal` of a directory: only ever appended to, and repaired before the first line is added.
///
/// What cannot be read is moved to a file beside it, `journal.unreadable-<time>-<offset>`, which nothing ever reads or
/// removes: it is for whoever wants to rescue what is in it.
///
/// A disk that refuses a write, as a full one does, leaves the file as it was before that write. Reading needs no
/// write, so a journal opens on such a disk too; a repair that was refused is tried again before the next append.
public final class JournalFile<Entry: Codable> {
    /// Whether a commit, after those before it, can be applied.
    public typealias Audit = ([Entry]) -> Bool

    /// What must be done before a line is added.
    private enum Debt {
        /// The file is to be made, or parts of it moved aside, or it was never synchronized.
        case repair
        /// The file ends with the beginning of a write that failed.
        case truncation
        /// A synchronization has failed. The kernel may have dropped pages that it could not write, and calls the next
        /// synchronization good, so the file is written anew. See: fsync(2)
        case rewriting
    }

    private var entries: [Entry] = []
    /// The bytes of each part that could not be read and is no torn end.
    public private(set) var unreadable: [[UInt8]] = []
    /// How long the file is, in bytes, without what the disk refused.
    public private(set) var bytes = 0

    private let directory: String
    private let bytesMax: Int
    private let log: Log
    private let makeAudit: () -> Audit
    private var file: FileDescriptor?
    /// Held for as long as the process lives, so that two processes never write one journal. There is none as long as
    /// the disk refuses its file.
    private var lock: FileDescriptor?
    private var debt: Debt? = .repair

    private var path: String { directory + "/journal" }

    /// Reads and repairs the journal of a directory; both are made when they are missing.
    ///
    /// Everything that was read is on the disk afterwards, also what a predecessor wrote and could not wait for, unless
    /// the disk refuses a write now.
    ///
    /// - Parameters:
    ///   - bytesMax: The longest file that is read.
    ///   - audit: Makes the audit for one reading of the file from its beginning. A commit that it does not accept is
    ///     moved aside.
    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the journal.
    public init(
        directory: String, bytesMax: Int, log: Log, audit: @escaping () -> Audit = { { _ in true } }
    ) throws {
        (self.directory, self.bytesMax, self.log, makeAudit) = (directory, bytesMax, log, audit)
        try Self.forgetWhatIsNotOnDisk(directory + "/journal")
        let content = try Self.read(directory + "/journal", limit: bytesMax)
        let reading = Journal.read(content, as: Entry.self, accepts: audit())
        (entries, bytes) = (reading.entries, content.count)
        unreadable = reading.unreadable.map { Array(content[$0]) }
        do throws(SystemCallError) {
            try repair(content, reading, isWrittenAnew: false)
        } catch {
            if error.call == "flock" {
                throw ServiceFailure(.unavailable, "\(directory)/lock: another node's process uses it; stop that node")
            }
            guard error.isRefusedByDisk else { throw error }
            log.error("journal.not_writable", ["error": "\(error)", "next": "reading; again with the next write"])
        }
        log.info("journal.read", ["path": path, "bytes": "\(bytes)", "entries": "\(entries.count)"])
    }

    /// What the journal said when it was opened; nothing the second time, so that nobody holds it twice.
    public func takeEntries() -> [Entry] {
        defer { entries = [] }
        return entries
    }

    /// What the journal says now: everything that was appended, and nothing of what the disk refused.
    ///
    /// - Throws: `SystemCallError`.
    public func reread() throws(SystemCallError) -> [Entry] {
        let content = try Self.read(path, limit: bytesMax).prefix(bytes)
        return Journal.read(Array(content), as: Entry.self, accepts: makeAudit()).entries
    }

    /// Appends whole lines.
    ///
    /// - Parameters:
    ///   - waits: Whether they must be on the disk when this returns.
    /// - Throws: `SystemCallError`. None of the lines counts then, and `reread` says what does.
    public func append(_ lines: [UInt8], waits: Bool) throws(SystemCallError) {
        try settle()
        do throws(SystemCallError) {
            try write(lines)
        } catch {
            debt = .truncation
            _ = try? settle()  // tried again before the next append
            throw SystemCallError(error.call, subject: path, errno: error.errno)
        }
        if waits {
            do throws(SystemCallError) {
                try file?.synchronizeData()
            } catch {
                debt = .rewriting
                throw SystemCallError(error.call, subject: path, errno: error.errno)
            }
        }
        bytes += lines.count
    }

    /// Begins the file anew with these lines, on the disk when this returns; whatever happens, the file is the old one
    /// or the new one.
    ///
    /// - Throws: `SystemCallError`.
    public func replace(with lines: [UInt8]) throws(SystemCallError) {
        if lock == nil || debt == .repair { try settle() }
        try Files.replace(path, with: lines, mode: 0o640)
        (bytes, debt) = (lines.count, .repair)  // the descriptor is the old file's
        try settle()
    }

    /// Tries whether the disk takes a write of some size again, and repairs what it has refused.
    ///
    /// - Throws: `SystemCallError`: it does not.
    public func probe() throws(SystemCallError) {
        try settle()
        let probe = path + ".probe"
        try Files.replace(probe, with: [UInt8](repeating: 0, count: probeBytes), mode: 0o640)
        try Files.remove(probe)
    }

    /// More than the rest of a block, in which a full disk still takes a few bytes.
    private let probeBytes = 65_536

    private func write(_ lines: [UInt8]) throws(SystemCallError) {
        var failure: SystemCallError?
        lines.withUnsafeBytes { buffer in
            do throws(SystemCallError) { try file?.writeAll(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Has the end of the file read from the disk and not from memory.
    ///
    /// When a synchronization fails, the kernel may keep the bytes that it could not write as if they were on the disk,
    /// and a predecessor that was killed has not written them anew. Whoever believed them would acknowledge, for a
    /// repeated request, what a power cut takes away.
    ///
    /// See: fsync(2), posix_fadvise(2) POSIX_FADV_DONTNEED
    private static func forgetWhatIsNotOnDisk(_ path: String) throws(SystemCallError) {
        guard let status = try? Files.status(path) else { return }
        let file = try Files.open(path, O_RDONLY)
        // What is not written yet stays in memory; what the disk refuses is told here at most once, and dropped below.
        _ = try? file.synchronizeData()
        file.dropFromMemory(from: max(0, status.size - unwrittenBytesMax))
    }

    /// More than is appended between two synchronizations.
    private static var unwrittenBytesMax: Int { 8 << 20 }

    /// The content of a file; nothing when there is none.
    private static func read(_ path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        do throws(SystemCallError) {
            return try Files.read(path, limit: limit)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return []
        }
    }
}

// MARK: Repair

extension JournalFile {
    /// Does what must be done before a line is added.
    private func settle() throws(SystemCallError) {
        switch debt {
        case nil: return
        case .truncation:
            try file?.truncate(to: bytes)
            debt = nil
        case .repair, .rewriting:
            let content = Array(try Self.read(path, limit: bytesMax).prefix(bytes))
            let reading = Journal.read(content, as: Entry.self, accepts: makeAudit())
            try repair(content, reading, isWrittenAnew: debt == .rewriting)
        }
    }

    /// Makes what is missing, moves aside what cannot be read, and waits until the file is on the disk.
    ///
    /// - Parameters:
    ///   - content: What the file holds.
    ///   - reading: What that says.
    ///   - isWrittenAnew: Whether the file is written anew even if nothing is to be moved aside.
    private func repair(
        _ content: [UInt8], _ reading: JournalReading<Entry>, isWrittenAnew: Bool
    ) throws(SystemCallError) {
        try acquireLock()
        let damage = reading.unreadable + [reading.tornTail].compactMap { $0 }
        for range in damage {
            let aside = "\(path).unreadable-\(Clock.timestamp())-\(range.lowerBound)"
            try Files.replace(aside, with: Array(content[range]), mode: 0o640)
            let isTail = range == reading.tornTail
            log.warning(
                isTail ? "journal.tail_cut" : "journal.damaged",
                ["path": path, "offset": "\(range.lowerBound)", "bytes": "\(range.count)", "kept": aside])
        }
        let intact = Self.intact(content, without: damage)
        if !damage.isEmpty || isWrittenAnew { try Files.replace(path, with: intact, mode: 0o640) }
        let opened = try Files.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o640)
        try opened.synchronizeData()
        try Files.synchronizeDirectory(directory)
        file = consume opened
        (bytes, debt) = (intact.count, nil)
    }

    private func acquireLock() throws(SystemCallError) {
        guard lock == nil else { return }
        try Files.makeDirectories(directory, mode: 0o750)
        lock = try Files.lock(directory + "/lock")
        if lock == nil { throw SystemCallError("flock", subject: directory + "/lock", errno: EWOULDBLOCK) }
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
