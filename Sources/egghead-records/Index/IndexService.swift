import BusClient
import GRDB
import LinuxSystem
import Runtime
import Services
import Time

/// `egghead-records index`: answers queries on records from the database, and applies the changes that the store sends.
///
/// Only `store` and `toolbox` can ask: the broker lets no other name publish here. A damaged database ends the process;
/// its successor, and the store that restarts with it, build a new one.
final class IndexService {
    private let process: ChildProcess
    private let client: BusClient
    private let directory: String
    private let database: IndexDatabase
    private let runner: QueryRunner
    private let rooms: RoomIndexService
    /// Whether the store has announced more.
    private var isRebuilding: Bool
    /// Whether each request is a transaction, because one has failed.
    private var isCautious = false
    /// Whether an acknowledged change was undone, and the store has not asked yet what is held.
    private var hasLost = false
    private var commitTimer: Timer?
    private var purgeTimer: Timer?
    /// The time since which texts wait to be purged.
    private var unpurgedSince: Instant?
    private var shownAt = Instant.zero
    /// The number of records to come that was shown last.
    private var remaining = 0

    /// The silence after which the open transaction is committed, and texts are purged.
    private static let quietTime = Duration.milliseconds(300)
    /// The pause between two purges, in which queries are answered.
    private static let purgeInterval = Duration.milliseconds(5)
    private static let purgedAtOnce = 8
    /// The longest time for which other requests may delay a purge.
    private static let delayMax = Duration.seconds(10)
    /// The pause before a database in memory is moved to the disk: doubled each time from the first of these to the
    /// last.
    private static let movePause = (first: Duration.seconds(2), last: Duration.seconds(60))
    /// The interval at which STATUS shows progress.
    private static let statusInterval = Duration.milliseconds(500)

    /// Opens the database.
    ///
    /// - Throws: If it can be neither opened nor made. The process ends with status 75 when another one has locked it.
    init(process: ChildProcess, client: BusClient) throws {
        self.process = process
        self.client = client
        runner = QueryRunner(loop: process.loop)
        directory = try process.settings(IndexSettings.self).stateDirectory
        try Files.makeDirectories(directory, mode: 0o750)
        let log = process.log, path = "\(directory)/\(IndexDatabase.fileName)"
        do {
            database = try IndexDatabase(directory: directory) { reason in
                log.warning("index.discarded", ["path": path, "reason": reason, "next": "rebuild"])
            } onRefusal: { error in
                log.warning(
                    "index.in_memory", ["path": path, "error": "\(error)", "next": "move when there is space"])
            }
        } catch let error as DatabaseError where error.isLocked {
            // A database in memory would have to be filled, and the one on the disk is whole: the supervisor starts
            // this process again later.
            log.warning("index.locked", ["path": path, "error": "\(error)", "next": "exit"])
            ExitStatus.temporaryFailure.exit()
        }
        rooms = try RoomIndexService(process: process, client: client, runner: runner, directory: directory)
        isRebuilding = database.isFilling
        log.info(
            "index.opened",
            ["path": path, "records": "\(try database.recordCount())", "complete": "\(!database.isFilling)"])
    }

    /// Begins to serve requests.
    func start() throws {
        serve(Index.Files.self) { [unowned self] in try files(after: $0.after) }
        serve(Index.Apply.self) { [unowned self] in try apply($0) }
        serve(Index.Search.self, SearchRun.init) { [unowned self] in
            Index.Search.Reply(
                hits: $0.hits, readings: $0.readings, objection: $0.objection, rebuilding: isRebuilding)
        }
        serve(Index.Passages.self, PassagesRun.init) { [unowned self] in
            Index.Passages.Reply(passages: $0.passages, sentences: $0.sentences, rebuilding: isRebuilding)
        }
        serve(Index.Links.self, { LinksRun(from: $0.id, depth: $0.depth, IndexDatabase.links) }) { [unowned self] in
            Index.LinkReply(links: $0, rebuilding: isRebuilding)
        }
        serve(Index.Backlinks.self, { LinksRun(from: $0.id, depth: $0.depth, IndexDatabase.backlinks) }) {
            [unowned self] in
            Index.LinkReply(links: $0, rebuilding: isRebuilding)
        }
        serve(Index.Unresolved.self, { UnresolvedRun(after: $0.after) }) { [unowned self] in
            Index.Unresolved.Reply(links: $0.links, more: $0.more, rebuilding: isRebuilding)
        }
        serve(Index.Recent.self) { [unowned self] in
            Index.Recent.Reply(records: try database.recent($0), rebuilding: isRebuilding)
        }
        serve(Index.Tags.self) { [unowned self] in
            Index.Tags.Reply(tags: try database.tags($0), rebuilding: isRebuilding)
        }
        rooms.start()
        try showStatus()
        purgeLater()  // what a predecessor has left
        if database.isInMemory { moveLater(Self.movePause.first) }
        process.notifier.ready()
    }

    /// Moves a database in memory to the disk as soon as the disk takes it.
    private func moveLater(_ pause: Duration) {
        process.loop.schedule(after: pause) { [unowned self] in
            let isMoved = moveToDisk()
            if !isMoved { moveLater(min(pause * 2, Self.movePause.last)) }
        }
    }

