import Glibc
import Journal
import LinuxSystem
import Services

/// The file `journal` of a directory: only ever appended to, and repaired before the first line is added.
///
/// It is read piece by piece: how long it is costs no memory.
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

    /// What a reading of the file has found beside its commits.
    private struct Findings {
        /// Parts that cannot be read and are no torn end.
        var unreadable: [Range<Int>]
        /// What comes after the last whole commit.
        var tornTail: Range<Int>?
        /// How long the file is, in bytes.
        var bytes: Int

        /// What is to be moved aside.
        var damage: [Range<Int>] { unreadable + [tornTail].compactMap { $0 } }

        /// What stays.
        var intact: [Range<Int>] {
            let starts = [0] + damage.map(\.upperBound), ends = damage.map(\.lowerBound) + [bytes]
            return zip(starts, ends).map { $0..<$1 }
        }
    }

    /// The bytes of each part that could not be read and is no torn end; of a long one its first 16 MiB.
    public private(set) var unreadable: [[UInt8]] = []
    /// How long the file is, in bytes, without what the disk refused.
    public private(set) var bytes = 0

    private let directory: String
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
    ///   - audit: Makes the audit for one reading of the file from its beginning. A commit that it does not accept is
    ///     moved aside.
    ///   - take: Takes each entry of every commit, in order.
    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the journal.
    public init(
        directory: String, log: Log, audit: @escaping () -> Audit = { { _ in true } }, take: (Entry) -> Void
    ) throws {
        (self.directory, self.log, makeAudit) = (directory, log, audit)
        try acquireLockIfWritable()
        try forgetWhatIsNotOnDisk()
        var count = 0
        let findings = try read { entry in
            count += 1
            take(entry)
        }
        bytes = findings.bytes
        for part in findings.unreadable { unreadable.append(try content(of: part)) }
        do throws(SystemCallError) {
            try repair(findings, isWrittenAnew: false)
        } catch {
            guard error.isRefusedByDisk else { throw error }
            log.error("journal.not_writable", ["error": "\(error)", "next": "reading; again with the next write"])
        }
        log.info("journal.read", ["path": path, "bytes": "\(bytes)", "entries": "\(count)"])
    }

    /// Reads what the journal says now: everything that was appended, and nothing of what the disk refused.
    ///
    /// - Parameter take: Takes each entry of every commit, in order.
    /// - Throws: `SystemCallError`.
    public func reread(take: (Entry) -> Void) throws(SystemCallError) {
        _ = try read(bytesMax: bytes, take: take)
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
}

// MARK: Reading

extension JournalFile {
    /// Has the end of the file read from the disk and not from memory.
    ///
    /// When a synchronization fails, the kernel may keep the bytes that it could not write as if they were on the disk,
    /// and a predecessor that was killed has not written them anew. Whoever believed them would acknowledge, for a
    /// repeated request, what a power cut takes away.
    ///
    /// See: fsync(2), posix_fadvise(2) POSIX_FADV_DONTNEED
    private func forgetWhatIsNotOnDisk() throws(SystemCallError) {
        guard let status = try? Files.status(path) else { return }
        let file = try Files.open(path, O_RDONLY)
        // What is not written yet stays in memory; what the disk refuses is told here at most once, and dropped below.
        _ = try? file.synchronizeData()
        file.dropFromMemory(from: max(0, status.size - unwrittenBytesMax))
    }

    /// More than is appended between two synchronizations.
    private var unwrittenBytesMax: Int { 8 << 20 }

