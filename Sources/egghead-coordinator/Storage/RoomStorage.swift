import Journal
import LinuxSystem
import Rooms
import Runtime
import Services

/// What the rooms are on the disk: the journal, the histories behind it, and the snapshot between the two.
///
/// When the segment that is appended to is long enough, everything that was said is settled:
///
/// ```
/// 1  the events are appended to the histories, some at a time, and leave memory
/// 2  the segment is sealed, and the ledger as it is then becomes the text of a snapshot, some rooms at a time
/// 3  the histories are synchronized, a file at a time
/// 4  the snapshot is written
/// 5  the segments go that come before the snapshot before this one, and the histories of rooms that are gone
/// ```
///
/// Whatever dies in between, the snapshot on the disk and the segments behind it say everything. A disk that refuses a
/// step only delays it: the journal has what was said.
final class RoomStorage {
    /// A snapshot that is being written, or waits for the histories.
    private struct Pending {
        var text: SnapshotText
        let end: Newest
    }

    /// The newest snapshot on the disk: where it ends, and the serials of its rooms.
    private struct Newest {
        let position: JournalPosition
        let serials: Set<Int>
    }

    /// The journal.
    let journal: JournalFile<JournalEntry>
    /// The settled events.
    let history: HistoryFiles

    private let snapshots: SnapshotFiles
    private let log: Log
    private let reading: LedgerReading
    /// How many events were missing in what was read.
    private var missing: Int { reading.missing }
    private var pending: Pending?
    private var newest: Newest
    /// Whether the newest snapshot is the one that is to be kept beside the next.
    private var isNewestReadable: Bool
    /// The size from which on the segment is sealed; more after the disk has refused it.
    private var sealBytes: Int
    private let sizes: SettlingSizes

    /// Reads the rooms.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another coordinator has the journal.
    init(directory: String, defaultRoom: RoomName, sizes: SettlingSizes = SettlingSizes(), log: Log) throws {
        (self.sizes, self.log, sealBytes) = (sizes, log, sizes.segmentBytes)
        let history = HistoryFiles(directory: directory, log: log)
        let snapshots = SnapshotFiles(directory: directory, log: log)
        let reading = LedgerReading(
            defaultRoom: defaultRoom, history: history, snapshots: snapshots, sizes: sizes, log: log)
        journal = try JournalFile(
            directory: directory, log: log,
            origin: reading.begin, checkpoint: reading.checkpoint, take: reading.take)
        reading.finish()
        (self.history, self.snapshots, self.reading) = (history, snapshots, reading)
        newest = Newest(position: reading.saved, serials: reading.serials)
        isNewestReadable = reading.isNewest
    }

    /// What could not be read.
    var unreadable: [UnreadablePart] {
        (journal.unreadable + (reading.isRecovered ? [[]] : [])).map(UnreadablePart.init)
    }

    /// The rooms as they were read. To be called once.
    func takeLedger() -> Ledger { reading.takeLedger() }

    /// Reads the rooms again: everything that was appended, and nothing of what the disk refused.
    ///
    /// - Throws: `SystemCallError`.
    func reread() throws(SystemCallError) -> Ledger {
        pending = nil
        reading.reset()
        try journal.reread(take: reading.take)
        return reading.takeLedger()
    }

    /// Does the next step of settling, if one is due.
    ///
    /// - Parameter state: Everything that it decided is in the journal.
    /// - Returns: After which pause, in which people are served, the step after it is due; nil when none is.
    /// - Throws: `SystemCallError` when nobody knows any more what is on the disk, and the rooms must be read again.
    func settleNext(_ state: inout RoomsState) throws(SystemCallError) -> Duration? {
        if pending?.text.isWhole == false {
            pending?.text.write(bytesMax: Self.stepBytes)
            return Self.appendingPause
        }
        if let pending { return try finish(pending) ? Self.synchronizingPause : nil }
        guard journal.bytes >= sealBytes else { return nil }
        do throws(SystemCallError) {
            guard try settle(eventsMax: stepEvents, of: &state) else { return Self.appendingPause }
            let position = try journal.seal()
            let snapshot = LedgerSnapshot(position: position, missing: missing, ledger: state.ledger)
            let serials = Set(state.ledger.rooms.map(\.serial))
            pending = Pending(text: SnapshotText(snapshot), end: Newest(position: position, serials: serials))
            sealBytes = sizes.segmentBytes
        } catch {
            sealBytes = journal.bytes + sizes.segmentBytes / 8
            log.warning("history.not_writable", ["error": "\(error)", "next": "again when more was said"])
            return nil
        }
        return Self.synchronizingPause
    }

    /// How many events are settled in a step. When more is said than is settled, the steps grow, and at eight times its
    /// size the segment ends all the same: it grows to twice or three times its size while the snapshot before this one
    /// is written.
    private var stepEvents: Int {
        let times = journal.bytes / sealBytes
        return times < 8 ? sizes.stepEvents * times * (times < 4 ? 1 : 2) : .max
    }

    /// How much of a snapshot is written in a step, in bytes: some milliseconds of the processor.
    private static let stepBytes = 65_536
    /// A step that appends takes some milliseconds of the processor.
    private static let appendingPause = Duration.milliseconds(5)
    /// A step that synchronizes waits for the disk some milliseconds, and there is one for each file that changed.
    private static let synchronizingPause = Duration.milliseconds(20)

    /// Settles what was said in all rooms, up to so many events.
    ///
    /// - Returns: Whether all of it is settled.
    private func settle(eventsMax: Int, of state: inout RoomsState) throws(SystemCallError) -> Bool {
        var left = eventsMax
        for room in state.ledger.rooms where !room.events.isEmpty {
            left -= try history.append(room, eventsMax: left)
            if left == 0 { return false }
            state.settle(room.name)
        }
        return true
    }

    /// Settles what was said in one room.
    ///
    /// - Throws: `SystemCallError`; it stays in memory then.
    func settle(_ room: RoomName, of state: inout RoomsState) throws(SystemCallError) {
        guard let ledger = state.ledger[room] else { return }
        try history.append(ledger)
        state.settle(room)
    }

    private func finish(_ pending: Pending) throws(SystemCallError) -> Bool {
        if try history.synchronizeNext() { return true }
        self.pending = nil
        do throws(SystemCallError) {
            try snapshots.write(pending.text.bytes, keepsNewest: isNewestReadable)
            let before = newest
            (newest, isNewestReadable) = (pending.end, true)
            log.info(
                "journal.settled",
                ["segment": "\(newest.position.segment)", "bytes": "\(pending.text.bytes.count)"])
            try journal.removeSegments(before: before.position.segment)
            try history.removeAll(
                madeUpTo: before.serials.max() ?? 0, but: before.serials.union(newest.serials))
        } catch {
            log.warning("snapshot.not_written", ["error": "\(error)", "next": "with the next segment"])
        }
        return false
    }
}