    /// - Returns: Whether the database is on the disk now. A disk that has too little room is not tried.
    private func moveToDisk() -> Bool {
        if database.uncommitted > 0 { return false }
        do {
            if try Files.freeBytes(at: directory) < database.byteCount() { return false }
            try database.moveToDisk(directory)
            try showStatus(remaining)
            process.log.notice("index.moved", ["records": "\(try database.recordCount())"])
            return true
        } catch {
            process.log.debug("index.move_failed", ["error": "\(error)"])
            return false
        }
    }

    private func apply(_ request: Index.Apply.Request) throws -> Empty {
        let isMore = request.remaining > 0, hadOpen = database.uncommitted > 0
        if hasLost { throw ServiceFailure(.unavailable, "what was applied before is undone, ask what is held") }
        do {
            try database.apply(request, more: isMore && !isCautious)
            try showProgress(request.remaining)
        } catch let error as DatabaseError where error.isTemporary {
            throw ServiceFailure(.unavailable, "the index cannot be written: \(error); free space")
        } catch let error as DatabaseError where hadOpen && !error.isDamage {
            // The error of one request has undone others; from now on each is a transaction of its own.
            isCautious = true
            throw ServiceFailure(.unavailable, "what was applied before is undone, ask what is held: \(error)")
        }
        if isMore { commitLater() } else { isCautious = false }
        purgeLater()
        return Empty()
    }

    /// A store that asks for everything that is held learns what was undone.
    private func files(after id: RecordID?) throws -> Index.Files.Reply {
        if id == nil { hasLost = false }
        return try database.files(after: id)
    }

    /// A store that has announced more and sends nothing has perhaps died.
    private func commitLater() {
        commitTimer?.cancel()
        commitTimer = process.loop.schedule(after: Self.quietTime) { [unowned self] in
            attempt("commit") {
                hasLost = true  // a commit that fails undoes what was acknowledged
                try database.commit()
                hasLost = false
            }
        }
    }

    /// Purges after a while without requests; and in any case after some seconds, or an agent that writes without pause
    /// would keep every old text.
    private func purgeLater() {
        let now = Clock.monotonic(), since = unpurgedSince ?? now
        unpurgedSince = since
        if now > since + Self.delayMax, purgeTimer?.isPending == true { return }
        purge(after: Self.quietTime)
    }

    private func purge(after delay: Duration) {
        purgeTimer?.cancel()
        purgeTimer = process.loop.schedule(after: delay) { [unowned self] in
            attempt("purge") {
                if database.isFilling { return }
                if database.uncommitted > 0 { return purge(after: Self.quietTime) }
                let isMore = try database.purge(Self.purgedAtOnce)
                if isMore { purge(after: Self.purgeInterval) } else { unpurgedSince = nil }
            }
        }
    }

    private func attempt(_ what: String, _ work: () throws -> Void) {
        do {
            try work()
        } catch let error as DatabaseError where error.isDamage {
            giveUp(error)
        } catch {
            process.log.error("index.failed", ["operation": what, "error": "\(error)"])
        }
    }

    private func showProgress(_ remaining: Int) throws {
        let wasRebuilding = isRebuilding
        isRebuilding = remaining > 0
        if wasRebuilding && isRebuilding && Clock.monotonic() < shownAt + Self.statusInterval { return }
        try showStatus(remaining)
        if !isRebuilding && database.isFilling {
            try database.filled()
            process.log.notice("index.rebuilt", ["records": "\(try database.recordCount())"])
        }
    }

    private func showStatus(_ remaining: Int = 0) throws {
        shownAt = Clock.monotonic()
        self.remaining = remaining
        let records = Counted.words(try database.recordCount(), "record")
        let place = database.isInMemory ? ", in memory: the disk takes no file" : ""
        process.notifier.status(
            (isRebuilding ? "rebuilding: \(records), \(remaining) known to come" : records) + place)
    }

    /// Serves an operation that takes little time.
    private func serve<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ answer: @escaping (Operation.Request) throws -> Operation.Reply
    ) {
        client.serve(operation) { [unowned self] request, _, responder in
            do {
                responder.reply(try answer(request))
            } catch {
                refuse(operation, error, responder)
            }
        }
    }

    /// Serves an operation in slices.
    private func serve<Operation: ServiceOperation, Run: QueryRun>(
        _ operation: Operation.Type, _ begin: @escaping (Operation.Request) -> Run,
        reply: @escaping (Run.Answer) -> Operation.Reply
    ) {
        client.serve(operation) { [unowned self] request, _, responder in
            var run = begin(request)
            runner.begin {
                guard let answer = try self.database.advance(&run) else { return false }
                responder.reply(reply(answer))
                return true
            } fail: {
                self.refuse(operation, $0, responder)
            }
        }
    }

    private func refuse<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ error: any Error, _ responder: Responder<Operation.Reply>
    ) {
        switch error {
        case let error as DatabaseError where error.isDamage:
            responder.fail(ServiceFailure(.unavailable, "the index is damaged and is being rebuilt; try again soon"))
            giveUp(error)
        case let failure as ServiceFailure: responder.fail(failure)
        case _:
            process.log.error("index.failed", ["operation": Operation.name, "error": "\(error)"])
            responder.fail(ServiceFailure(.internalError, "the index could not answer \(Operation.name): \(error)"))
        }
    }

    /// Deletes the whole database, so that the successor begins with a new one.
    private func giveUp(_ error: DatabaseError) {
        process.log.error("index.damaged", ["path": directory, "error": "\(error)", "next": "delete and rebuild"])
        _ = try? IndexDatabase.delete(directory: directory)  // the successor looks for damage again
        process.loop.stop(.temporaryFailure)
    }
}
