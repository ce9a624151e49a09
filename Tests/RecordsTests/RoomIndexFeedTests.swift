import Services
import Testing

@testable import egghead_records

/// What the index reads of rooms, and when.
@Suite struct RoomIndexFeedTests {
    private static let began = "2026-11-22T08:30:00.000Z"

    private func event(_ number: Int, in room: RoomName = "lobby", at: String = began) -> RoomEvent {
        RoomEvent(number: number, at: at, room: room, type: .message, from: "user:ann", text: "number \(number)")
    }

    private func status(_ room: RoomName, head: Int) -> RoomStatus {
        RoomStatus(room: room, head: head, budgetLeft: 0, roster: [])
    }

    private func page(_ numbers: [Int], head: Int, of room: RoomName = "lobby", began: String? = began)
        -> Coordinator.History.Reply
    {
        .init(room: room, head: head, events: numbers.map { event($0, in: room) }, began: began)
    }

    private func question(_ room: RoomName, after: Int) -> RoomIndexFeed.Action {
        .ask(.init(room: room, after: after, limit: RoomIndexFeed.pageEvents), room)
    }

    private func batch(_ numbers: ClosedRange<Int>, of room: RoomName = "lobby", began: String? = began)
        -> RoomBatch
    {
        RoomBatch(room: room, began: began, events: numbers.map { event($0, in: room) })
    }

    @Test func `a room is read page by page, and the next page is asked for when one is written`() {
        var feed = RoomIndexFeed([])
        #expect(feed.tick() == [.askRooms] && !feed.knowsRooms)
        #expect(feed.connected() == [.askRooms])
        #expect(feed.receive(rooms: [status("lobby", head: 150)]) == [question("lobby", after: 0)])
        #expect(feed.unread == 150 && feed.knowsRooms)
        #expect(feed.receive(page: page(Array(1...120), head: 150), of: "lobby") == [.write(batch(1...100))])
        #expect(feed.tick() == [])
        feed.written(batch(1...100))
        #expect(feed.goOn() == [.write(batch(101...120))] && feed.unread == 50)
        feed.written(batch(101...120))
        #expect(feed.goOn() == [question("lobby", after: 120)])
        #expect(feed.receive(page: page(Array(121...150), head: 150), of: "lobby") == [.write(batch(121...150))])
        feed.written(batch(121...150))
        #expect(feed.goOn() == [] && feed.unread == 0 && feed.tick() == [])
    }

    @Test func `one room is asked for at a time, and of what is said at once one page is made`() {
        let known = ["lobby", "den"].map { RoomPosition(room: $0, began: Self.began, last: 2) }
        var feed = RoomIndexFeed(known)
        _ = feed.connected()
        _ = feed.receive(rooms: [status("lobby", head: 2), status("den", head: 2)])
        #expect(feed.receive(page: page([], head: 2), of: "lobby") == [question("den", after: 2)])
        #expect(feed.receive(page: page([], head: 2, of: "den"), of: "den") == [])
        for head in 3...5 {
            #expect(feed.receive(head: RoomHead(room: "lobby", head: head)) == [])
            #expect(feed.receive(head: RoomHead(room: "den", head: head)) == [])
        }
        #expect(feed.unread == 6 && feed.hasNews)
        #expect(feed.beginRound() == [question("lobby", after: 2)] && feed.beginRound() == [] && !feed.hasNews)
        #expect(feed.receive(page: page([3, 4, 5], head: 5), of: "lobby") == [.write(batch(3...5))])
        feed.written(batch(3...5))
        #expect(feed.goOn() == [question("den", after: 2)] && feed.unread == 3)
        let written = feed.receive(page: page([3, 4, 5], head: 5, of: "den"), of: "den")
        #expect(written == [.write(batch(3...5, of: "den"))])
        feed.written(batch(3...5, of: "den"))
        #expect(feed.goOn() == [] && feed.unread == 0)
    }

    @Test func `in a room where people speak all the time the next page waits for the next round`() {
        var feed = RoomIndexFeed([RoomPosition(room: "lobby", began: Self.began, last: 0)])
        _ = feed.connected()
        #expect(feed.receive(rooms: [status("lobby", head: 3)]) == [question("lobby", after: 0)])
        #expect(feed.receive(head: RoomHead(room: "lobby", head: 4)) == [] && !feed.hasNews)
        #expect(feed.receive(page: page([1, 2], head: 3), of: "lobby") == [.write(batch(1...2))])
        #expect(feed.goOn() == [question("lobby", after: 2)])
        #expect(feed.receive(head: RoomHead(room: "lobby", head: 5)) == [] && !feed.hasNews)
        #expect(feed.receive(page: page([3, 4], head: 4), of: "lobby") == [.write(batch(3...4))])
        #expect(feed.receive(head: RoomHead(room: "lobby", head: 5)) == [] && feed.hasNews)
        #expect(feed.goOn() == [] && feed.beginRound() == [question("lobby", after: 4)])
    }

    @Test func `a page that comes after a new connection leaves no gap`() {
        var feed = RoomIndexFeed([RoomPosition(room: "lobby", began: Self.began, last: 0)])
        _ = feed.connected()
        _ = feed.receive(rooms: [status("lobby", head: 150)])
        _ = feed.connected()
        #expect(feed.receive(rooms: [status("lobby", head: 150)]) == [question("lobby", after: 0)])
        #expect(feed.receive(page: page(Array(1...120), head: 150), of: "lobby") == [.write(batch(1...100))])
        // The other answer to the same question.
        _ = feed.receive(page: page(Array(1...120), head: 150), of: "lobby")
        feed.written(batch(1...100))
        #expect(feed.goOn() == [.write(batch(101...120))])
        feed.written(batch(101...120))
        #expect(feed.goOn() == [question("lobby", after: 120)])
    }

    @Test func `a room that is gone is dropped, however it is learnt`() {
        let known = (["a", "b", "c", "d"] as [RoomName]).map { RoomPosition(room: $0, began: Self.began, last: 9) }
        var feed = RoomIndexFeed(known)
        _ = feed.connected()
        let list = (["b", "c", "d"] as [RoomName]).map { status($0, head: 9) }
        #expect(feed.receive(rooms: list) == [.drop("a"), question("b", after: 9)])
        #expect(feed.receive(head: RoomHead(room: "c", head: 0)) == [.drop("c")])
        let failure = ServiceFailure(.notFound, "there is no room b")
        #expect(feed.receive(failure: failure, of: "b") == [.drop("b"), question("d", after: 9)])
        #expect(feed.receive(failure: ServiceFailure(.timeout, "no answer"), of: "d") == [])
        #expect(
            feed.receive(head: RoomHead(room: "d", head: 10)) == [] && feed.beginRound() == [question("d", after: 9)])
    }

    @Test func `another room of the same name is read from its beginning`() {
        let known = RoomPosition(room: "lobby", began: Self.began, last: 5)
        let later = "2026-11-23T08:30:00.000Z"
        for head in [3, 8] {
            var feed = RoomIndexFeed([known])
            _ = feed.connected()
            _ = feed.receive(rooms: [status("lobby", head: head)])
            let behind = Array(6..<max(6, head + 1))
            let asked = feed.receive(page: page(behind, head: head, began: later), of: "lobby")
            #expect(asked == [question("lobby", after: 0)])
            let read = feed.receive(page: page(Array(1...head), head: head, began: later), of: "lobby")
            #expect(read == [.write(batch(1...head, began: later))])
        }
    }
}
