import Journal
import Mutations
import SeededRandom
import Services
import Testing

@testable import Rooms

/// Messages of the bus and entries of the journal with numbers and shapes that nobody should write: the state bears all
/// that their decoders take, and what it commits is read again.
struct ForeignNumberTests {
    private static let turns: [TurnID] = ["lobby.1", "lobby.2", "kitchen.1", "lobby.9007199254740992"]

    /// One message of each kind, as its sender writes it.
    private static func event(_ number: Int, _ mutator: inout JSONMutator) -> RoomsState.Event {
        let room: RoomName = number.isMultiple(of: 3) ? "kitchen" : "lobby"
        let turn = turns[number % turns.count], request = "r\(number)"
        let usage = TokenUsage(inputTokens: 90, outputTokens: 10)
        switch number % 17 {
        case 0, 1:
            let post = Coordinator.Post.Request(request: request, room: room, text: "@scout and @index: x")
            return .posted(mutator.perhapsMutated(post), caller: "user:ann", asker: number)
        case 2, 3, 4:
            let finish = Coordinator.Finish.Request(
                request: request, turn: turn, attempt: 1, outcome: .answered, text: "@index y", usage: usage)
            return .finished(mutator.perhapsMutated(finish), caller: "agent:scout", asker: number)
        case 5:
            if number.isMultiple(of: 2) {
                let cancel = Coordinator.Cancel.Request(request: request, room: room, turns: .causedBy(number))
                return .cancelAsked(mutator.perhapsMutated(cancel), caller: "user:ann", asker: number)
            }
            let manage = Coordinator.Manage.Request(request: request, room: room, change: .mute, agent: "scout")
            return .managed(mutator.perhapsMutated(manage), caller: "user:ann", asker: number)
        case 6:
            let hello = Coordinator.Hello.Request(digest: "d1", incarnation: 1, turns: [turn])
            return .greeted(mutator.perhapsMutated(hello), caller: "agent:scout", asker: number)
        case 7:
            let progress = Coordinator.Progress.Request(turn: turn, attempt: 1, incarnation: 1)
            return .progressed(mutator.perhapsMutated(progress), caller: "agent:scout")
        case 8:
            let handoff = Coordinator.Handoff.Request(
                request: request, incarnation: 1, room: room, tokens: 9, window: 10, reason: .threshold)
            return .handedOff(mutator.perhapsMutated(handoff), caller: "agent:scout", asker: number)
        case 9:
            let save = Coordinator.RoomRequest(request: request, room: room)
            return number.isMultiple(of: 2)
                ? .saveAsked(mutator.perhapsMutated(save), caller: "user:ann", asker: number)
                : .dropAsked(mutator.perhapsMutated(save), caller: "user:ann", asker: number)
        case 10:
            let join = Coordinator.Join.Request(request: request, record: "transcripts/old/1")
            return .joinAsked(mutator.perhapsMutated(join), caller: "user:ann", asker: number)
        case 11:
            return .recordRead(join: number % 3, .success(mutator.perhapsMutated(transcript)))
        case 12: return .recordStored(save: number % 3, .success(mutator.perhapsMutated(stored)))
        case 13:
            let child = ChildEvent(
                at: at, event: .exited, name: "agent:scout", kind: .worker, incarnation: 1,
                reason: ExitReport(kind: .exited, code: 80), state: .backoff)
            return .childChanged(mutator.perhapsMutated(child))
        case 14:
            let child = ChildIdentity(name: "agent:scout", incarnation: 1, pid: 7)
            return .childrenListed([mutator.perhapsMutated(child)])
        case 15: return .agentsListed([mutator.perhapsMutated(scout), agent("index")])
        case _:
            return .configured(
                defaultRoom: room, turnBudget: [Int.min, 0, 1, 5, .max][number % 5],
                turnTimeout: .milliseconds([Int.min, -1, 0, 1_000, .max][number % 5]))
        }
    }

    private static var scout: AgentDefinition {
        var scout = agent("scout")
        (scout.budget, scout.maxTokens, scout.contextWindow) = (SpendingCap(tokens: 1_000), 100, 4_096)
        return scout
    }

    private static let transcript = RecordReply(
        summary: RecordSummary(
            id: "transcripts/old/1", path: "transcripts/old/1.md", title: "old", recordClass: .transcript, tags: [],
            author: nil, created: at, updated: at, revision: "1"),
        fields: [
            "room": .string("old"), "head": .integer(1), "part": .integer(1), "parts": .integer(1),
            "checksum": .string("00000000"), "links": .array([.string("[[transcripts/old/2]]")]),
        ], body: "# old\n\n## 1 · now · user:ann · message\n\n> x\n")

