import BusClient
import GRDB
import LinuxSystem
import Runtime
import Services
import Time

/// Reads what is said in rooms into `rooms.sqlite`, and answers searches for it.
///
/// It does as `RoomIndexFeed` decides. A database that SQLite finds damaged, or in which most messages are gone, is
/// deleted and filled again; one that the disk refuses is tried again later. Searches for records go on meanwhile.
final class RoomIndexService {
    private let process: ChildProcess
    /// Asks the coordinator.
    let client: BusClient
    /// Runs searches.
    let runner: QueryRunner
    /// Shows why texts match.
    let quotation: Quotation
    private let directory: String
    private var database: RoomIndexDatabase?
    private var feed = RoomIndexFeed([])
    private var pause: Timer?, round: Timer?
    /// Whether nothing is written because the disk has refused to.
    private var isStopped = false
    /// Whether the disk has refused something since it took a batch; it is logged once.
    private var isRefused = false
    /// How often the database was opened, and how many searches are under way.
    private var openings = 0, searching = 0
    /// When others did not want the processor for long enough.
    private var busyUntil = Instant.zero

    /// The time from one round of questions to the next.
    private static let roundInterval = Duration.milliseconds(250)
    /// The pause after a batch, in which others are served: some times as long as it took to write, and at least so
    /// long. So writing takes a quarter of one processor at most, however much is said, and less as long as others want
    /// the processor: whoever posts is not to wait for what can be found later.
    private static let writePause = (factor: 3, busyFactor: 15, least: Duration.milliseconds(5))
    /// How long after others wanted the processor they may want it again.
    private static let busyTime = Duration.seconds(1)
    /// How many events may wait at most because others want the processor.
    private static let unreadMax = 100_000
    /// The time after which a disk that has refused something is tried again.
    private static let diskPause = Duration.seconds(5)
    private static let tickInterval = Duration.seconds(1)
    /// The most searches at a time: each asks the coordinator for texts.
    private static let searchesMax = 32

    /// A service that has not begun.
    ///
    /// - Throws: When there is no memory for a table.
    init(process: ChildProcess, client: BusClient, runner: QueryRunner, directory: String) throws {
        self.process = process
        self.client = client
        self.runner = runner
        self.directory = directory
        quotation = try Quotation()
    }

    /// Begins to read and to answer.
    func start() {
        open()
        client.subscribe("room.*.event") { [unowned self] message in
            if let news = try? message.decode(News.self) { hear(RoomHead(room: news.room, head: news.number)) }
        }
        client.subscribe("room.*.head") { [unowned self] message in
            if let head = try? message.decode(RoomHead.self) { hear(head) }
        }
        client.onConnect = { [unowned self] in change { $0.connected() } }
        client.serve(Index.SearchRooms.self) { [unowned self] request, _, responder in
            search(request, responder)
        }
        tick()
    }

    private func tick() {
        process.loop.schedule(after: Self.tickInterval) { [unowned self] in
            if client.isConnected { change { $0.tick() } }
            tick()
        }
    }

    // MARK: Reading

    /// What of an event is looked at when it is published; its text comes with a page.
    private struct News: Decodable {
        var room: RoomName
        var number: Int
    }

    private func hear(_ head: RoomHead) {
        change { $0.receive(head: head) }
        if round == nil { beginRound() }
    }

    /// Begins a round at once, and the next after some time, as long as there is news.
    private func beginRound() {
        change { $0.beginRound() }
        round = process.loop.schedule(after: Self.roundInterval) { [unowned self] in
            round = nil
            if feed.hasNews { beginRound() }
        }
    }

    private func open() {
        isStopped = false
        openings += 1
        let log = process.log, path = "\(directory)/\(RoomIndexDatabase.fileName)"
        attempt("open") {
            // One that was refused something is still good, and may have the file for itself.
            let opened =
                try database
                ?? RoomIndexDatabase(directory: directory) { reason in
                    log.warning("rooms.discarded", ["path": path, "reason": reason, "next": "read the rooms again"])
                }
            let positions = try opened.positions()
            database = opened
            feed = RoomIndexFeed(positions)
            log.info("rooms.opened", ["path": path, "rooms": "\(positions.count)"])
        }
        if client.isConnected { change { $0.connected() } }
    }

    private func change(_ decide: (inout RoomIndexFeed) -> [RoomIndexFeed.Action]) {
        if database == nil || isStopped { return }
        let start = openings
        for action in decide(&feed) {
            perform(action)
            // What else was decided is for a database that is no longer in use.
            if isStopped || openings != start { return }
        }
    }

