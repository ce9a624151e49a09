import BusClient
import Records
import Runtime
import Services

/// Brings the index up to what the catalogue holds, and keeps it there.
///
/// It remembers which ids may differ, not what happened to them: at the moment of sending it looks, and sends what is
/// true then. So nothing is lost when the index is away, and nothing is sent twice when a file changes often.
///
///     asking ──last page──▶ feeding ──refused or silent──▶ asking, after a pause
///
/// While the first scan goes on, what it reads is sent at once; what the index holds and should not is known behind it.
final class IndexFeed {
    private enum State {
        /// Asks what the index holds.
        case asking
        /// Sends what differs.
        case feeding
    }

    private let client: BusClient
    private let loop: EventLoop
    private let log: Log
    private let scanner: Scanner
    private let directory: RecordDirectory

    private var state = State.asking
    /// What the index holds, by path: from its answers until it is compared with a complete scan.
    private var held: [String: Catalogue.Entry] = [:]
    private var isCompared = false
    /// Which question this is: pages that two indexes have answered are no answer.
    private var asking = 0
    private var pending = PendingIDs()
    private var unread = ReadRecords()
    /// Requests without an answer.
    private var flying = 0
    private var pause: Timer?
    private var attempts = 0
    /// Whether the index expects more.
    private var isOpen = false
    /// Who wants to know when an id is in the index.
    private var waiters: [String: [() -> Void]] = [:]
    private var fed = 0
    /// What the index has refused, by id, in which revision.
    private var leftOut: [String: Digest] = [:]
    private var batchSizeMax = Int.max

    /// Called when the index has said what it holds, and when it cannot say so now.
    var onAsked: () -> Void = {}
    /// Called when the index refuses a file: its path, and why.
    var onRefused: (_ path: String, _ message: String) -> Void = { _, _ in }

    /// After this long without an answer the index counts as away.
    private static let deadline = Duration.seconds(10)
    /// The pause before another attempt: doubled each time from the first to the last of these.
    private static let pauseMilliseconds = (first: 50, last: 2_000)
    /// One batch is written while the index works on the other.
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

    /// What the index holds of a file that need not be read when it looks the same.
    func held(of path: String) -> Catalogue.Entry? { held[path].flatMap { $0.wantsReading ? nil : $0 } }

    /// A record was read, and may differ from what the index holds.
    func add(_ record: Record, stamp: FileStamp) {
        if held[record.path]?.isSameFile(as: Catalogue.Entry(record, stamp: stamp)) == true { return }
        forget(record.path, unless: record.id)
        unread.put(Index.IndexedRecord(record, stamp: stamp))
        pending.add(record.id)
    }

    /// What the index holds of a file under another id than its record has now goes.
    private func forget(_ path: String, unless id: String) {
        if let old = held[path]?.id(at: path), old != id { pending.add(old) }
    }

    /// These ids may differ now.
    func add(_ ids: [String]) {
        for id in ids { pending.add(id) }
        proceed()
    }

    /// The scanner has done a slice of its work.
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
            // The index was told of more, and there is none.
            if isOpen && pending.isEmpty && flying == 0 && !scanner.isBusy { send(nextBatch()) }
        }
    }

    /// Calls back once, when the index has an id as it is now.
    func whenIndexed(_ id: String, _ done: @escaping () -> Void) { waiters[id, default: []].append(done) }

    /// Sends an id that somebody waits for, unless it is on its way: the file may be what it was before.
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

    /// Every id that the index has not got, or has otherwise, or should not have.
    private func compare() {
        let known = scanner.catalogue
        var differing: [String] = []
        for (path, entry) in known.files {
            let id = entry.id(at: path)
            if let held = held[path], Self.isSame(held, entry) { continue }
            if leftOut[id] != entry.revision && known.holder(of: id)?.path == path { differing.append(id) }
        }
        for (path, entry) in held {
            let id = entry.id(at: path)
            if known.holder(of: id)?.path != path { differing.append(id) }
        }
        (held, isCompared) = ([:], true)
        for id in differing.sorted() { pending.add(id) }
        // Also when nothing differs: the empty batch says that the index is complete.
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
        attempts = 0
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

    /// The index can be reached and does not take this: asking again as before would go on for ever.
    ///
    /// A batch is halved until the one record is found; that one is left out until it changes, and is reported. What
    /// the index holds of it from before is removed.
    /// - Returns: Whether the feed can go on.
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

    /// The record as its file is now. A file that has just gone counts as removed; the watcher will say the same.
    private func record(_ id: String) -> Index.IndexedRecord? {
        guard let holder = scanner.catalogue.holder(of: id), leftOut[id] != holder.entry.revision else { return nil }
        if let record = unread.take(id), record.summary.path == holder.path,
            record.look == holder.entry.look.hexadecimal
        {
            return record
        }
        guard case .record(let record, let stamp) = directory.look(at: holder.path), record.id == id else { return nil }
        return Index.IndexedRecord(record, stamp: stamp)
    }

    /// Asks anew after a pause: an index that was away may be another one.
    private func retry(_ failure: ServiceFailure) {
        state = .asking
        let wait = min(Self.pauseMilliseconds.first << min(attempts, 10), Self.pauseMilliseconds.last)
        if attempts == 0 {
            log.warning("index.away", ["error": failure.message, "pending": "\(pending.count)", "next": "retry"])
        }
        attempts += 1
        pause = loop.schedule(after: .milliseconds(wait)) { [unowned self] in proceed() }
        onAsked()
    }
}

/// The ids that may differ, each once, in the order in which they came.
private struct PendingIDs {
    private var ids: ArraySlice<String> = []
    private var known: Set<String> = []

    var count: Int { ids.count }
    var isEmpty: Bool { ids.isEmpty }
    var first: String? { ids.first }

    mutating func add(_ id: String) {
        if known.insert(id).inserted { ids.append(id) }
    }

    mutating func addFirst(_ more: [String]) { ids = more.filter { known.insert($0).inserted } + ids }

    mutating func removeFirst() {
        if let id = ids.popFirst() { known.remove(id) }
    }
}

/// Records that were just read, so that they are not read again to be sent; some of them, for there may be many.
private struct ReadRecords {
    private var records: [String: Index.IndexedRecord] = [:]
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
