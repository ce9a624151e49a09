import JSON
import Services
import Testing

@testable import Rooms

/// What a room need not keep any more, and how it goes.
struct RetentionTests {
    @Test(
        arguments: [
            ("forever", .forever), ("90d", .days(90)), ("1d", .days(1)), ("36500d", .days(36_500)),
            ("10000", .events(10_000)), ("1000", .events(1_000)), ("999", nil), ("0d", nil), ("36501d", nil),
            ("-1d", nil), ("90 d", nil), ("3w", nil), ("", nil), ("d", nil), ("99999999999999999999", nil),
        ] as [(String, Retention?)])
    func `a rule is a number of days or of events`(text: String, retention: Retention?) throws {
        #expect(Retention(text) == retention)
        guard let retention else { return }
        #expect(retention.text == text)
        #expect(try JSON.decode([Retention].self, from: JSON.encode([retention])) == [retention])
    }

    @Test func `a room may have a rule of its own`() {
        var rules = RetentionRules()
        #expect(rules["lobby"] == .forever)
        rules.everyRoom = .days(90)
        rules.rooms["ops"] = .forever
        #expect(rules["lobby"] == .days(90) && rules["ops"] == .forever)
    }

    /// A room of some events, one for each minute of 22 November.
    private static func room(_ count: Int, settled: Bool) -> (ledger: Ledger, read: HistoryReader<HistoryEntry>) {
        var ledger = Ledger(defaultRoom: "lobby")
        for number in 1...count {
            var event = event(number, "number \(number)", from: "user:ann")
            event.at = time(number)
            ledger.apply(.event(event))
        }
        let history = ledger["lobby"]?.unsettled ?? []
        if settled { ledger.settle("lobby") }
        return (ledger, { _, numbers in Array(history[numbers.lowerBound - 1...numbers.upperBound - 1]) })
    }

    private static func time(_ number: Int) -> String {
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "2026-11-\(padded(1 + number / 1_440))T\(padded(number / 60 % 24)):\(padded(number % 60)):00.000Z"
    }

    @Test(
        arguments: [
            (.newest(1_000), 2_000, 512), (.newest(1_000), 1_511, 0), (.newest(1_000), 1_512, 512),
            (.newest(1_000), 1_000, 0), (.newest(5_000), 2_000, 0), (.newest(100), 2_000, 1_536),
            (.since(time(700), latest: time(0)), 2_000, 699), (.since(time(700), latest: time(1)), 2_000, 699),
            // Few events wait until one of them has waited for a day.
            (.since(time(400), latest: time(1)), 2_000, 0), (.since(time(400), latest: time(2)), 2_000, 399),
            (.since(time(1), latest: time(0)), 2_000, 0), (.since("2027", latest: "2026-12"), 2_000, 2_000),
        ] as [(RetentionBound, Int, Int)], [true, false])
    func `what is due is the oldest`(_ example: (RetentionBound, Int, Int), settled: Bool) throws {
        let (ledger, read) = Self.room(example.1, settled: settled)
        let due = try #require(ledger["lobby"]).due(example.0, read)
        #expect(due.map(\.number) == Array(1..<example.2 + 1))
    }

    @Test func `not more is due at once than a few records hold`() throws {
        var ledger = Ledger(defaultRoom: "lobby")
        let text = String(repeating: "long ", count: 2_000)
        for number in 1...1_024 { ledger.apply(.event(event(number, text, from: "user:ann"))) }
        let room = try #require(ledger["lobby"])
        #expect(room.due(.newest(0)) { _, _ in [] }.count == 512)
    }

    /// A scene whose lobby has some events, and the events that are to go.
    private static func scene(_ count: Int = 600) -> (Scene, due: [RoomEvent]) {
        var scene = Scene([])
        for number in 1...count { scene.post("@ann \(number)") }
        return (scene, scene.state.ledger["lobby"]?.due(.newest(10)) { _, _ in [] } ?? [])
    }

    private static func numbers(_ scene: Scene, after: Int?, limit: Int = 500) throws -> [Int] {
        try scene.state.history(.init(room: "lobby", after: after, limit: limit)).get().events.map(\.number)
    }

