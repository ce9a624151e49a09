import Glibc
import Journal
import LinuxSystem
import Services

/// The journal of a directory: the file `journal`, which is only ever appended to and is repaired before the first line
/// is added, and before it the segments `journal.1`, `journal.2` and so on, which had that name until they were sealed.
///
/// They are read piece by piece: how long they are costs no memory.
///
/// What cannot be read is moved to a file beside it, `journal.unreadable-<time>-<offset>`, which nothing ever reads or
/// removes: it is for whoever wants to rescue what is in it.
///
/// A disk that refuses a write, as a full one does, leaves the file as it was before that write. Reading needs no
/// write, so a journal opens on such a disk too; a repair that was refused is tried again before the next append.
///
/// ```
/// journal ──seal──▶ journal.7 ──all of it is known elsewhere──▶ gone
///    ▲                                              │
/// append                                     removeSegments
/// ```
public final class JournalFile<Entry: Codable> {
    /// What is known elsewhere, and need not be read.
    public struct Origin {
        /// Behind it.
        public var position: JournalPosition
        /// Whether a commit can be applied after those before it, from this position on.
        public var accepts: ([Entry]) -> Bool

        /// An origin; without arguments everything is read and accepted.
        public init(
            position: JournalPosition = JournalPosition(), accepts: @escaping ([Entry]) -> Bool = { _ in true }
        ) {
            self.position = position
            self.accepts = accepts
        }
    }

    /// What must be done before a line is added.
    enum Debt {
        /// The file is to be made, or parts of it moved aside, or it was never synchronized.
        case repair
        /// The file ends with the beginning of a write that failed.
        case truncation
        /// A synchronization has failed. The kernel may have dropped pages that it could not write, and calls the next
        /// synchronization good, so the file is written anew. See: fsync(2)
        case rewriting
    }

    /// The bytes of each part that could not be read and is no torn end; of a long one its first 16 MiB, of a segment
    /// that is missing none.
    public internal(set) var unreadable: [[UInt8]] = []
    /// How long `journal` is, in bytes, without what the disk refused.
    public internal(set) var bytes = 0

    let directory: String
    let log: Log
    let findOrigin: () -> Origin
    var file: FileDescriptor?
    /// Held for as long as the process lives, so that two processes never write one journal. There is none as long as
    /// the disk refuses its file.
    var lock: FileDescriptor?
    var debt: Debt? = .repair
    /// The number that `journal` has when it is sealed.
    var segment = 1

    var path: String { directory + "/journal" }

    /// Reads and repairs the journal of a directory; both are made when they are missing.
    ///
    /// Everything that was read is on the disk afterwards, also what a predecessor wrote and could not wait for, unless
    /// the disk refuses a write now.
    ///
    /// - Parameters:
    ///   - origin: Called at the beginning of each reading, with the lock taken. A commit that it does not accept is
    ///     moved aside.
    ///   - checkpoint: Called now and then with a position up to which every commit was read, and nothing was damaged.
    ///   - take: Takes each entry of every commit, in order.
    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the journal.
    public init(
        directory: String, log: Log, origin: @escaping () -> Origin = { Origin() },
        checkpoint: (JournalPosition) -> Void = { _ in }, take: (Entry) -> Void
    ) throws {
        (self.directory, self.log, findOrigin) = (directory, log, origin)
        try acquireLockIfWritable()
        try forgetWhatIsNotOnDisk()
        var count = 0
        let segments = try read(checkpoint: checkpoint) { entry in
            count += 1
            take(entry)
        }
        bytes = segments.last?.bytes ?? 0
        for segment in segments { try collectUnreadable(of: segment) }
        do throws(SystemCallError) {
            try repair(segments, isWrittenAnew: false)
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

    /// Ends the segment: what is appended from now on comes into a new one. Everything before is on the disk when this
    /// returns.
    ///
    /// - Returns: Where the new segment begins.
    /// - Throws: `SystemCallError`; nothing is lost by it, and it can be tried again.
    public func seal() throws(SystemCallError) -> JournalPosition {
        try settle()
        do throws(SystemCallError) {
            try file?.synchronizeData()
        } catch {
            debt = .rewriting
            throw SystemCallError(error.call, subject: path, errno: error.errno)
        }
        try Files.move(path, to: path(of: segment), replacing: false)
        segment += 1
        file = nil
        (bytes, debt) = (0, .repair)  // whatever fails from here on is made good before the next append
        try openAnew()
        return JournalPosition(segment: segment)
    }

    /// Removes the segments before one.
    ///
    /// - Throws: `SystemCallError`; the others are removed the next time.
    public func removeSegments(before first: Int) throws(SystemCallError) {
        for segment in try sealedSegments() where segment < first { try Files.remove(path(of: segment)) }
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
