import SampleNode
import Services
import Terminal
import Testing

struct UpdateTests {
    @Test func `a terminal finds its room, subscribes, and then asks for the history`() {
        var console = Console()
        console.receive(.connected)
        #expect(console.takeEffects() == [.askRooms, .askTree(.bus)])
        console.receive(.rooms(.success(.init(rooms: [Console.status(.idle)]))))
        #expect(console.takeEffects() == [.follow(room: "lobby"), .askHistory(.init(room: "lobby", limit: 100))])
    }

    @Test func `after a restart of the broker the terminal asks for the events that it has missed`() {
        var console = Console.attached()
        console.receive(.disconnected)
        #expect(console.takeEffects() == [.askTree(.controlSocket)])
        console.receive(.connected)
        #expect(
            console.takeEffects() == [
                .askHistory(.init(room: "lobby", after: 4, limit: Coordinator.History.eventsMax)), .askRooms,
                .askTree(.bus),
            ])
    }

    @Test func `a message that is posted without a broker is sent with the same id when there is one`() {
        var console = Console.attached()
        console.receive(.disconnected)
        console.type("hello", .named(.enter))
        console.receive(.tick(now: "2026-11-22T12:00:01.000Z"))
        let request = Coordinator.Post.Request(request: "test-1", room: "lobby", text: "hello")
        #expect(!console.takeEffects().contains(.post(request)))
        console.receive(.connected)
        #expect(console.takeEffects().contains(.post(request)))
        console.receive(.posted(request: "test-1", .failure(ServiceFailure(.timeout, "no answer"))))
        console.receive(.tick(now: "2026-11-22T12:00:02.000Z"))
        #expect(console.takeEffects().contains(.post(request)))
        console.receive(.posted(request: "test-1", .success(.init(room: "lobby", number: 5, turns: []))))
        console.receive(.event(event(5, "hello")))
        #expect(console.model.pending == [])
        console.receive(.tick(now: "2026-11-22T12:00:03.000Z"))
        #expect(!console.takeEffects().contains(.post(request)))
    }

    @Test func `messages are sent one after another, in their order`() {
        var console = Console.attached()
        console.type("one", .named(.enter))
        console.type("two", .named(.enter))
        let posts = [1, 2].map {
            Coordinator.Post.Request(request: "test-\($0)", room: "lobby", text: $0 == 1 ? "one" : "two")
        }
        #expect(console.takeEffects() == [.post(posts[0])])
        console.receive(.event(event(5, "one")))
        console.receive(.posted(request: "test-1", .success(.init(room: "lobby", number: 5, turns: []))))
        #expect(console.takeEffects().contains(.post(posts[1])))
    }

    @Test func `a room that was dropped is shown from its first event when it is made again`() {
        for news in [Message.head(RoomHead(room: "lobby", head: 0)), .history(.failure(.init(.notFound, "gone")))] {
            var console = Console.attached()
            console.receive(news)
            _ = console.takeEffects()
            console.receive(.tick(now: "2026-11-22T12:00:01.000Z"))
            #expect(!console.takeEffects().contains { if case .askHistory = $0 { true } else { false } })
            console.receive(.event(event(1, "hello again")))
            #expect(console.model.events.last?.text == "hello again")
        }
    }

    @Test func `a refused message is reported and not sent again`() {
        var console = Console.attached()
        console.type("one", .named(.enter))
        console.receive(.posted(request: "test-1", .failure(ServiceFailure(.denied, "you may not speak here"))))
        #expect(console.model.pending == [])
        #expect(console.model.remark == "you may not speak here")
    }

    @Test func `after a death the successor's words are shown, and late words of the dead agent are not`() {
        var console = Console.attached()
        func say(_ attempt: Int, _ text: String) {
            console.receive(
                .delta(from: "agent:scout", RoomDelta(turn: "lobby.9", attempt: attempt, offset: 0, text: text)))
        }
        say(1, "half an ans")
        var death = event(5)
        (death.type, death.from, death.turn) = (.action, "agent:scout", "lobby.9")
        console.receive(.event(death))
        #expect(console.model.partialAnswers.map(\.text) == ["half an ans"], "a turn that goes on")
        (death.number, death.outcome) = (6, .died)
        console.receive(.event(death))
        #expect(console.model.partialAnswers.isEmpty)
        say(1, "half an answer")
        #expect(console.model.partialAnswers.isEmpty)
        say(2, "a whole one")
        #expect(console.model.partialAnswers.map(\.text) == ["a whole one"])
    }

    @Test func `an acknowledged message whose event was lost is fetched`() {
        var console = Console.attached()
        console.type("one", .named(.enter))
        _ = console.takeEffects()
        console.receive(.posted(request: "test-1", .success(.init(room: "lobby", number: 5, turns: []))))
        #expect(
            console.takeEffects() == [.askHistory(.init(room: "lobby", after: 4, limit: Coordinator.History.eventsMax))]
        )
    }

    @Test func `an event of a child asks for the tree once, and an event before the answer asks again`() {
        var console = Console.attached()
        let news = Message.child(
            ChildEvent(
                at: "2026-11-22T12:00:00.000Z", event: .exited, name: "agent:scout", kind: .worker, incarnation: 1))
        console.receive(news, news)
        #expect(console.takeEffects() == [.askRooms, .askTree(.bus)])
        console.receive(.tree(.success(.init(children: sampleTree))))
        console.receive(.tick(now: "2026-11-22T12:00:01.000Z"))
        #expect(console.takeEffects().contains(.askTree(.bus)))
    }

    @Test(arguments: [
        ("/quit", [Effect.quit]), ("/help", []), ("/dance", []), ("   ", []), ("", []),
        ("/approve 3", [.approve(.init(number: 3))]), ("/approve 3 always", [.approve(.init(number: 3, always: true))]),
        ("/approve 3 name=Ann Lee age=3", [.approve(.init(number: 3, values: ["name": "Ann Lee", "age": "3"]))]),
        ("/approve", []), ("/approve three", []), ("/approve 3 sometimes", []), ("/approve3", []),
        ("/deny 4", [.deny(.init(number: 4))]),
        ("/deny 4 not before ten", [.deny(.init(number: 4, reason: "not before ten"))]), ("/deny", []),
    ])
    func `a command of the terminal and a blank line are not posted`(line: String, effects: [Effect]) {
        var console = Console.attached()
        console.type(line, .named(.enter))
        #expect(console.takeEffects() == effects)
        #expect(console.model.pending == [])
    }

    @Test func `a key stops what the agents of the room do, and a failure is told`() {
        var console = Console.attached()
        for (key, line) in [(Key.control("x"), ""), (.named(.enter), "/cancel")] {
            console.type(line, key)
            guard case .cancel(let request)? = console.takeEffects().last else {
                Issue.record("\(key) does nothing")
                continue
            }
            #expect(request.room == "lobby" && request.turns == .all)
        }
        console.type("/cancel lobby.7 ", .named(.enter))
        guard case .cancel(let request)? = console.takeEffects().last else {
            Issue.record("a turn is not cancelled")
            return
        }
        #expect(request.turns == .one("lobby.7"))
        console.receive(.cancelled(.failure(ServiceFailure(.denied, "cancel: no"))))
        #expect(console.model.remark == "cancel: no")
        console.receive(.disconnected)
        console.type("", .control("x"))
        #expect(!console.takeEffects().contains { if case .cancel = $0 { true } else { false } })
    }

    @Test(arguments: [
        ([Key.control("c")], true), ([.named(.tab), .character("q")], true), ([.character("q")], false),
        ([.named(.tab), .named(.enter), .character("q")], false), ([.named(.help), .control("c")], true),
    ])
    func `a key ends the terminal only where it is bound to quit`(keys: [Key], leaves: Bool) {
        var console = Console.attached()
        for key in keys { console.receive(.key(key)) }
        #expect(console.takeEffects().contains(.quit) == leaves)
    }

    @Test func `a transcript that is scrolled up does not move with new events, and at its end it does`() {
        var console = Console.attached()
        for number in 5...40 { console.receive(.event(event(number))) }
        console.type("", .named(.pageUp))
        let before = console.lines[1...21].map { String($0.dropFirst(34)) }
        console.receive(.event(event(41)))
        #expect(console.lines[1...21].map { String($0.dropFirst(34)) } == before)
        console.type("", .named(.pageDown), .named(.pageDown))
        #expect(console.model.transcriptTop == nil)
        #expect(console.lines[21].hasSuffix("message 41"))
    }
}