    private static let stored = WriteReply(id: "transcripts/lobby/1", revision: "1", indexed: true)

    @Test(arguments: 1...5) func `no message ends the coordinator, and what it commits is read again`(seed: UInt64) {
        var mutator = JSONMutator(seed: seed), scene = Scene([Self.scout, agent("index")], budget: 3)
        for number in 0..<300 {
            scene.now += .seconds(mutator.random.below(40))
            scene.handle(Self.event(mutator.random.below(1_000), &mutator))
            scene.handle(.woke)
            for offer in scene.offers {
                scene.handle(.offerAnswered(turn: offer.turn, incarnation: 1, .accepted))
            }
            ask(scene.state, &mutator)
            if number.isMultiple(of: 40) { scene.hello("scout") }
            if number.isMultiple(of: 150) {
                let before = scene.state.ledger
                scene.restart(agents: [Self.scout, agent("index")])
                #expect(scene.state.ledger.rooms.filter { $0.head > 0 } == before.rooms.filter { $0.head > 0 })
            }
        }
        var audit = JournalAudit()
        let reading = Journal.read(scene.disk, as: JournalEntry.self, accepts: { audit.accepts($0) })
        #expect(reading.unreadable.isEmpty && reading.tornTail == nil, "SIM_SEED=\(seed)")
    }

    private func ask(_ state: RoomsState, _ mutator: inout JSONMutator) {
        _ = state.history(mutator.perhapsMutated(.init(room: "lobby", after: 1, limit: 2)))
        _ = state.settled(mutator.perhapsMutated(.init(room: "lobby", number: 1)))
        _ = (state.rooms(), state.nextWake)
    }

    @Test(arguments: 1...5) func `no journal ends the coordinator, however its entries were changed`(seed: UInt64) {
        var mutator = JSONMutator(seed: seed)
        for _ in 0..<15 {
            var disk: [UInt8] = []
            for _ in 0..<12 {
                let commits = JournalTests.commits
                let commit = commits[mutator.random.below(commits.count)].map { mutator.perhapsMutated($0) }
                disk += Journal.line(of: commit)
            }
            var audit = JournalAudit()
            let reading = Journal.read(disk, as: JournalEntry.self, accepts: { audit.accepts($0) })
            // Also what the audit refuses: whoever applies it all the same goes on.
            let all = Journal.read(disk, as: JournalEntry.self)
            for entries in [reading.entries, all.entries] {
                let parts = reading.unreadable.map { UnreadablePart(Array(disk[$0])) }
                goOn(RoomsState(entries: entries, defaultRoom: "lobby", turnBudget: 5), parts, &mutator)
            }
        }
    }

    /// A coordinator that has read a journal serves: its agents finish what they have, people post, save and drop.
    private func goOn(_ start: RoomsState, _ unreadable: [UnreadablePart], _ mutator: inout JSONMutator) {
        var state = start, now = Duration.zero
        func moment() -> Moment { Moment(elapsed: now, timestamp: at) }
        let agents = [Self.scout, agent("agents/scout"), agent("index")]
        var events: [RoomsState.Event] = [.booted(unreadable: unreadable), .connected, .agentsListed(agents)]
        events += agents.map {
            .greeted(.init(digest: "d1", incarnation: 1, turns: []), caller: .agent($0.id), asker: 0)
        }
        events += [
            .posted(.init(request: "p", room: "lobby", text: "@scout x"), caller: "user:ann", asker: 1),
            .saveAsked(.init(request: "s", room: "lobby"), caller: "user:ann", asker: 2),
            .dropAsked(.init(request: "r2", room: "kitchen"), caller: "user:ann", asker: 3), .agentsListed(agents),
        ]
        for event in events {
            var offers = [event]
            while let next = offers.popLast() {
                let step = state.handle(next, at: moment())
                for case .offer(let offer, _) in step.effects where offers.count < 8 {
                    let end = Coordinator.Finish.Request(
                        request: "\(offer.turn)/\(offer.attempt)", turn: offer.turn, attempt: offer.attempt,
                        outcome: .answered, text: "done", usage: TokenUsage(inputTokens: .most, outputTokens: .most))
                    offers.append(.finished(end, caller: .agent(offer.agent.id), asker: 4))
                }
            }
            now += .seconds(130)
            _ = state.handle(.woke, at: moment())
            ask(state, &mutator)
        }
    }
}
