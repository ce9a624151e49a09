import BusClient
import Records
import Runtime
import Services

/// Makes the index match the catalogue, and keeps it so.
///
/// It remembers which ids may differ, not what happened to them, and reads the record at the moment of sending. So
/// nothing is lost while the index is down, and a file that changes often is sent once.
///
///     asking ──last page──▶ feeding ──refused or silent──▶ asking, after a pause
///
/// During the first scan, records are sent as they are read; records that the index should not have are known after it.
final class IndexFeed {
    private enum State {
        /// Asks what the index holds.
        case asking
        /// Sends the differences.
        case feeding
    }

    private let client: BusClient
    private let loop: EventLoop
    private let log: Log
    private let scanner: Scanner
    private let directory: RecordDirectory

    private var state = State.asking
    /// The files of the index by path: from its answers until they are compared with a complete scan.
    private var held: ExactDictionary<Catalogue.Entry> = [:]
    private var isCompared = false
    /// The number of the present question, so that pages from two indexes are not mixed.
    private var asking = 0
    private var pending = PendingIDs()
    private var unread = ReadRecords()
    /// The number of requests without an answer.
    private var flying = 0
    private var pause: Timer?
    private var pauseLength = FeedPause()
    /// Whether the index expects more.
    private var isOpen = false
    /// The callers that wait until an id is in the index.
    private var waiters: ExactDictionary<[() -> Void]> = [:]
    private var fed = 0
    /// The revisions that the index has refused, by id.
    private var leftOut: ExactDictionary<Digest> = [:]
    private var batchSizeMax = Int.max

    /// Called when the index has said what it holds, and when it cannot say so now.
    var onAsked: () -> Void = {}
    /// Called with the path and the reason when the index refuses a file.
    var onRefused: (_ path: String, _ message: String) -> Void = { _, _ in }

    /// The time without an answer after which the index counts as down.
    private static let deadline = Duration.seconds(10)
    /// The number of requests under way: the store makes one batch while the index applies the other.
    private static let flyingMax = 2

    /// A feed that has not begun.
    init(client: BusClient, process: ChildProcess, scanner: Scanner, directory: RecordDirectory) {
        self.client = client
        loop = process.loop
        log = process.log
        self.scanner = scanner
        self.directory = directory
    }

    /// The index or the broker is new: asks again what the index holds.
    func resynchronize() {
        state = .asking
        asking += 1
        pause?.cancel()
        if flying == 0 { ask() }
    }

    /// The index's knowledge of a file that need not be read if its stamp is the same.
    func held(of path: String) -> Catalogue.Entry? { held[path].flatMap { $0.wantsReading ? nil : $0 } }

    /// A record was read, and may differ from the index.
    func add(_ record: Record, stamp: FileStamp) {
        if held[record.path]?.isSameFile(as: Catalogue.Entry(record, stamp: stamp)) == true { return }
        forget(record.path, unless: record.id)
        unread.put(Index.IndexedRecord(record, stamp: stamp))
        pending.add(record.id)
    }

    /// Removes a file from the index that has another id there than its record now.
    private func forget(_ path: String, unless id: String) {
        if let old = held[path]?.id(at: path), !old.hasSameBytes(as: id) { pending.add(old) }
    }

    /// Marks ids that may differ now.
    func add(_ ids: [String]) {
        for id in ids { pending.add(id) }
        proceed()
    }

    /// The scanner has finished a slice of its work.
    func proceed() {
        guard pause?.isPending != true else { return }
        switch state {
        case .asking: if flying == 0 { ask() }
        case .feeding:
            if scanner.isComplete && !isCompared {
                if flying == 0 { compare() }  // what flies is in neither
                return
            }
            while flying < (batchSizeMax == .max ? Self.flyingMax : 1), !pending.isEmpty { send(nextBatch()) }
            // The index expects more, and there is none.
            if isOpen && pending.isEmpty && flying == 0 && !scanner.isBusy { send(nextBatch()) }
        }
    }

    /// Calls back once, when the index has the present revision of an id.
    func whenIndexed(_ id: String, _ done: @escaping () -> Void) { waiters[id, default: []].append(done) }

    /// Sends an id for which a caller waits, unless it is on its way: the file may have its old content again.
    func addIfAwaited(_ id: String) {
        if waiters[id] != nil { add([id]) }
    }

    private func ask(after id: RecordID? = nil) {
        if id == nil { (held, isCompared) = ([:], false) }
        flying += 1
        let asked = asking
        client.request(Index.Files.self, Index.Files.Request(after: id), deadline: Self.deadline) {
            [unowned self] result in
            flying -= 1
            switch result {
            case .failure(let failure): retry(failure)
            case .success where asked != asking: ask()
            case .success(let page):
                if let next = page.next { ask(after: next) }
                for (path, entry) in page.entries { held[path] = entry }
                if page.next != nil { return }
                state = .feeding
                onAsked()
                proceed()
            }
        }
    }

    /// Every id that is missing in the index, differs there, or should not be there.
    private func compare() {
        let known = scanner.catalogue
        var differing: [String] = []
        for (path, entry) in known.files {
            let id = entry.id(at: path)
            if let held = held[path], Self.isSame(held, entry) { continue }
            if leftOut[id] != entry.revision && known.holder(ofExactly: id)?.path.hasSameBytes(as: path) == true {
                differing.append(id)
            }
        }
        for (path, entry) in held {
            let id = entry.id(at: path)
            if known.holder(ofExactly: id)?.path.hasSameBytes(as: path) != true { differing.append(id) }
        }
        (held, isCompared) = ([:], true)
        for id in differing.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { pending.add(id) }
        // Also if nothing differs: the empty batch says that the index is complete.
        send(nextBatch())
        proceed()
    }

