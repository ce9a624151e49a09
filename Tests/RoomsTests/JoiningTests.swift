import Services
import Testing

@testable import Rooms

/// Transcripts that become rooms again.
struct JoiningTests {
    private let agents = [agent("index"), agent("scout")]

    private func failure(_ scene: Scene) -> ServiceFailure? {
        if case .refused(let failure)? = scene.answers.first { failure } else { nil }
    }

    /// A room with an answer, saved and dropped; what it was, and the store's records.
    private func dropped() throws -> (scene: Scene, room: RoomLedger, store: [RecordID: RecordReply], id: RecordID) {
        var scene = Scene(agents)
        scene.post("@scout hello", room: "kitchen")
        scene.storeAnswers()
        scene.finish("kitchen.1", "Hello.\n\n# You\r", by: "scout")
        let drop = scene.requireDrop("kitchen")
        let room = try #require(scene.state.ledger["kitchen"])
        scene.handle(.recordsStored(save: drop.number, nil))
        return (scene, room, Scene.replies(drop.records), drop.records[0].id ?? "")
    }

    @Test func `a room is back as it was, and nobody is asked for anything`() throws {
        var (scene, room, store, id) = try dropped()
        scene.join(id, store: store)
        #expect(scene.answers == [.joined(.init(room: "kitchen", head: 3))])
        #expect(scene.actions.contains(.publishHead(RoomHead(room: "kitchen", head: 3))))
        #expect(scene.actions.count == 3)
        for _ in 0..<2 {
            let back = try #require(scene.state.ledger["kitchen"])
            #expect(back.events == room.events && back.people == ["ann"] && back.answerCount == 1)
            #expect(back.openTurns == [] && back.nextTurnID == "kitchen.2")
            scene.restart(agents: agents)
        }
        scene.join(id, store: [:])
        #expect(scene.answers == [.joined(.init(room: "kitchen", head: 3))])
        scene.join(id, request: "again", store: store)
        #expect(failure(scene)?.code == .exists)
        #expect(failure(scene)?.message.contains("egghead room drop kitchen") == true)
        scene.hello("scout")
        scene.post("@scout more", room: "kitchen")
        scene.storeAnswers()
        #expect(scene.offers.map(\.answersBefore) == [1])
    }

    @Test func `the default room comes back when nothing was said in it`() {
        var scene = Scene(agents)
        scene.post("@ann hello")
        let records = scene.requireSave("lobby").records
        var fresh = Scene(agents)
        fresh.join(records[0].id ?? "", store: Scene.replies(records))
        #expect(fresh.lobby.events == scene.lobby.events)
    }

    /// Three parts, and the store that has them.
    private func long() -> (events: [RoomEvent], store: [RecordID: RecordReply], base: String) {
        let events = (1...20).map { event($0, "@ann \($0) and more", from: "user:ann", in: "kitchen") }
        let ledger = Ledger(defaultRoom: "lobby", entries: events.map(JournalEntry.event))
        let records = ledger["kitchen"].map { TranscriptRecord.records(of: $0, head: 20, at: at, bytesMax: 700) } ?? []
        let store = Scene.replies(records.map { .init(request: "s", id: $0.id, fields: $0.fields, body: $0.body) })
        return (events, store, "transcripts/kitchen/20261122T083000000Z")
    }

    @Test func `any part leads to all of them, and what they have in common as well`() {
        let (events, store, base) = long()
        #expect(store.count == 3)
        for id in ["", "-001", "-002", "-003"].map({ RecordID(base + $0) }) {
            var scene = Scene(agents)
            scene.join(id, store: store)
            #expect(scene.answers == [.joined(.init(room: "kitchen", head: 20))])
            #expect(scene.state.ledger["kitchen"]?.events == events)
        }
    }

    @Test func `parts that have moved are found by their links, and other links are passed by`() throws {
        var (events, store, base) = long()
        let second = try #require(store[RecordID(base + "-002")])
        store[RecordID(base + "-002")] = nil
        store["moved"] = second
        store["moved"]?.fields["links"] = .array(["[[note]]", "\(base)-001", "\(base)-003"].map(JSONValue.string))
        for part in ["-001", "-003"] { store[RecordID(base + part)]?.fields["links"] = .array([.string("moved")]) }
        store["note"] = second
        store["note"]?.summary.recordClass = .durable
        var scene = Scene(agents)
        scene.join("moved", store: store)
        #expect(scene.state.ledger["kitchen"]?.events == events)
    }