    /// Reads the file from its beginning.
    ///
    /// - Parameters:
    ///   - bytesMax: Where the reading ends, whatever comes after.
    ///   - take: Takes each entry of every commit that the audit accepts.
    /// - Returns: What was found; nothing where there is no file.
    private func read(bytesMax: Int = .max, take: (Entry) -> Void) throws(SystemCallError) -> Findings {
        let file: FileDescriptor
        do throws(SystemCallError) {
            file = try Files.open(path, O_RDONLY)
        } catch {
            guard error.errno == ENOENT else { throw error }
            return Findings(unreadable: [], tornTail: nil, bytes: 0)
        }
        var reader = JournalReader<Entry>()
        let audit = makeAudit()
        while reader.bytes < bytesMax {
            let wanted = min(pieceBytes, bytesMax - reader.bytes)
            let piece = try read(file, at: reader.bytes, bytesMax: wanted)
            if piece.isEmpty { break }
            reader.read(piece[...]) { commit in
                guard audit(commit) else { return false }
                commit.forEach(take)
                return true
            }
        }
        let tornTail = reader.finish()
        return Findings(unreadable: reader.unreadable, tornTail: tornTail, bytes: reader.bytes)
    }

    private func read(
        _ file: borrowing FileDescriptor, at offset: Int, bytesMax: Int
    ) throws(SystemCallError) -> [UInt8] {
        do throws(SystemCallError) {
            return try file.read(at: offset, bytesMax: bytesMax)
        } catch {
            throw SystemCallError(error.call, subject: path, errno: error.errno)
        }
    }

    /// The bytes of a part of the file, at most `partBytesMax`.
    private func content(of part: Range<Int>) throws(SystemCallError) -> [UInt8] {
        let file = try Files.open(path, O_RDONLY)
        var bytes: [UInt8] = []
        let wanted = min(part.count, partBytesMax)
        while bytes.count < wanted {
            let piece = try read(file, at: part.lowerBound + bytes.count, bytesMax: wanted - bytes.count)
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    /// How much of the file is read at once.
    private var pieceBytes: Int { 262_144 }
    /// How much of a part that cannot be read is kept in memory.
    private var partBytesMax: Int { 16 << 20 }
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
            try acquireLock()  // nobody else changes what is read
            try repair(try read(bytesMax: bytes) { _ in }, isWrittenAnew: debt == .rewriting)
        }
    }

    /// Makes what is missing, moves aside what cannot be read, and waits until the file is on the disk.
    ///
    /// - Parameters:
    ///   - findings: What was found in the file, up to where it counts.
    ///   - isWrittenAnew: Whether the file is written anew even if nothing is to be moved aside.
    private func repair(_ findings: Findings, isWrittenAnew: Bool) throws(SystemCallError) {
        try acquireLock()
        for part in findings.damage {
            let aside = "\(path).unreadable-\(Clock.timestamp())-\(part.lowerBound)"
            try Files.replace(aside, with: [part], of: path, mode: 0o640)
            log.warning(
                part == findings.tornTail ? "journal.tail_cut" : "journal.damaged",
                ["path": path, "offset": "\(part.lowerBound)", "bytes": "\(part.count)", "kept": aside])
        }
        let intact = findings.intact
        if !findings.damage.isEmpty || isWrittenAnew {
            try Files.replace(path, with: intact, of: path, mode: 0o640)
        }
        let opened = try Files.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o640)
        try opened.synchronizeData()
        try Files.synchronizeDirectory(directory)
        file = consume opened
        (bytes, debt) = (intact.reduce(0) { $0 + $1.count }, nil)
    }

    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the lock. That the disk refuses the lock's
    ///   file is no error yet.
    private func acquireLockIfWritable() throws {
        do throws(SystemCallError) {
            try acquireLock()
        } catch {
            if error.call == "flock" {
                throw ServiceFailure(.unavailable, "\(directory)/lock: another node's process uses it; stop that node")
            }
            guard error.isRefusedByDisk else { throw error }
        }
    }

    private func acquireLock() throws(SystemCallError) {
        guard lock == nil else { return }
        try Files.makeDirectories(directory, mode: 0o750)
        lock = try Files.lock(directory + "/lock")
        if lock == nil { throw SystemCallError("flock", subject: directory + "/lock", errno: EWOULDBLOCK) }
    }
}
