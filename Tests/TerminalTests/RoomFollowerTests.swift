import Services
import Terminal
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

func event(
    _ number: Int, _ text: String = "", from: Principal = "user:ann", type: RoomEvent.Kind = .message,
    turn: TurnID? = nil
)
    -> RoomEvent
{
    RoomEvent(
        number: number, at: "2026-11-22T12:0\(number % 10):00.000Z", room: "lobby", type: type, from: from,
        text: text.isEmpty ? "message \(number)" : text, turn: turn)
}

struct RoomFollowerTests {
    struct Script: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: [(News, Outcome)]
        var testDescription: String { name }
    }

    static let scripts: [Script] = [
        Script(
            name: "history first, then live events",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
                (.event(3), Outcome([3])),
            ]),
        Script(
            name: "a live event before the first page waits for it",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.event(3), Outcome()),
                (.page([1, 2], head: 2), Outcome([1, 2, 3])),
            ]),
        Script(
            name: "what comes twice is delivered once",
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
            name: "a long history comes in pages",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2], head: 5), Outcome([1, 2], asksAfter: 2)),
                (.page([3, 4], head: 5), Outcome([3, 4], asksAfter: 4)),
                (.page([5], head: 5), Outcome([5])),
            ]),
        Script(
            name: "after a reconnect it asks behind the last number",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
                (.connected, Outcome(asksAfter: 2)),
                (.page([3], head: 3), Outcome([3])),
            ]),
        Script(
            name: "a head tells of events that nobody heard",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([], head: 0), Outcome()),
                (.head(2), Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
                (.head(2), Outcome()),
            ]),
        Script(
            name: "a failed question is asked again by the retry, and only once at a time",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.retry, Outcome()),
                (.failed, Outcome()),
                (.retry, Outcome(asksAfter: 0)),
                (.page([1], head: 1), Outcome([1])),
                (.retry, Outcome()),
            ]),
        Script(
            name: "a page without news is not asked for again at once",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([], head: 3), Outcome()),
            ]),
        Script(
            name: "a room that was set aside begins anew",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2, 3], head: 3), Outcome([1, 2, 3])),
                (.connected, Outcome(asksAfter: 3)),
                (.page([], head: 1), Outcome(asksAfter: 0)),
                (.page([1], head: 1), Outcome([1])),
                (.event(2), Outcome([2])),
            ]),
        Script(
            name: "a room that was dropped begins with its first event when it is made again",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2, 3], head: 3), Outcome([1, 2, 3])),
                (.head(0), Outcome()),
                (.retry, Outcome()),
                (.event(1), Outcome([1])),
                (.event(2), Outcome([2])),
            ]),
        Script(
            name: "a head below what was seen is looked into",
            steps: [
                (.connected, Outcome(asksAfter: 0)),
                (.page([1, 2, 3], head: 3), Outcome([1, 2, 3])),
                (.head(2), Outcome(asksAfter: 3)),
                (.page([], head: 2), Outcome(asksAfter: 0)),
                (.page([1, 2], head: 2), Outcome([1, 2])),
            ]),
    ]

    @Test(arguments: scripts)
    func `a room is followed without gap and without repetition`(script: Script) {
        var follower = RoomFollower(room: "lobby", after: 0)
        for (index, (news, expected)) in script.steps.enumerated() {
            #expect(outcome(of: news, &follower) == expected, "\(script.name), step \(index + 1)")
        }
    }

    @Test func `another room of the name is known by when it began, though nothing was heard of the end of the first`()
    {
        func page(_ numbers: [Int], began: String) -> Coordinator.History.Reply {
            .init(room: "lobby", head: 5, events: numbers.map { event($0) }, began: began)
        }
        var follower = RoomFollower(room: "lobby", after: 0)
        _ = follower.connected()
        #expect(follower.receive(page: page([1, 2, 3, 4, 5], began: event(1).at)).events.count == 5)
        _ = follower.connected()
        #expect(follower.receive(page: page([], began: event(1).at)) == .init())
        _ = follower.connected()
        #expect(follower.receive(page: page([], began: "later")).question == .init(room: "lobby", after: 0))
        #expect(follower.receive(page: page([1, 2, 3, 4, 5], began: "later")).events.count == 5)
        // Event 1 at yet another time: a third room.
        #expect(follower.receive(event: event(1)).events == [event(1)])

        var terminal = RoomFollower(room: "lobby", newest: 2)
        _ = terminal.connected()
        #expect(terminal.receive(page: page([4, 5], began: "then")).events.count == 2)
        _ = terminal.connected()
        #expect(terminal.receive(page: page([], began: "later")).question == .init(room: "lobby", limit: 2))
    }

    @Test func `a terminal begins with the newest events`() {
        var follower = RoomFollower(room: "lobby", newest: 2)
        #expect(follower.connected().question == .init(room: "lobby", limit: 2))
        let page = Coordinator.History.Reply(room: "lobby", head: 9, events: [event(8), event(9)])
        #expect(follower.receive(page: page).events == [event(8), event(9)])
        #expect(follower.isComplete)
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
