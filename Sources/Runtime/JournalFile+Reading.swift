import Glibc
import Journal
import LinuxSystem
import Services

// What a reading finds, and the repair that follows.

extension JournalFile {
    /// What a reading of one segment has found beside its commits.
    struct Segment {
        /// The file.
        var path: String
        /// Whether the file ends before the part that was to be read, or is not there.
        var isShort = false
        /// Parts that cannot be read and are no torn end.
        var unreadable: [Range<Int>] = []
        /// What comes after the last whole commit, in the segment that is appended to.
        var tornTail: Range<Int>?
        /// How long the file is, in bytes.
        var bytes = 0

        /// What is to be moved aside.
        var damage: [Range<Int>] { unreadable + [tornTail].compactMap { $0 } }

        /// What stays.
        var intact: [Range<Int>] {
            let starts = [0] + damage.map(\.upperBound), ends = damage.map(\.lowerBound) + [bytes]
            return zip(starts, ends).map { $0..<$1 }
        }
    }

    /// The file of a sealed segment.
    func path(of segment: Int) -> String { "\(path).\(segment)" }

    /// The numbers of the sealed segments, in their order.
    func sealedSegments() throws(SystemCallError) -> [Int] {
        do throws(SystemCallError) {
            return try Files.list(directory).compactMap { name in
                guard name.hasPrefix("journal.") else { return nil }
                let number = Int(name.dropFirst("journal.".count))
                return number.flatMap { $0 > 0 && name == "journal.\($0)" ? $0 : nil }
            }.sorted()
        } catch {
            guard error.errno == ENOENT else { throw error }
            return []
        }
    }

    /// Has the end of `journal` read from the disk and not from memory.
    ///
    /// When a synchronization fails, the kernel may keep the bytes that it could not write as if they were on the disk,
    /// and a predecessor that was killed has not written them anew. Whoever believed them would acknowledge, for a
    /// repeated request, what a power cut takes away. A sealed segment was synchronized before it was sealed.
    ///
    /// See: fsync(2), posix_fadvise(2) POSIX_FADV_DONTNEED
    func forgetWhatIsNotOnDisk() throws(SystemCallError) {
        guard let status = try? Files.status(path) else { return }
        let file = try Files.open(path, O_RDONLY)
        // What is not written yet stays in memory; what the disk refuses is told here at most once, and dropped below.
        _ = try? file.synchronizeData()
        file.dropFromMemory(from: max(0, status.size - unwrittenBytesMax))
    }

    /// More than is appended between two synchronizations.
    private var unwrittenBytesMax: Int { 8 << 20 }

    /// Reads all segments from the origin on.
    ///
    /// - Parameters:
    ///   - bytesMax: Where the reading of the last one ends, whatever comes after.
    ///   - checkpoint: Called now and then with a position up to which everything was read.
    ///   - take: Takes each entry of every commit that is accepted.
    /// - Returns: What was found; the segment that is appended to comes last.
    func read(
        bytesMax: Int = .max, checkpoint: (JournalPosition) -> Void = { _ in }, take: (Entry) -> Void
    ) throws(SystemCallError) -> [Segment] {
        let origin = findOrigin(), sealed = try sealedSegments()
        let first = origin.position.segment > 0 ? origin.position.segment : sealed.first ?? 1
        segment = max(first, (sealed.last ?? 0) + 1)
        var segments: [Segment] = []
        for number in first...segment {
            let isLast = number == segment
            var found = Segment(path: isLast ? path : path(of: number))
            let isDamaged = segments.contains { $0.isShort || !$0.unreadable.isEmpty }
            try read(
                &found, from: number == first ? origin.position.offset : 0, bytesMax: isLast ? bytesMax : .max,
                accepts: origin.accepts,
                checkpoint: { if !isDamaged { checkpoint(JournalPosition(segment: number, offset: $0)) } }, take: take)
            if !isLast, let tail = found.tornTail {
                // It was synchronized before it was sealed, so no write was torn here.
                found.unreadable.append(tail)
                found.tornTail = nil
            }
            segments.append(found)
        }
        return segments
    }