    private static func isSame(_ one: Catalogue.Entry, _ other: Catalogue.Entry) -> Bool {
        one.isSameFile(as: other) && (other.wantsReading || !one.wantsReading)
    }

    private func send(_ batch: Batch) {
        flying += 1
        fed += batch.ids.count
        isOpen = batch.request.remaining > 0
        client.request(Index.Apply.self, batch.request, deadline: Self.deadline) { [unowned self] result in
            flying -= 1
            switch result {
            case .success: succeeded(batch)
            case .failure(let failure):
                if !failure.code.isTransient && refused(batch, failure) {
                    isOpen = true  // nobody has told the index that it is complete without this
                    break
                }
                for id in batch.ids { pending.add(id) }
                return retry(failure)
            }
            proceed()
        }
    }

    private func succeeded(_ batch: Batch) {
        pauseLength.succeeded(remaining: batch.request.remaining)
        if batch.ids.count >= batchSizeMax { batchSizeMax = batchSizeMax < .max / 2 ? batchSizeMax * 2 : .max }
        for done in batch.waiters { done() }
        if !isCompared {
            for record in batch.request.put {
                forget(record.summary.path, unless: record.summary.id.rawValue)
                held[record.summary.path] = Catalogue.Entry(record)
            }
        }
        if batch.request.remaining == 0 {
            if fed > 1 { log.info("index.fed", ["records": "\(fed)"]) }
            fed = 0
        }
    }

    /// The index is up and refuses this batch: to send it again unchanged would repeat without end.
    ///
    /// A batch is halved until the one record is found. That record is left out until it changes, and is reported; its
    /// earlier version is removed from the index.
    /// - Returns: Whether the feed can continue.
    private func refused(_ batch: Batch, _ failure: ServiceFailure) -> Bool {
        guard let id = batch.ids.first else { return false }
        if batch.ids.count > 1 {
            batchSizeMax = batch.ids.count / 2
            pending.addFirst(batch.ids)
            return true
        }
        batchSizeMax = .max
        guard let record = batch.request.put.first, let revision = Digest(hexadecimal: record.summary.revision) else {
            return true
        }
        leftOut[id] = revision
        pending.add(id)
        log.warning("index.refused", ["path": record.summary.path, "error": failure.message])
        onRefused(record.summary.path, "cannot be searched: \(failure.message)")
        return true
    }

    private struct Batch {
        var request = Index.Apply.Request(put: [], remove: [], remaining: 0)
        var ids: [String] = []
        var waiters: [() -> Void] = []
    }

    private func nextBatch() -> Batch {
        var batch = Batch(), bytes = 256
        while batch.ids.count < batchSizeMax, let id = pending.first {
            let record = record(id), size = record?.payloadBytes ?? 512
            if !batch.ids.isEmpty, bytes + size > RecordLimits.applyBytesMax {
                if let record { unread.put(record) }
                break
            }
            bytes += size
            if let record { batch.request.put.append(record) } else { batch.request.remove.append(RecordID(id)) }
            batch.ids.append(id)
            batch.waiters += waiters.removeValue(forKey: id) ?? []
            pending.removeFirst()
        }
        batch.request.remaining = max(pending.count, isCompared && !scanner.isBusy ? 0 : 1)
        if pending.isEmpty { unread.removeAll() }
        return batch
    }

    /// The record of the file at this moment. A file that is missing counts as removed; the watcher will report the
    /// same.
    private func record(_ id: String) -> Index.IndexedRecord? {
        guard let holder = scanner.catalogue.holder(ofExactly: id), leftOut[id] != holder.entry.revision else {
            return nil
        }
        if let record = unread.take(id), record.summary.path.hasSameBytes(as: holder.path),
            record.look == holder.entry.look.hexadecimal
        {
            return record
        }
        guard case .record(let record, let stamp) = directory.look(at: holder.path), record.id.hasSameBytes(as: id)
        else { return nil }
        return Index.IndexedRecord(record, stamp: stamp)
    }

    /// Asks again after a pause, because an index that was down may be a new one.
    private func retry(_ failure: ServiceFailure) {
        state = .asking
        if pauseLength.isUnused {
            log.warning("index.away", ["error": failure.message, "pending": "\(pending.count)", "next": "retry"])
        }
        pause = loop.schedule(after: pauseLength.next()) { [unowned self] in proceed() }
        onAsked()
    }
}

/// The ids that may differ, each once, in the order in which they were marked.
private struct PendingIDs {
    private var ids: ArraySlice<String> = []
    private var known: ExactSet = []

    var count: Int { ids.count }
    var isEmpty: Bool { ids.isEmpty }
    var first: String? { ids.first }

    mutating func add(_ id: String) {
        if known.insert(id) { ids.append(id) }
    }

    mutating func addFirst(_ more: [String]) { ids = more.filter { known.insert($0) } + ids }

    mutating func removeFirst() {
        if let id = ids.popFirst() { known.remove(id) }
    }
}

/// Some of the records that were just read, so that they are not read again to be sent.
private struct ReadRecords {
    private var records: ExactDictionary<Index.IndexedRecord> = [:]
    private var bytes = 0

    private static let bytesMax = 2 << 20

    mutating func put(_ record: Index.IndexedRecord) {
        _ = take(record.summary.id.rawValue)
        if bytes + record.body.utf8.count > Self.bytesMax { return }
        bytes += record.body.utf8.count
        records[record.summary.id.rawValue] = record
    }

    mutating func take(_ id: String) -> Index.IndexedRecord? {
        guard let record = records.removeValue(forKey: id) else { return nil }
        bytes -= record.body.utf8.count
        return record
    }

    mutating func removeAll() { (records, bytes) = ([:], 0) }
}