    /// What can be wrong with a record, and what is said of it.
    static let damages: [(name: String, words: String, change: @Sendable (inout RecordReply) -> Void)] = [
        ("class", "it is no transcript", { $0.summary.recordClass = .durable }),
        ("room", "it was edited", { $0.fields["room"] = .string("attic") }),
        ("no room", "its key `room`", { $0.fields["room"] = nil }),
        ("head", "it was edited", { $0.fields["head"] = .integer(19) }),
        ("part", "it was edited", { $0.fields["part"] = .integer(3) }),
        ("parts", "its keys", { $0.fields["parts"] = .integer(0) }),
        ("words", "it was edited", { $0.body = $0.body.replacing("> @ann", with: "> @bob", maxReplacements: 1) }),
        ("time", "it was edited", { $0.body = $0.body.replacing("08:30", with: "09:30") }),
        ("quotation", "is neither a heading nor a quotation", { $0.body += "and more\n" }),
        ("end", "it was edited", { $0.body.removeLast(10) }),
        ("nothing left", "it was edited", { $0.body = "" }),
    ]

    @Test(arguments: damages.map(\.name))
    func `what is not as it was saved is refused, with a word on what is wrong`(damage: String) throws {
        let (_, store, base) = long()
        let (_, words, change) = try #require(Self.damages.first { $0.name == damage })
        let id = RecordID(base + "-002")
        var damaged = store[id]
        if var record = damaged {
            change(&record)
            damaged = record
        }
        var scene = Scene(agents), broken = store
        broken[id] = damaged
        scene.join(id, store: broken)
        #expect(failure(scene)?.code == .invalid && failure(scene)?.message.contains(words) == true, "\(scene.answers)")
        #expect(scene.state.ledger["kitchen"] == nil && scene.state.joins.count == 0)
        scene.join(id, store: store)
        #expect(scene.answers == [.joined(.init(room: "kitchen", head: 20))])
    }

    @Test func `a part that is missing is named`() {
        var (_, store, base) = long()
        store[RecordID(base + "-002")] = nil
        var scene = Scene(agents)
        scene.join(RecordID(base), store: store)
        #expect(failure(scene)?.message == "join \(base): part 2 of 3 cannot be found; put its record back")
        scene.join("nothing", store: store)
        #expect(failure(scene)?.code == .notFound)
    }

    @Test func `who may not join, and what made-up records would do, is refused`() throws {
        var (scene, room, store, id) = try dropped()
        scene.join(id, store: store, from: "agent:scout")
        #expect(failure(scene)?.code == .denied)
        // Numbers of turns that leave too few for later turns, or none.
        for (number, words) in [
            (RoomsLimits.turnNumberMax + 1, "what no room can hold"), (Int.max, "is no heading of an event"),
        ] {
            var events = room.events
            events[1].turn = TurnID(room: "kitchen", number: number)
            let text = TranscriptText.write(events)
            store[id]?.body = String(decoding: text, as: UTF8.self)
            store[id]?.fields["checksum"] = .string(
                TranscriptPart(room: "kitchen", head: 3, part: 1, parts: 1, agent: nil).checksum(of: text))
            scene.join(id, store: store)
            #expect(failure(scene)?.message.contains(words) == true, "\(scene.answers)")
        }
    }

    @Test func `ten thousand messages are back at once`() {
        var scene = Scene(agents, up: false)
        for number in 1...10_000 { scene.post("@ann \(number) and some more words", room: "kitchen") }
        let records = scene.requireSave("kitchen").records, events = scene.state.ledger["kitchen"]?.events
        let store = Scene.replies(records)
        var other = Scene(agents)
        let took = ContinuousClock().measure { other.join(records[0].id ?? "", store: store) }
        #expect(other.state.ledger["kitchen"]?.events == events)
        // Without optimisation, on a machine that has other work; a quadratic step would take minutes.
        #expect(took < .seconds(30), "\(took)")
    }
}
