import Following
import Services

/// Decides what the index reads of the rooms, and when: each room without gaps, one page at a time.
///
///     connected ──► ask which rooms there are ──► a follower for each, which knows what is missing
///     events, heads ──► news, for the next round
///     round ──► a page of each room of which there is news, and more of one that is far behind
///     page ──► written batch by batch, with a pause after each ──► the next page
///
/// What is said reaches the index by pages of history alone, not event by event: of what is said between two rounds one
/// page is made, and of a room that is read from its beginning no more than a page waits here.
struct RoomIndexFeed {
    /// What is to be done.
    enum Action: Hashable {
        /// Asks which rooms there are; the answer goes to `receive(rooms:)`, its failure to `roomsFailed()`.
        case askRooms
        /// Asks for a page; the answer goes to `receive(page:of:)`, its failure to `receive(failure:of:)`.
        case ask(Coordinator.History.Request, RoomName)
        /// Adds events to the database; then `written(_:)` is called, and after a pause `goOn()`.
        case write(RoomBatch)
        /// Notes in the database that a room was dropped.
        case drop(RoomName)
    }

    private struct Followed {
        var follower: RoomFollower
        /// The number of the last event in the database, and of the newest one that is known.
        var written: Int, head: Int

        mutating func note(_ number: Int) { head = max(head, number) }
    }

    /// Whether the coordinator has told which rooms there are.
    private(set) var knowsRooms = false
    private var rooms: [RoomName: Followed] = [:]
    /// The questions of this round, and of the next.
    private var questions: [Coordinator.History.Request] = [], news: [Coordinator.History.Request] = []
    /// What of the pages is not written yet: of one page, or of two when the client has connected again meanwhile.
    private var batches: [RoomBatch] = []
    private var asked: RoomName?
    private var isWriting = false, isAskingRooms = false, needsRooms = true

    /// The most events, and the most bytes of their texts, of one batch: writing them takes some milliseconds, for
    /// which others wait.
    static let batch = (events: 100, bytes: 64 << 10)
    /// The number of events of a page. A larger one is not read faster, and whoever searches waits until it is decoded.
    static let pageEvents = 200

    /// A feed that continues where the database ends.
    init(_ positions: [RoomPosition]) {
        for position in positions {
            let follower = RoomFollower(room: position.room, last: position.last, began: position.began)
            rooms[position.room] = Followed(follower: follower, written: position.last, head: position.last)
        }
    }

    /// The number of events that exist, as far as is known, and are not in the database.
    var unread: Int { rooms.values.reduce(0) { $0 + max(0, $1.head - $1.written) } }

    /// Whether a round has something to ask.
    var hasNews: Bool { !news.isEmpty }

    /// The client has connected, for the first time or again.
    mutating func connected() -> [Action] {
        (questions, news) = ([], [])
        asked = nil
        (needsRooms, isAskingRooms) = (true, true)
        return [.askRooms]
    }

    /// Which rooms there are. Those that the database has besides were dropped.
    mutating func receive(rooms list: [RoomStatus]) -> [Action] {
        (needsRooms, isAskingRooms, knowsRooms) = (false, false, true)
        let names = Set(list.map(\.room)), gone = rooms.keys.filter { !names.contains($0) }.sorted()
        var actions = gone.flatMap { drop($0) }
        for status in list {
            follow(status.room)
            rooms[status.room]?.note(status.head)
            if let question = rooms[status.room]?.follower.connected().question { questions.append(question) }
        }
        actions += next()
        return actions
    }

    /// The coordinator did not say which rooms there are; `tick()` asks again.
    mutating func roomsFailed() { isAskingRooms = false }

    /// The number of a room's newest event was published, or the event; 0 if the room was dropped.
    mutating func receive(head: RoomHead) -> [Action] {
        if head.head == 0 { return drop(head.room) }
        follow(head.room)
        rooms[head.room]?.note(head.head)
        if let question = rooms[head.room]?.follower.receive(head: head.head).question { news.append(question) }
        return []
    }

    /// To be called some times a second while there is news.
    mutating func beginRound() -> [Action] {
        questions += news
        news = []
        return next()
    }

    /// A page of a room has come.
    mutating func receive(page: Coordinator.History.Reply, of room: RoomName) -> [Action] {
        if asked == room { asked = nil }
        rooms[room]?.head = page.head
        guard let step = rooms[room]?.follower.receive(page: page) else { return next() }
        if let question = step.question {
            // What is said while a page is on its way waits for the next round.
            if step.events.isEmpty || page.events.last?.number ?? 0 < page.head {
                questions.append(question)
            } else {
                news.append(question)
            }
        }
        if !step.events.isEmpty {
            batches.append(RoomBatch(room: room, began: rooms[room]?.follower.began, events: step.events))
        }
        return next()
    }

    /// A page of a room did not come.
    mutating func receive(failure: ServiceFailure, of room: RoomName) -> [Action] {
        if asked == room { asked = nil }
        rooms[room]?.follower.questionFailed()
        if failure.code == .notFound { return drop(room) + next() }
        return next()
    }

    /// A batch is in the database.
    mutating func written(_ batch: RoomBatch) {
        if let last = batch.events.last { rooms[batch.room]?.written = last.number }
    }

    /// The pause after a batch is over.
    mutating func goOn() -> [Action] {
        isWriting = false
        return next()
    }

    private mutating func next() -> [Action] {
        if isWriting { return [] }
        if let batch = takeBatch() {
            isWriting = true
            return [.write(batch)]
        }
        guard asked == nil, !questions.isEmpty else { return [] }
        var question = questions.removeFirst()
        question.limit = Self.pageEvents
        guard let room = question.room else { return [] }
        asked = room
        return [.ask(question, room)]
    }

    /// To be called about once a second: asks again what was not answered.
    mutating func tick() -> [Action] {
        for room in rooms.filter({ $0.value.head > $0.value.written }).keys.sorted() {
            if let question = rooms[room]?.follower.retry().question { questions.append(question) }
        }
        if !needsRooms || isAskingRooms { return next() }
        isAskingRooms = true
        return [.askRooms] + next()
    }

    private mutating func follow(_ room: RoomName) {
        if rooms[room] != nil { return }
        let follower = RoomFollower(room: room, last: 0, began: nil)
        rooms[room] = Followed(follower: follower, written: 0, head: 0)
    }

    private mutating func drop(_ room: RoomName) -> [Action] {
        guard rooms.removeValue(forKey: room) != nil else { return [] }
        questions.removeAll { $0.room == room }
        news.removeAll { $0.room == room }
        batches.removeAll { $0.room == room }
        if asked == room { asked = nil }
        return [.drop(room)]
    }

    private mutating func takeBatch() -> RoomBatch? {
        guard var batch = batches.first else { return nil }
        var bytes = 0, count = 0
        for event in batch.events where count < Self.batch.events && (count == 0 || bytes < Self.batch.bytes) {
            bytes += event.text.utf8.count
            count += 1
        }
        batches[0].events.removeFirst(count)
        if batches[0].events.isEmpty { batches.removeFirst() }
        batch.events = Array(batch.events.prefix(count))
        return batch
    }
}