    @Test func `the store has the transcript before anything goes`() throws {
        var (scene, due) = Self.scene()
        #expect(due.count == 512)
        scene.handle(.trimDue("lobby", due))
        let storing = try #require(scene.storing)
        #expect(storing.records.count == 1 && scene.state.isTrimming)
        #expect(try Self.numbers(scene, after: 0, limit: 3) == [1, 2, 3])
        scene.handle(.recordsStored(save: storing.number, nil))
        #expect(scene.actions.contains(.removeTrimmed("lobby")))
        #expect(!scene.state.isTrimming)
        #expect(try Self.numbers(scene, after: 0, limit: 3) == [513, 514, 515])
        #expect(try Self.numbers(scene, after: nil) == Array(513...600))
        let page = try JSON.decode(
            Coordinator.History.Reply.self,
            from: scene.state.history(.init(room: "lobby", after: 5, limit: 1)).get().json)
        #expect(page.first == 513 && page.events.map(\.number) == [513] && page.head == 600)
        // What is saved twice is asked for once, and the number of the next event goes on.
        scene.handle(.trimDue("lobby", due))
        #expect(scene.storing == nil)
        scene.post("@ann more")
        #expect(scene.state.ledger["lobby"]?.head == 601)
    }

    @Test func `what the store refuses stays`() throws {
        var (scene, due) = Self.scene()
        scene.handle(.trimDue("lobby", due))
        let storing = try #require(scene.storing), refusal = ServiceFailure(.failed, "no space")
        scene.handle(.recordsStored(save: storing.number, refusal))
        #expect(scene.actions.contains(.trimRefused("lobby")))
        #expect(try Self.numbers(scene, after: 0, limit: 1) == [1])
    }

    @Test func `a coordinator that dies in between gives the store the same records again`() throws {
        var (scene, due) = Self.scene()
        scene.handle(.trimDue("lobby", due))
        let first = try #require(scene.storing)
        scene.restart(agents: [])
        #expect(try Self.numbers(scene, after: 0, limit: 1) == [1])
        scene.handle(.trimDue("lobby", due))
        let again = try #require(scene.storing)
        #expect(again.records == first.records)
        scene.handle(.recordsStored(save: again.number, nil))
        scene.restart(agents: [])
        #expect(try Self.numbers(scene, after: 0, limit: 1) == [513])
        #expect(scene.state.ledger["lobby"]?.trimmedCount == 512)
    }

    @Test func `a room that is dropped meanwhile is gone, and another of its name loses nothing`() throws {
        var scene = Scene([])
        for number in 1...600 { scene.post("@ann \(number)", room: "kitchen") }
        let due = scene.state.ledger["kitchen"]?.due(.newest(10)) { _, _ in [] } ?? []
        scene.handle(.trimDue("kitchen", due))
        let trim = try #require(scene.storing)
        let drop = scene.requireDrop("kitchen")
        scene.handle(.recordsStored(save: drop.number, nil))
        for number in 1...600 { scene.post("@ann again \(number)", room: "kitchen") }
        scene.handle(.recordsStored(save: trim.number, nil))
        #expect(scene.state.ledger["kitchen"]?.trimmedCount == 0)
    }

    @Test func `a room that has lost its oldest events can be saved, dropped and brought back`() throws {
        var (scene, due) = Self.scene()
        scene.handle(.trimDue("lobby", due))
        scene.handle(.recordsStored(save: try #require(scene.storing).number, nil))
        let room = try #require(scene.state.ledger["lobby"])
        let records = TranscriptRecord.records(of: room, head: room.head, at: at, bytesMax: 4_000)
        #expect(records.count > 1 && records.allSatisfy { $0.fields["first"] == .integer(513) })
        var other = Scene([])
        let stored = Scene.replies(
            records.map { Store.Create.Request(request: "r", id: $0.id, fields: $0.fields, body: $0.body) })
        other.join(records[0].id, store: stored)
        #expect(try Self.numbers(other, after: 0) == Array(513...600))
        #expect(other.state.ledger["lobby"]?.head == 600)
        other.restart(agents: [])
        #expect(try Self.numbers(other, after: 0) == Array(513...600))
    }
}
