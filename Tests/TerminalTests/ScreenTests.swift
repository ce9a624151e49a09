import SampleNode
import Services
import Terminal
import Testing

/// A terminal at 80 by 24 that is told what happens and shows what it would show.
struct Console {
    var model = Model(room: nil, requestPrefix: "test", now: "2026-11-22T12:00:00.000Z")
    var size = Size(rows: 24, columns: 80)
    private(set) var effects: [Effect] = []
    private let appearance = Appearance(width: .byBlock, clock: TimeText.hourAndMinute)

    /// Gives messages to the model, and keeps what it wants done.
    mutating func receive(_ messages: Message...) {
        for message in messages {
            let (next, wanted) = Model.update(model, message)
            model = next
            effects += wanted
            let screen = view(model, size, appearance)
            model = Model.update(model, .painted(transcript: screen.transcript, side: screen.side)).0
        }
    }

    /// Types text, then presses keys.
    mutating func type(_ text: String, _ keys: Key...) {
        for character in text { receive(.key(.character(character))) }
        for key in keys { receive(.key(key)) }
    }

    /// Takes what the model wanted done since the last time.
    mutating func takeEffects() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    var screen: Screen { view(model, size, appearance) }
    var lines: [String] { screen.grid.lines }

    /// A terminal that is attached to a room with a short history.
    static func attached() -> Console {
        var console = Console()
        console.receive(.connected)
        console.receive(.rooms(.success(.init(rooms: [status(.idle)]))))
        console.receive(.tree(.success(.init(children: sampleTree))))
        let events = [
            event(1, "what do we know about the harbour?"),
            event(
                2,
                "Two notes speak of it:\n\n> The harbour **closes at ten** in winter, and the ferry runs until then. "
                    + "[[notes/harbour]]\n\nI would look there first.", from: "agent:scout", turn: "lobby.1"),
            event(3, "passes", from: "agent:index", type: .action),
            event(4, "agent scuot: there is none; the nearest are scout, index", from: "coordinator", type: .notice),
        ]
        console.receive(.history(.success(.init(room: "lobby", head: 4, events: events))))
        console.receive(.rooms(.success(.init(rooms: [status(.idle)]))))
        _ = console.takeEffects()
        return console
    }

    static func status(_ activity: RosterEntry.Activity) -> RoomStatus {
        RoomStatus(
            room: "lobby", head: 4, budgetLeft: 15,
            roster: [
                RosterEntry(agent: "index", title: "Index", activity: .idle),
                RosterEntry(agent: "scout", title: "Scout", activity: activity),
            ])
    }
}

struct ScreenTests {
    struct Scene: Sendable, CustomTestStringConvertible {
        let name: String
        var size = Size(rows: 24, columns: 80)
        let play: @Sendable (inout Console) -> Void
        var testDescription: String { name }
    }

    static let scenes: [Scene] = [
        Scene(name: "attached") { _ in },
        Scene(name: "streaming") { console in
            console.receive(.event(event(5, "@scout and in summer?")))
            console.receive(
                .rooms(.success(.init(rooms: [Console.status(.thinking)]))),
                .delta(
                    from: "agent:scout", RoomDelta(turn: "lobby.2", attempt: 1, offset: 0, text: "In summer it is ")),
                .delta(from: "agent:scout", RoomDelta(turn: "lobby.2", attempt: 1, offset: 16, text: "open all night")))
        },
        Scene(name: "answered") { console in
            console.receive(
                .delta(from: "agent:scout", RoomDelta(turn: "lobby.2", attempt: 1, offset: 0, text: "In summer")))
            console.receive(.event(event(5, "In summer it is open all night.", from: "agent:scout", turn: "lobby.2")))
            console.receive(
                .delta(from: "agent:scout", RoomDelta(turn: "lobby.2", attempt: 1, offset: 9, text: " it is")))
        },
        Scene(name: "broker-gone") { console in
            console.receive(.disconnected)
            console.type("hello from the dark", .named(.enter))
            console.type("and one mo")
        },
        Scene(name: "help") { $0.type("?") },
        Scene(name: "scrolled") { console in
            for number in 5...40 { console.receive(.event(event(number))) }
            console.type("", .named(.pageUp), .named(.pageUp))
        },
        Scene(name: "processes-unknown-key") { $0.type("", .named(.tab), .character("x")) },
        Scene(name: "control-bytes") { console in
            console.receive(.event(event(5, "\u{1B}[2Jgone\u{7}\u{202E}", from: "user:e\u{1B}ve")))
        },
        Scene(name: "wide-characters") { console in
            let closes = "\u{6E2F}\u{306F}\u{51AC}\u{306B}\u{5341}\u{6642}\u{306B}\u{9589}\u{307E}\u{308B}\u{3002}"
            console.receive(.event(event(5, closes + " caf\u{65}\u{301}")))
            console.type("\u{6E2F}a", .named(.left))
        },
        Scene(name: "narrow", size: Size(rows: 10, columns: 40)) { _ in },
    ]

    @Test(arguments: scenes)
    func `each screen is equal to its golden file`(scene: Scene) throws {
        var console = Console.attached()
        console.size = scene.size
        scene.play(&console)
        try expectGolden(scene.name, console.lines)
    }

    @Test(arguments: [
        Size(rows: 0, columns: 0), Size(rows: 1, columns: 200), Size(rows: 200, columns: 1), Size(rows: 5, columns: 64),
    ])
    func `a screen of any size is drawn`(size: Size) {
        var console = Console.attached()
        console.size = size
        console.receive(.tick(now: "2026-11-22T12:00:01.000Z"))
        #expect(console.lines.count >= 4)
    }

    @Test func `the cursor is shown after the typed text, measured in columns`() {
        var console = Console.attached()
        console.type("\u{6E2F}a", .named(.left))
        #expect(console.screen.cursor == (row: 23, column: 4))
    }
}
