import Following
import SampleNode
import Services
import Testing

/// News of a room, as a test script has it.
enum News: Sendable {
    case connected
    case event(Int)
    case head(Int)
    case page([Int], head: Int)
    case failed
    case retry
}

/// What a follower delivered and asked after a piece of news: numbers delivered, and behind which number it asks.
struct Outcome: Hashable, CustomStringConvertible {
    var delivered: [Int]
    var asksAfter: Int?

    init(_ delivered: [Int] = [], asksAfter: Int? = nil) {
        self.delivered = delivered
        self.asksAfter = asksAfter
    }

    var description: String { "\(delivered) \(asksAfter.map { "asks after \($0)" } ?? "asks nothing")" }
}

struct RoomFollowerTests {
    struct Script: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [(News, Outcome)]
        var testDescription: String { name }
    }

    static let scripts: [Script] = [
        Script(
            name: "the history is delivered before live events",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
                (.event(3), Outcome([3])),
            ]),
        Script(
            name: "a live event before the first page is held until the page arrives",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.event(3), Outcome()),
                (.page([1, 2], head: 2), Outcome([1, 2, 3])),
            ]),
        Script(
            name: "an event that arrives twice is delivered once",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1], head: 1), Outcome([1])),
                (.event(1), Outcome()),
                (.event(2), Outcome([2])),
                (.event(2), Outcome()),
            ]),
        Script(
            name: "a gap is filled from the history",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1], head: 1), Outcome([1])),
                (.event(4), Outcome(asksAfter: 1)),
                (.event(5), Outcome()),
                (.page([2, 3, 4], head: 4), Outcome([2, 3, 4, 5])),
            ]),
        Script(
            name: "a long history is read in pages",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2], head: 5), Outcome([1, 2], asksAfter: 2)),
                (.page([3, 4], head: 5), Outcome([3, 4], asksAfter: 4)),
                (.page([5], head: 5), Outcome([5])),
            ]),
        Script(
            name: "after a reconnect the follower asks for the events after the last number",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
                (.connected, Outcome(asksAfter: 2)),
                (.page([3], head: 3), Outcome([3])),
            ]),
        Script(
            name: "a head reveals events that were lost",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([], head: 0), Outcome()),
                (.head(2), Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
                (.head(2), Outcome()),
            ]),
        Script(
            name: "a failed question is repeated by the retry, one at a time",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.retry, Outcome()),
                (.failed, Outcome()),
                (.retry, Outcome(asksAfter: 0)),
                (.page([1], head: 1), Outcome([1])),
                (.retry, Outcome()),
            ]),
        Script(
            name: "a page without a new event is not requested again at once",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([], head: 3), Outcome()),
            ]),
        Script(
            name: "a room that was set aside is followed from its first event",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2, 3], head: 3), Outcome([1, 2, 3])),
                (.connected, Outcome(asksAfter: 3)),
                (.page([], head: 1), Outcome(asksAfter: 0)),
                (.page([1], head: 1), Outcome([1])),
                (.event(2), Outcome([2])),
            ]),
        Script(
            name: "a room that was dropped is followed from its first event when it is created again",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2, 3], head: 3), Outcome([1, 2, 3])),
                (.head(0), Outcome()),
                (.retry, Outcome()),
                (.event(1), Outcome([1])),
                (.event(2), Outcome([2])),
            ]),
        Script(
            name: "a head below the last number is checked with the history",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2, 3], head: 3), Outcome([1, 2, 3])),
                (.head(2), Outcome(asksAfter: 3)),
                (.page([], head: 2), Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
            ]),
    ]

    @Test(arguments: scripts)
    func `a room is followed without gaps and without repetitions`(script: Script) {
        var follower = RoomFollower(room: "lobby", after: 0)
        for (index, (news, expected)) in script.steps.enumerated() {
            #expect(outcome(of: news, &follower) == expected, "\(script.name), step \(index + 1)")
        }
    }

    @Test(arguments: [(3, 0), (5, 0), (9, 0)])
    func `who continues where another has ended notices that the room is another one`(head: Int, after: Int) {
        var follower = RoomFollower(room: "lobby", last: 5, began: "2026-11-22T08:30:00.000Z")
        #expect(follower.connected().question?.after == 5 && follower.last == 5)
        let page = Coordinator.History.Reply(room: "lobby", head: head, events: [], began: "2026-11-23T08:30:00.000Z")
        #expect(follower.receive(page: page).question?.after == after)
    }

    @Test
    func `another room of the same name is recognized by when it began, even if the drop of the first was missed`() {
        func page(_ numbers: [Int], began: String) -> Coordinator.History.Reply {
            .init(room: "lobby", head: 5, events: numbers.map { event($0) }, began: began)
        }
        var follower = RoomFollower(room: "lobby", after: 0)
        _ = follower.connected()
        #expect(follower.receive(page: page([1, 2, 3, 4, 5], began: event(1).at)).events.count == 5)
        _ = follower.connected()
        #expect(follower.receive(page: page([], began: event(1).at)) == .init())
        _ = follower.connected()
        #expect(follower.receive(page: page([], began: "later")).question == Self.question(after: 0))
        #expect(follower.receive(page: page([1, 2, 3, 4, 5], began: "later")).events.count == 5)
        // Event 1 at yet another time: a third room.
        #expect(follower.receive(event: event(1)).events == [event(1)])

        var terminal = RoomFollower(room: "lobby", newest: 2)
        _ = terminal.connected()
        #expect(terminal.receive(page: page([4, 5], began: "then")).events.count == 2)
        _ = terminal.connected()
        #expect(terminal.receive(page: page([], began: "later")).question == .init(room: "lobby", limit: 2))
    }

    @Test(
        arguments: [
            (true, .notFound, true), (false, .notFound, false), (true, .unavailable, false), (true, .timeout, false),
            (true, .denied, false),
        ] as [(Bool, ServiceFailure.Code, Bool)])
    func `a follower starts over only if a room that it followed does not exist any more`(
        wasThere: Bool, code: ServiceFailure.Code, startsOver: Bool
    ) {
        var follower = RoomFollower(room: "lobby", after: 0)
        _ = follower.connected()
        if wasThere { _ = follower.receive(page: .init(room: "lobby", head: 2, events: [event(1), event(2)])) }
        #expect((follower.receive(failure: ServiceFailure(code, "why")) != nil) == startsOver)
        #expect(follower.last == (wasThere ? startsOver ? 0 : 2 : nil))
        // The failure has ended the question: the next one is asked.
        if !startsOver { #expect(follower.receive(head: 3).question != nil) }
    }

    @Test func `a terminal starts with the newest events`() {
        var follower = RoomFollower(room: "lobby", newest: 2)
        #expect(follower.connected().question == .init(room: "lobby", limit: 2))
        let page = Coordinator.History.Reply(room: "lobby", head: 9, events: [event(8), event(9)])
        #expect(follower.receive(page: page).events == [event(8), event(9)])
        #expect(follower.isComplete)
    }

    private static func question(after number: Int) -> Coordinator.History.Request {
        .init(room: "lobby", after: number, limit: Coordinator.History.eventsMax)
    }

    @Test func `a follower passes over events that are gone from the room`() {
        var follower = RoomFollower(room: "lobby", after: 0)
        _ = follower.connected()
        let page = Coordinator.History.Reply(room: "lobby", head: 8, events: [event(6), event(7)], first: 6)
        let step = follower.receive(page: page)
        #expect(step == .init(events: [event(6), event(7)], question: Self.question(after: 7)))
        // They went while it was away.
        let next = Coordinator.History.Reply(room: "lobby", head: 12, events: [event(11), event(12)], first: 11)
        #expect(follower.receive(page: next) == .init(events: [event(11), event(12)]))
        #expect(follower.isComplete)
    }

    @Test func `a page longer than what is held is delivered whole, with the live events behind it`() {
        var follower = RoomFollower(room: "lobby", after: 0)
        _ = follower.connected()
        let length = RoomFollower.heldEventsMax + 100
        #expect(follower.receive(event: event(length + 1)) == .init())
        let page = Coordinator.History.Reply(room: "lobby", head: length + 1, events: (1...length).map { event($0) })
        let step = follower.receive(page: page)
        #expect(step.events.map(\.number) == Array(1...length + 1))
        #expect(step.question == nil)
    }

    private func outcome(of news: News, _ follower: inout RoomFollower) -> Outcome {
        let step: RoomFollower.Step
        switch news {
        case .connected: step = follower.connected()
        case .event(let number): step = follower.receive(event: event(number))
        case .head(let head): step = follower.receive(head: head)
        case .page(let numbers, let head):
            step = follower.receive(page: .init(room: "lobby", head: head, events: numbers.map { event($0) }))
        case .failed:
            follower.questionFailed()
            step = .init()
        case .retry: step = follower.retry()
        }
        return Outcome(step.events.map(\.number), asksAfter: step.question?.after)
    }
}
