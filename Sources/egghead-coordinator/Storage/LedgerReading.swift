import Journal
import LinuxSystem
import Rooms
import Runtime
import Services

/// A reading of the rooms: the ledger of the newest snapshot, and what the journal says after it.
///
/// Of a long journal, such as one of a version without snapshots, what was read is settled as it is read, so that it
/// takes no memory, and now and then a snapshot is written, so that a start which breaks off is continued.
final class LedgerReading {
    /// What the commits add up to.
    private(set) var ledger: Ledger
    /// How many events were missing.
    var missing: Int { audit.missing }

    private let defaultRoom: RoomName
    private let history: HistoryFiles
    private let snapshots: SnapshotFiles
    private let sizes: SettlingSizes
    private let log: Log
    private var audit = JournalAudit()
    /// Up to where everything is settled.
    private var settled = JournalPosition()
    /// Where the newest snapshot on the disk ends; its rooms' serials, as far as it was read; and whether it is the one
    /// that is to be kept when the next is written.
    private(set) var saved = JournalPosition(), serials: Set<Int> = [], isNewest = false
    /// Whether no snapshot could be read, and the histories took its place.
    private(set) var isRecovered = false
    /// Whether the next reading is for the ledger.
    private var isWanted = true
    /// Whether the disk has refused something; what was read stays in memory then.
    private var isRefused = false
    /// Up to where the journal was read, and whether the ledger has more than that.
    private var reached = JournalPosition(), isAhead = false
    /// Whether a snapshot was written because much was read.
    private var isTakingOver = false

    /// A reading that has read nothing.
    init(
        defaultRoom: RoomName, history: HistoryFiles, snapshots: SnapshotFiles, sizes: SettlingSizes, log: Log
    ) {
        (self.defaultRoom, self.history, self.snapshots) = (defaultRoom, history, snapshots)
        (self.sizes, self.log) = (sizes, log)
        ledger = Ledger(defaultRoom: defaultRoom)
    }

    /// Says from where on the journal is wanted, and what of it.
    func begin() -> JournalFile<JournalEntry>.Origin {
        let snapshot = findSnapshot()
        guard isWanted else {  // the journal repairs itself, and nothing of what it reads is for us
            var audit = snapshot.audit
            return JournalFile.Origin(position: snapshot.position) { audit.accepts($0) }
        }
        ledger = snapshot.ledger
        audit = snapshot.audit
        (settled, saved) = (snapshot.position, snapshot.position)
        history.reset(to: ledger)
        return JournalFile.Origin(position: snapshot.position) { [unowned self] in audit.accepts($0) }
    }

    private func findSnapshot() -> LedgerSnapshot {
        switch snapshots.read() {
        case .snapshot(let snapshot, let isNewest):
            (self.isNewest, serials) = (isNewest, Set(snapshot.ledger.rooms.map(\.serial)))
            return snapshot
        case .none: return LedgerSnapshot(ledger: Ledger(defaultRoom: defaultRoom))
        case .unreadable:
            isRecovered = true
            var snapshot = LedgerSnapshot(ledger: history.recover(defaultRoom: defaultRoom))
            snapshot.position.segment = 0
            return snapshot
        }
    }

    /// Adds an entry of a commit that was accepted.
    func take(_ entry: JournalEntry) {
        ledger.apply(entry)
        isAhead = true
    }

    /// Everything up to a position was read.
    func checkpoint(_ position: JournalPosition) {
        (reached, isAhead) = (position, false)
        guard !isRefused, position.isFar(from: settled, bytes: sizes.segmentBytes) else { return }
        settle(saves: position.isFar(from: saved, bytes: sizes.takeOverBytes))
    }

    /// Everything was read. After a long reading the next one begins here, also when this process dies soon.
    func finish() {
        if isTakingOver, !isAhead, !isRefused { settle(saves: true) }
    }

    /// Settles everything that was read, and writes a snapshot if that is wanted.
    private func settle(saves: Bool) {
        do throws(SystemCallError) {
            for room in ledger.rooms where !room.events.isEmpty {
                try history.append(room)
                ledger.settle(room.name)
            }
            settled = reached
            guard saves else { return }
            while try history.synchronizeNext() {}
            let snapshot = LedgerSnapshot(position: reached, missing: missing, ledger: ledger)
            try snapshots.write(snapshot.bytes, keepsNewest: isNewest)
            (saved, isNewest, isTakingOver) = (reached, true, true)
        } catch {
            isRefused = true
            log.warning("history.not_writable", ["error": "\(error)", "next": "in memory"])
        }
    }

    /// Gives the ledger away: a second holder would make the first event that is added copy all of them.
    func takeLedger() -> Ledger {
        isWanted = false
        defer { ledger = Ledger(defaultRoom: defaultRoom) }
        return ledger
    }

    /// Another ledger is wanted.
    func reset() { isWanted = true }
}

/// The sizes at which something is settled, and how much at a time; bytes are those of the journal.
struct SettlingSizes {
    /// Of a segment that is sealed.
    var segmentBytes = RoomsLimits.segmentBytes
    /// Of what is read at a start until there is a snapshot.
    var takeOverBytes = RoomsLimits.takeOverBytes
    /// How many events are appended to the histories in one step, while the rooms are in use.
    var stepEvents = 128
}

extension JournalPosition {
    /// Whether more than some bytes lie between two positions; of segments in between each counts as so many.
    fileprivate func isFar(from earlier: JournalPosition, bytes: Int) -> Bool {
        segment > earlier.segment || offset - earlier.offset > bytes
    }
}