    private func perform(_ action: RoomIndexFeed.Action) {
        switch action {
        case .askRooms:
            client.request(Coordinator.Rooms.self, Empty(), retry: .untilDeadline) { [weak self] result in
                self?.change { feed in
                    if case .success(let reply) = result { return feed.receive(rooms: reply.rooms) }
                    feed.roomsFailed()
                    return []
                }
            }
        case .ask(let question, let room):
            client.request(Coordinator.History.self, question, retry: .untilDeadline) { [weak self] result in
                self?.change { feed in
                    switch result {
                    case .success(let page): feed.receive(page: page, of: room)
                    case .failure(let failure): feed.receive(failure: failure, of: room)
                    }
                }
            }
        case .write(let batch): write(batch)
        case .drop(let room):
            attempt("drop") { try database?.drop(room) }
            discardIfMostlyGone()
        }
    }

    private func discardIfMostlyGone() {
        attempt("count") {
            if try database?.isMostlyGone() == true { discard(reason: "most of what it holds is gone from the rooms") }
        }
    }

    private func write(_ batch: RoomBatch) {
        attempt("write") {
            let start = Clock.monotonic(), preemptions = CurrentProcess.preemptions
            try database?.add(batch)
            isRefused = false
            feed.written(batch)
            let now = Clock.monotonic(), (factor, busyFactor, least) = Self.writePause
            if CurrentProcess.preemptions > preemptions { busyUntil = now + Self.busyTime }
            let isBusy = now < busyUntil && feed.unread < Self.unreadMax
            pause = process.loop.schedule(after: max(least, (now - start) * (isBusy ? busyFactor : factor))) {
                [unowned self] in
                change { $0.goOn() }
            }
        }
    }

    /// Does something with the database. When that fails, everything begins again with what the database holds.
    private func attempt(_ what: String, _ work: () throws -> Void) {
        do {
            try work()
        } catch let error as DatabaseError where error.isDamage {
            discard(reason: "\(error)")
        } catch {
            if isStopped { return }
            if !isRefused {
                process.log.error("rooms.failed", ["operation": what, "error": "\(error)", "next": "try every 5 s"])
            }
            (isStopped, isRefused) = (true, true)
            process.loop.schedule(after: Self.diskPause) { [unowned self] in open() }
        }
    }

    private func discard(reason: String) {
        process.log.warning("rooms.discarded", ["path": directory, "reason": reason, "next": "read the rooms again"])
        pause?.cancel()
        do {
            // A connection that ends later would delete the log of the new database.
            try database?.queue.close()
            database = nil
            try RoomIndexDatabase.delete(directory: directory)
            open()
        } catch {
            attempt("delete") { throw error }
        }
    }

    // MARK: Answering

    private func search(_ request: Index.SearchRooms.Request, _ responder: Responder<Index.SearchRooms.Reply>) {
        if searching >= Self.searchesMax {
            let text = "the index searches rooms for too many people now; try again soon"
            return responder.fail(ServiceFailure(.unavailable, text))
        }
        searching += 1
        let search = RoomSearch(request, of: self) { [weak self] in
            responder.complete($0)
            self?.searching -= 1
        }
        search.advance()
    }

    /// The database that is searched.
    ///
    /// - Throws: `ServiceFailure` if there is none now, or nothing is known of the rooms.
    func searched() throws(ServiceFailure) -> RoomIndexDatabase {
        guard let database else {
            throw ServiceFailure(.unavailable, "searching rooms: the disk refuses their index; free space")
        }
        if feed.knowsRooms { return database }
        let advice = "the coordinator has not told yet which there are; `egghead ps` shows what is down"
        throw ServiceFailure(.unavailable, "searching rooms: \(advice)")
    }

    /// The number of events that are still to be read.
    var unread: Int { feed.unread }

    /// A search has met a room that does not exist.
    func missed(_ failure: ServiceFailure, in room: RoomName) {
        change { $0.receive(failure: failure, of: room) }
    }

    /// A search has met an event that is gone.
    ///
    /// - Parameter first: The number of the first event after it that there is.
    func missed(before first: Int, in room: RoomName) {
        attempt("forget") { try database?.forget(room, before: first) }
        discardIfMostlyGone()
    }

    /// What to tell who has searched, when SQLite has failed.
    func failure(_ error: any Error) -> ServiceFailure {
        switch error {
        case let failure as ServiceFailure: return failure
        case let error as DatabaseError where error.isDamage:
            discard(reason: "\(error)")
            return ServiceFailure(.unavailable, "the index of rooms was damaged and is being rebuilt; try again soon")
        case _:
            process.log.error("rooms.failed", ["operation": Index.SearchRooms.name, "error": "\(error)"])
            return ServiceFailure(.internalError, "the index could not search the rooms: \(error)")
        }
    }
}
