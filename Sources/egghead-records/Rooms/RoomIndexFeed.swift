import Following
import Services

/// Decides what the index reads of the rooms, and when: each room without gaps, one page at a time.
///
///     connected ──► ask which rooms there are ──► a follower for each, which asks for what is missing
///     events ──► wait ──► a batch is written ──► the next batch, or else the next question
///
/// One question and one batch are under way at a time, so that the coordinator is not held up by a room that is read
/// from its beginning, and so that no more than a page waits here.
struct RoomIndexFeed {
    /// What is to be done.
    enum Action: Hashable {
        /// Asks which rooms there are; the answer goes to `receive(rooms:)`, its failure to `roomsFailed()`.
        case askRooms
        /// Asks for a page; the answer goes to `receive(page:of:)`, its failure to `receive(failure:of:)`.
        case ask(Coordinator.History.Request, RoomName)
        /// Adds events to the database; then `written(_:)` is called.
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
    private var questions: [Coordinator.History.Request] = []
    private var batches: [RoomBatch] = []
    private var waiting = 0
    private var asked: RoomName?
    private var isWriting = false, isAskingRooms = false, needsRooms = true

    /// The most events, and the most bytes of their texts, of one batch: writing them takes some milliseconds, for
    /// which others wait.
    static let batch = (events: 100, bytes: 64 << 10)
    /// The number of events of a page. A larger one is not read faster, and whoever searches waits until it is decoded.
    static let pageEvents = 200
    /// The most events that wait to be written. A room of which more come is read from its history later.
    static let waitingMax = 4_096

    /// A feed that continues where the database ends.
    init(_ positions: [RoomPosition]) {
        for position in positions {
            let follower = RoomFollower(room: position.room, last: position.last, began: position.began)
            rooms[position.room] = Followed(follower: follower, written: position.last, head: position.last)
        }
    }

    /// The number of events that exist, as far as is known, and are not in the database.
    var unread: Int { rooms.values.reduce(0) { $0 + max(0, $1.head - $1.written) } }

    /// The client has connected, for the first time or again.
    mutating func connected() -> [Action] {
        questions = []
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
            let step = rooms[status.room]?.follower.connected()
            take(step, of: status.room)
        }
        actions += next()
        return actions
    }

    /// The coordinator did not say which rooms there are; `tick()` asks again.
    mutating func roomsFailed() { isAskingRooms = false }

    /// An event was published.
    mutating func receive(event: RoomEvent) -> [Action] {
        follow(event.room)
        rooms[event.room]?.note(event.number)
        let step = rooms[event.room]?.follower.receive(event: event)
        take(step, of: event.room)
        return next()
    }

    /// The number of a room's newest event was published; 0 if it was dropped.
    mutating func receive(head: RoomHead) -> [Action] {
        if head.head == 0 { return drop(head.room) + next() }
        follow(head.room)
        rooms[head.room]?.note(head.head)
        let step = rooms[head.room]?.follower.receive(head: head.head)
        take(step, of: head.room)
        return next()
    }

    /// A page of a room has come.
    mutating func receive(page: Coordinator.History.Reply, of room: RoomName) -> [Action] {
        if asked == room { asked = nil }
        rooms[room]?.head = page.head
        let step = rooms[room]?.follower.receive(page: page)
        take(step, of: room)
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
        isWriting = false
        if let last = batch.events.last { rooms[batch.room]?.written = last.number }
    }

    /// What is to be done next.
    mutating func next() -> [Action] {
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
            let step = rooms[room]?.follower.retry()
            take(step, of: room)
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
        forget(room)
        return [.drop(room)]
    }

    private mutating func forget(_ room: RoomName) {
        questions.removeAll { $0.room == room }
        batches.removeAll { $0.room == room }
        waiting = batches.reduce(0) { $0 + $1.events.count }
        if asked == room { asked = nil }
    }

    private mutating func take(_ step: RoomFollower.Step?, of room: RoomName) {
        guard let step, let followed = rooms[room] else { return }
        if let question = step.question { questions.append(question) }
        if step.events.isEmpty { return }
        if waiting + step.events.count > Self.waitingMax {
            forget(room)
            let follower = RoomFollower(room: room, last: followed.written, began: followed.follower.began)
            rooms[room]?.follower = follower
            if let question = rooms[room]?.follower.receive(head: followed.head).question { questions.append(question) }
            return
        }
        waiting += step.events.count
        if let last = batches.last, last.room == room, last.began == followed.follower.began {
            batches[batches.count - 1].events += step.events
        } else {
            batches.append(RoomBatch(room: room, began: followed.follower.began, events: step.events))
        }
    }

    private mutating func takeBatch() -> RoomBatch? {
        guard let first = batches.first else { return nil }
        var bytes = 0, count = 0
        for event in first.events where count < Self.batch.events && (count == 0 || bytes < Self.batch.bytes) {
            bytes += event.text.utf8.count
            count += 1
        }
        batches[0].events.removeFirst(count)
        if batches[0].events.isEmpty { batches.removeFirst() }
        waiting -= count
        return RoomBatch(room: first.room, began: first.began, events: Array(first.events.prefix(count)))
    }
}