struct LineEditorTests {
    @Test(arguments: [
        ([Key.character("a"), .character("b"), .named(.left), .character("c")], "acb", 2),
        ([.character("e"), .character("\u{301}")], "e\u{301}", 1),
        ([.character("\u{6E2F}"), .character("a"), .named(.backspace), .named(.backspace)], "", 0),
        ([.character("a"), .character(" "), .character("b"), .control("w")], "a ", 2),
        ([.character("a"), .character("b"), .control("a"), .named(.delete)], "b", 0),
        ([.character("a"), .character("b"), .named(.left), .control("u")], "b", 0),
        ([.character("a"), .character("b"), .control("a"), .control("k"), .character("c")], "c", 1),
    ])
    func `the line is edited in characters as people see them`(keys: [Key], text: String, cursor: Int) {
        var console = Console.attached()
        for key in keys { console.receive(.key(key)) }
        #expect(console.model.editor.text == text)
        #expect(console.model.editor.cursor == cursor)
    }

    @Test func `submitted lines are recalled, and the unfinished line is kept`() {
        var editor = LineEditor()
        for line in ["one", "two"] {
            for character in line { editor.insert(character) }
            _ = editor.submit()
        }
        editor.insert("x")
        var seen: [String] = []
        for _ in 0..<3 {
            editor.recallPrevious()
            seen.append(editor.text)
        }
        for _ in 0..<3 {
            editor.recallNext()
            seen.append(editor.text)
        }
        #expect(seen == ["two", "one", "one", "two", "x", "x"])
    }
}
