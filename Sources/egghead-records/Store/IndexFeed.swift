import Bus
import Records
import Runtime
import Services

/// Brings the index up to what the catalogue holds, and keeps it there.
///
/// It remembers which ids may differ, not what happened to them: at the moment of sending it looks, and sends what is
/// true then. So nothing is lost when the index is away, and nothing is sent twice when a file changes often.
///
///     asking ──last page──▶ feeding ──refused or silent──▶ asking, after a pause
final class IndexFeed {
    private enum State {
        /// Asks what the index holds. Before the first scan is complete nothing is asked.
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
    /// What the index has said it holds, while it is asked.
    private var held: [String: String] = [:]
    /// The ids that may differ, in the order in which they came.
    private var pending: [String] = []
    private var isPending: Set<String> = []
    private var isWaiting = false
    private var pause: Timer?
    private var attempts = 0
    /// Who wants to know when an id is in the index.
    private var waiters: [String: [() -> Void]] = [:]
    private var refilled = 0
    /// What the index has refused, by id, in which revision.
    private var leftOut: [String: String] = [:]
    private var batchSizeMax = Int.max

    /// Called when the index refuses a file: its path, and why.
    var onRefused: (_ path: String, _ message: String) -> Void = { _, _ in }

    /// After this long without an answer the index counts as away.
    private static let deadline = Duration.seconds(10)
    /// The pause before another attempt: doubled each time from the first to the last of these.
    private static let pauseMilliseconds = (first: 50, last: 2_000)

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
        guard scanner.isComplete else { return }
        state = .asking
        pause?.cancel()
        if !isWaiting { proceed() }
    }

    /// These ids may differ now.
    func add(_ ids: [String]) {
        for id in ids where isPending.insert(id).inserted { pending.append(id) }
        if pause?.isPending != true && !isWaiting && scanner.isComplete { proceed() }
    }

    /// Calls back once, when the index has an id as it is now.
    func whenIndexed(_ id: String, _ done: @escaping () -> Void) { waiters[id, default: []].append(done) }

    private func proceed() {
        switch state {
        case .asking:
            held = [:]
            ask(after: nil)
        case .feeding: send()
        }
    }

    private func ask(after id: String?) {
        isWaiting = true
        client.request(Index.Revisions.self, Index.Revisions.Request(after: id), deadline: Self.deadline) {
            [unowned self] result in
            isWaiting = false
            switch result {
            case .failure(let failure): retry(failure)
            case .success(let page):
                for record in page.records { held[record.id] = record.revision }
                if page.more, let last = page.records.last { ask(after: last.id) } else { compare() }
            }
        }
    }

    /// Every id that the index has not got, or has in another revision, or should not have.
    private func compare() {
        let known = scanner.catalogue
        let differing = known.ids.filter { id in
            let revision = known.entry(id: id)?.summary.revision
            return revision != held[id] && (revision == nil || revision != leftOut[id])
        }
        let extra = held.keys.filter { known.entry(id: $0) == nil }
        held = [:]
        state = .feeding
        refilled = differing.count + extra.count
        for id in (differing + extra).sorted() where isPending.insert(id).inserted { pending.append(id) }
        // Also when nothing differs: the empty batch says that the index is complete.
        send(evenIfEmpty: true)
    }

    private func send(evenIfEmpty: Bool = false) {
        let batch = nextBatch()
        if batch.ids.isEmpty && !evenIfEmpty { return }
        isWaiting = true
        client.request(Index.Apply.self, batch.request, deadline: Self.deadline) { [unowned self] result in
            isWaiting = false
            switch result {
            case .success:
                attempts = 0
                if batch.ids.count >= batchSizeMax, batchSizeMax < .max / 2 { batchSizeMax *= 2 }
                for done in batch.waiters { done() }
                if refilled > 0 && pending.isEmpty {
                    log.info("index.fed", ["records": "\(refilled)"])
                    refilled = 0
                }
            case .failure(let failure):
                if failure.code != .unavailable, failure.code != .timeout, refused(batch.ids, failure) { break }
                for id in batch.ids where isPending.insert(id).inserted { pending.append(id) }
                return retry(failure)
            }
            if state == .asking || !pending.isEmpty {
                proceed()
            } else if (try? result.get()) == nil {
                send(evenIfEmpty: true)  // what was refused was the last: the index is complete without it
            }
        }
    }

    /// The index can be reached and does not take this: asking again as before would go on for ever.
    ///
    /// A batch is halved until the one record is found; that one is left out until it changes, and is reported.
    /// - Returns: Whether the feed can go on.
    private func refused(_ ids: [String], _ failure: ServiceFailure) -> Bool {
        guard let id = ids.first else { return false }
        if ids.count > 1 {
            batchSizeMax = ids.count / 2
            pending.insert(contentsOf: ids.filter { isPending.insert($0).inserted }, at: 0)
            return true
        }
        batchSizeMax = .max
        if let summary = scanner.catalogue.entry(id: id)?.summary {
            leftOut[id] = summary.revision
            log.warning("index.refused", ["path": summary.path, "error": failure.message])
            onRefused(summary.path, "cannot be searched: \(failure.message)")
        }
        return true
    }

    private func nextBatch() -> (request: Index.Apply.Request, ids: [String], waiters: [() -> Void]) {
        var request = Index.Apply.Request(put: [], remove: [], rebuilding: false)
        var taken: [String] = [], waiting: [() -> Void] = [], bytes = 256
        for id in pending {
            let record = record(id)
            let size = record?.payloadBytes ?? 512
            if !taken.isEmpty, bytes + size > RecordLimits.applyBytesMax || taken.count >= batchSizeMax { break }
            bytes += size
            if let record { request.put.append(record) } else { request.remove.append(id) }
            taken.append(id)
            waiting += waiters.removeValue(forKey: id) ?? []
        }
        pending.removeFirst(taken.count)
        isPending.subtract(taken)
        request.rebuilding = refilled > 0 && !pending.isEmpty
        return (request, taken, waiting)
    }

    /// The record as its file is now. A file that has just gone counts as removed; the watcher will say the same.
    private func record(_ id: String) -> Index.IndexedRecord? {
        guard let summary = scanner.catalogue.entry(id: id)?.summary,
            let text = try? directory.text(of: summary.path)
        else { return nil }
        let record = Record(path: summary.path, text: text)
        return record.id == id ? Index.IndexedRecord(record, updated: summary.updated) : nil
    }

    /// Asks anew after a pause: an index that was away may be another one.
    private func retry(_ failure: ServiceFailure) {
        state = .asking
        let wait = min(Self.pauseMilliseconds.first << min(attempts, 10), Self.pauseMilliseconds.last)
        if attempts == 0 {
            log.warning("index.away", ["error": failure.message, "pending": "\(pending.count)", "next": "retry"])
        }
        attempts += 1
        pause = loop.schedule(after: .milliseconds(wait)) { [unowned self] in
            if !isWaiting { proceed() }
        }
    }
}