    private func read(
        _ found: inout Segment, from offset: Int, bytesMax: Int, accepts: ([Entry]) -> Bool,
        checkpoint: (Int) -> Void, take: (Entry) -> Void
    ) throws(SystemCallError) {
        let file: FileDescriptor
        do throws(SystemCallError) {
            found.bytes = min(try Files.status(found.path).size, bytesMax)
            file = try Files.open(found.path, O_RDONLY)
        } catch {
            guard error.errno == ENOENT else { throw error }
            // A journal that nothing was written to has no file.
            found.isShort = found.path != path || offset > 0
            return
        }
        guard found.bytes >= offset else {
            found.isShort = true
            return
        }
        var reader = JournalReader<Entry>(behind: offset)
        while reader.bytes < bytesMax {
            let wanted = min(pieceBytes, bytesMax - reader.bytes)
            let piece = try read(file, of: found.path, at: reader.bytes, bytesMax: wanted)
            if piece.isEmpty { break }
            reader.read(piece[...]) { commit in
                guard accepts(commit) else { return false }
                commit.forEach(take)
                return true
            }
            if let position = reader.position { checkpoint(position) }
        }
        found.tornTail = reader.finish()
        (found.unreadable, found.bytes) = (reader.unreadable, reader.bytes)
    }

    private func read(
        _ file: borrowing FileDescriptor, of path: String, at offset: Int, bytesMax: Int
    ) throws(SystemCallError) -> [UInt8] {
        do throws(SystemCallError) {
            return try file.read(at: offset, bytesMax: bytesMax)
        } catch {
            throw SystemCallError(error.call, subject: path, errno: error.errno)
        }
    }

    /// Keeps what could not be read of a segment, for whoever reports it.
    func collectUnreadable(of segment: Segment) throws(SystemCallError) {
        if segment.isShort {
            log.error("journal.missing", ["path": segment.path, "next": "without it"])
            unreadable.append([])
        }
        for part in segment.unreadable { unreadable.append(try content(of: part, in: segment.path)) }
    }

    /// The bytes of a part of a file, at most `partBytesMax`.
    private func content(of part: Range<Int>, in path: String) throws(SystemCallError) -> [UInt8] {
        let file = try Files.open(path, O_RDONLY)
        var bytes: [UInt8] = []
        let wanted = min(part.count, partBytesMax)
        while bytes.count < wanted {
            let piece = try read(file, of: path, at: part.lowerBound + bytes.count, bytesMax: wanted - bytes.count)
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    /// How much of a file is read at once.
    private var pieceBytes: Int { 262_144 }
    /// How much of a part that cannot be read is kept in memory.
    private var partBytesMax: Int { 16 << 20 }
}

// MARK: Repair

extension JournalFile {
    /// Does what must be done before a line is added.
    func settle() throws(SystemCallError) {
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

    /// Makes what is missing, moves aside what cannot be read, and waits until the files are on the disk.
    ///
    /// - Parameters:
    ///   - segments: What was found in the files, up to where they count.
    ///   - isWrittenAnew: Whether the last one is written anew even if nothing is to be moved aside.
    func repair(_ segments: [Segment], isWrittenAnew: Bool) throws(SystemCallError) {
        try acquireLock()
        for segment in segments { try moveDamageAside(of: segment, isWrittenAnew: isWrittenAnew) }
        guard let last = segments.last else { return }
        if last.isShort {
            // What is appended to it would be taken for what is known elsewhere. An empty file says that it is over.
            if last.bytes > 0 {
                try Files.move(path, to: path(of: segment), replacing: false)
            } else {
                try Files.replace(path(of: segment), with: [], mode: 0o640)
            }
            segment += 1
        }
        bytes = last.isShort ? 0 : last.intact.reduce(0) { $0 + $1.count }
        try openAnew()
    }

    private func moveDamageAside(of segment: Segment, isWrittenAnew: Bool) throws(SystemCallError) {
        for part in segment.damage {
            let aside = "\(path).unreadable-\(Clock.timestamp())-\(part.lowerBound)"
            try Files.replace(aside, with: [part], of: segment.path, mode: 0o640)
            log.warning(
                part == segment.tornTail ? "journal.tail_cut" : "journal.damaged",
                ["path": segment.path, "offset": "\(part.lowerBound)", "bytes": "\(part.count)", "kept": aside])
        }
        if !segment.damage.isEmpty || isWrittenAnew && segment.path == path {
            try Files.replace(segment.path, with: segment.intact, of: segment.path, mode: 0o640)
        }
    }

    /// Opens `journal` for appending, makes it if it is missing, and waits until it is on the disk.
    func openAnew() throws(SystemCallError) {
        let opened = try Files.open(path, O_WRONLY | O_APPEND | O_CREAT, mode: 0o640)
        try opened.synchronizeData()
        try Files.synchronizeDirectory(directory)
        file = consume opened
        debt = nil
    }

    /// Takes the lock, unless the disk refuses its file, which is no error yet.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another process has the lock.
    func acquireLockIfWritable() throws {
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
