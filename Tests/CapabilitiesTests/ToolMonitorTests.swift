import Capabilities
import Services
import Testing

@testable import egghead_toolbox

private typealias Monitor = ToolMonitor<Int>

/// The steps of a call: events in, actions out. Who asks is a number.
@Suite struct ToolMonitorTests {
    private let get = ToolClaim.sample(), done = ToolOutcome(.done, "text")

    private func granted(_ ticket: Int, _ grants: [String]? = nil) -> Monitor.Event {
        .granted(ticket, .success(Authority(of: grants)), menu: Tool.records)
    }

    private func authorized(_ claim: ToolClaim, _ grants: [String]? = nil) throws -> AuthorizedCall {
        var call = try AuthorizedCall(
            claim.call, of: "scout", authority: Authority(of: grants), menu: Tool.records)
        call.turn = claim.turn
        return call
    }

    private func ended(_ claim: ToolClaim, _ outcome: ToolOutcome) -> ToolJournalEntry {
        .ended(EndedToolCall(key: claim.key, outcome: outcome))
    }

    @Test func `a call is granted, claimed, run and ended, each step on its own`() throws {
        var monitor = Monitor(ledger: ToolLedger())
        #expect(monitor.handle(.asked(get, attempt: 1, by: 1)) == [.askGrants(of: "scout", 0)])
        #expect(
            monitor.handle(granted(0)) == [
                .commit(.claimed(get), waits: false), .run(try authorized(get)),
            ])
        #expect(
            monitor.handle(.ended(get.key, done)) == [
                .commit(ended(get, done), waits: false), .logEnd(get.key, .done), .answer(1, .success(done)),
            ])
        #expect(monitor.handle(.asked(get, attempt: 1, by: 2)) == [.answer(2, .success(done))])
        #expect(monitor.handle(.ended(get.key, ToolOutcome(.failed, "late"))) == [])
    }

    @Test func `a claim that the journal refuses is taken back, and the call may be made again`() throws {
        var monitor = Monitor(ledger: ToolLedger()), before = ToolLedger()
        let earlier = ToolClaim.sample("c0"), full = ServiceFailure(.unavailable, "No space left on device")
        for claim in [earlier, get] { _ = monitor.handle(.asked(claim, attempt: 1, by: 1)) }
        _ = monitor.handle(granted(0))
        before.apply(.claimed(earlier))
        _ = monitor.handle(granted(1))
        #expect(monitor.handle(.notClaimed(get.key, full)) == [.answer(1, .failure(full))])
        #expect(monitor.ledger.entries == before.entries)
        #expect(monitor.handle(.notClaimed(get.key, full)) == [])
        #expect(monitor.handle(.ended(get.key, done)) == [])
        #expect(monitor.calls(of: get.turnKey, toldTo: 1) == [MadeToolCall(earlier.call)])
        #expect(monitor.handle(.asked(get, attempt: 1, by: 2)) == [.askGrants(of: "scout", 2)])
        #expect(
            monitor.handle(granted(2)) == [.commit(.claimed(get), waits: false), .run(try authorized(get))])
    }

    @Test func `a call that waits for its grants is in no journal, and is told to the next attempt as a running one`() {
        var monitor = Monitor(ledger: ToolLedger())
        let second = ToolClaim.sample("c2")
        for claim in [get, second] { _ = monitor.handle(.asked(claim, attempt: 1, by: 1)) }
        #expect(monitor.ledger.entries == [])
        let both = [MadeToolCall(get.call), MadeToolCall(second.call)]
        #expect(monitor.calls(of: get.turnKey, toldTo: 2) == both)
        // The order is that of the claims, whoever has asked first.
        _ = monitor.handle(granted(1))
        #expect(monitor.calls(of: get.turnKey, toldTo: 2) == both.reversed())
        _ = monitor.handle(.granted(0, .failure(ServiceFailure(.timeout, "silence")), menu: Tool.records))
        #expect(monitor.calls(of: get.turnKey, toldTo: 2) == [MadeToolCall(second.call)])
        _ = monitor.handle(.ended(second.key, done))
        #expect(monitor.calls(of: get.turnKey, toldTo: 2) == [MadeToolCall(second.call, outcome: done)])
        for other in [TurnKey(caller: "agent:scout", id: "lobby.8"), TurnKey(caller: "agent:b", id: "lobby.7")] {
            #expect(monitor.calls(of: other, toldTo: 2) == [])
        }
    }

    @Test func `what a newer attempt was not told of is refused, and what it was told of goes on`() {
        var monitor = Monitor(ledger: ToolLedger())
        let late = ToolClaim.sample("late")
        let reason = "call late: a newer attempt of turn lobby.7 runs; it was not called"
        let refusal = [
            Monitor.Action.logStale(late), .answer(2, .failure(ServiceFailure(.stale, reason))),
        ]
        _ = monitor.handle(.asked(get, attempt: 1, by: 1))
        #expect(monitor.calls(of: get.turnKey, toldTo: 3) == [MadeToolCall(get.call)])
        for attempt in [1, 2, Int.min] { #expect(monitor.handle(.asked(late, attempt: attempt, by: 2)) == refusal) }
        // A late question of an attempt that is over changes nothing.
        #expect(monitor.calls(of: get.turnKey, toldTo: 2) == [MadeToolCall(get.call)])
        #expect(monitor.handle(.asked(late, attempt: 2, by: 2)) == refusal)
        // What it was told of is the same call still, when it comes again.
        #expect(monitor.handle(.asked(get, attempt: 1, by: 3)) == [])
        #expect(monitor.handle(granted(0)).first == .commit(.claimed(get), waits: false))
        #expect(monitor.handle(.ended(get.key, done)).last == .answer(3, .success(done)))
        #expect(monitor.handle(.asked(get, attempt: 1, by: 4)) == [.answer(4, .success(done))])
        // Its own calls, and those of other turns and agents, are taken.
        #expect(monitor.handle(.asked(.sample("c3"), attempt: 3, by: 5)) == [.askGrants(of: "scout", 1)])
        #expect(
            monitor.handle(.asked(.sample("c4", turn: "hall.7"), attempt: 1, by: 5)) == [.askGrants(of: "scout", 2)])
        #expect(monitor.handle(.asked(.sample(caller: "agent:b"), attempt: 1, by: 5)) == [.askGrants(of: "b", 3)])
    }

    @Test func `the coordinator alone is told of an agent's calls, and nothing is refused because of that`() {
        var monitor = Monitor(ledger: ToolLedger())
        _ = monitor.handle(.asked(get, attempt: 1, by: 1))
        #expect(monitor.calls(of: get.turnKey) == [MadeToolCall(get.call)])
        #expect(monitor.handle(.asked(.sample("late"), attempt: 1, by: 2)) == [.askGrants(of: "scout", 1)])
        #expect(Toolbox.CallsOf.refusal(of: .coordinator) == nil)
        for caller in ["agent:scout", "agent:coordinator", "user:ann", "client:coordinator", "store"] as [Principal] {
            #expect(Toolbox.CallsOf.refusal(of: caller)?.code == .denied, "\(caller)")
        }
    }

    @Test func `the turns with a second attempt are remembered up to a bound, the newest of them`() {
        var attempts = TurnAttempts()
        let turns = (1...TurnAttempts.turnsMax + 1).map {
            TurnKey(caller: "agent:scout", id: TurnID(room: "lobby", number: $0))
        }
        for turn in turns { attempts.note(1, of: turn) }
        #expect(turns.allSatisfy { !attempts.isOver(0, of: $0) }, "a first attempt has none before it")
        for turn in turns { attempts.note(2, of: turn) }
        attempts.note(.max, of: turns[1])
        #expect(turns.map { attempts.isOver(1, of: $0) } == [false] + turns.dropFirst().map { _ in true })
        #expect(attempts.isOver(.max - 1, of: turns[1]) && !attempts.isOver(.max, of: turns[1]))
    }

    @Test func `what is denied is logged and answered, never claimed, and decided anew when it comes again`() throws {
        var monitor = Monitor(ledger: ToolLedger())
        let reason =
            "agent:scout may not call get_record for [[a]]: its record's `capabilities` do not grant records.read"
        _ = monitor.handle(.asked(get, attempt: 1, by: 1))
        #expect(
            monitor.handle(granted(0, [])) == [
                .tellDenial(get, Denial(.capabilityAbsent, reason)),
                .answer(1, .success(ToolOutcome(.denied, reason, denial: .capabilityAbsent))),
            ])
        #expect(monitor.ledger.entries == [])
        #expect(monitor.handle(.asked(get, attempt: 1, by: 2)) == [.askGrants(of: "scout", 1)])
        #expect(
            monitor.handle(granted(1, ["records.read:a"])) == [
                .commit(.claimed(get), waits: false), .run(try authorized(get, ["records.read:a"])),
            ])
    }

    @Test(arguments: [
        ("fly", "{}", "there is no tool fly; use one of the menu"),
        ("write_deliberation", "{}", "there is no tool write_deliberation; use one of the menu"),
        (
            String(repeating: "x", count: 65), "",
            "there is no tool \(String(repeating: "x", count: 64)); use one of the menu"
        ),
        ("fly", "[]", "there is no tool fly; use one of the menu"),
        ("get_record", "[]", "get_record: the arguments are no JSON object; call it again with one"),
        ("get_record", "", "get_record: `id` is missing; call it again with it"),
        ("create_record", #"{"id":7}"#, "create_record: `id` is not text; call it again with text"),
    ])
    func `what cannot be called has failed or is denied, and is not claimed`(
        tool: String, arguments: String, message: String
    ) {
        var monitor = Monitor(ledger: ToolLedger())
        _ = monitor.handle(.asked(.sample("c1", tool, arguments), attempt: 1, by: 1))
        // What the call is about is asked before whether it is allowed.
        let isUnknown = message.hasPrefix("there is no tool")
        let outcome = isUnknown ? ToolOutcome(.denied, message, denial: .unknownTool) : ToolOutcome(.failed, message)
        let logged = ToolMonitor<Int>.Action.tellDenial(
            .sample("c1", tool, arguments), Denial(.unknownTool, message))
        #expect(
            monitor.handle(granted(0, [])) == (isUnknown ? [logged] : []) + [.answer(1, .success(outcome))])
        #expect(monitor.ledger.entries == [] && monitor.asked.openTickets == [])
    }

    @Test func `without the store's word nothing is called, and the asker is told why`() {
        var monitor = Monitor(ledger: ToolLedger())
        let silence = ServiceFailure(.timeout, "asking store.agent: no answer within 5.0 seconds")
        _ = monitor.handle(.asked(get, attempt: 1, by: 1))
        #expect(monitor.handle(.granted(0, .failure(silence), menu: Tool.records)) == [.answer(1, .failure(silence))])
        #expect(monitor.ledger.entries == [] && monitor.asked.openTickets == [])
        #expect(monitor.handle(granted(0)) == [])
        #expect(monitor.handle(.asked(get, attempt: 1, by: 1)) == [.askGrants(of: "scout", 1)])
    }

    @Test func `a call that comes twice runs once, and its newest asker is answered`() throws {
        var monitor = Monitor(ledger: ToolLedger())
        #expect(monitor.handle(.asked(get, attempt: 1, by: 1)) == [.askGrants(of: "scout", 0)])
        // It waits already: a second word of the store could only gainsay the first.
        #expect(monitor.handle(.asked(get, attempt: 1, by: 2)) == [])
        #expect(
            monitor.handle(granted(0)) == [
                .commit(.claimed(get), waits: false), .run(try authorized(get)),
            ])
        #expect(monitor.handle(granted(0, [])) == [])
        #expect(monitor.handle(.asked(.sample(at: "2026-11-22T12:00:09Z"), attempt: 1, by: 3)) == [])
        #expect(monitor.handle(.ended(get.key, done)).last == .answer(3, .success(done)))
    }

    @Test func `the newest asker of a call that is refused is told so`() {
        let silence = ServiceFailure(.internalError, "store.agent: no words")
        var monitor = Monitor(ledger: ToolLedger())
        for asker in 1...2 { _ = monitor.handle(.asked(get, attempt: 1, by: asker)) }
        #expect(monitor.handle(.granted(0, .failure(silence), menu: Tool.records)) == [.answer(2, .failure(silence))])
    }

    @Test(arguments: [
        ToolClaim.sample("c1", "get_record", #"{"id":"b"}"#), .sample("c1", "create_record"),
        .sample(turn: "lobby.8"), .sample(turn: "hall.7"),
    ])
    func `an id belongs to one call, whether that waits, runs or has ended`(other: ToolClaim) {
        let refusal = ServiceFailure(.invalid, "call c1: the id is another call's; make a new one")
        var monitor = Monitor(ledger: ToolLedger())
        _ = monitor.handle(.asked(get, attempt: 1, by: 1))
        #expect(monitor.handle(.asked(other, attempt: 1, by: 2)) == [.answer(2, .failure(refusal))])
        _ = monitor.handle(granted(0))
        #expect(monitor.handle(.asked(other, attempt: 1, by: 3)) == [.answer(3, .failure(refusal))])
        #expect(monitor.handle(.ended(get.key, done)).last == .answer(1, .success(done)))
        #expect(monitor.handle(.asked(other, attempt: 1, by: 4)) == [.answer(4, .failure(refusal))])
        // Another agent's ids are its own.
        #expect(monitor.handle(.asked(.sample(caller: "agent:b"), attempt: 1, by: 5)) == [.askGrants(of: "b", 1)])
    }

    @Test(arguments: ["user:ann", "client:laptop", "coordinator"])
    func `only agents call tools here`(caller: Principal) {
        var monitor = Monitor(ledger: ToolLedger())
        let refusal = ServiceFailure(.denied, "call get_record: only agents call tools here")
        #expect(monitor.handle(.asked(.sample(caller: caller), attempt: 1, by: 1)) == [.answer(1, .failure(refusal))])
    }

    @Test(arguments: [(0, false), (1, true), (200, true), (201, false)])
    func `an id has 1 to 200 bytes`(bytes: Int, isTaken: Bool) {
        var monitor = Monitor(ledger: ToolLedger())
        let refusal = ServiceFailure(.invalid, "call: an id of \(bytes) bytes; 1 to 200 are wanted")
        let claim = ToolClaim.sample(String(repeating: "x", count: bytes))
        #expect(
            monitor.handle(.asked(claim, attempt: 1, by: 1))
                == [isTaken ? .askGrants(of: "scout", 0) : .answer(1, .failure(refusal))])
    }

    @Test func `what the journal tells of is answered from it`() {
        let ledger = ToolLedger(entries: [.claimed(get), ended(get, ToolOutcome(.unknown, "died"))])
        var monitor = Monitor(ledger: ledger)
        #expect(monitor.handle(.asked(get, attempt: 1, by: 1)) == [.answer(1, .success(ToolOutcome(.unknown, "died")))])
    }

    @Test func `the menu counts that the sources have when the store has answered`() {
        let tool = Tool.foreign("fly", needs: [Tool.Need(.readRecords, on: .record(argument: "to"))])
        var monitor = Monitor(ledger: ToolLedger())
        let fly = ToolClaim.sample("c1", "fly", #"{"to":"a"}"#)
        _ = monitor.handle(.asked(fly, attempt: 1, by: 1))
        let actions = monitor.handle(.granted(0, .success(Authority(of: nil)), menu: [tool]))
        guard case .run(let call) = actions.last else {
            Issue.record("\(actions)")
            return
        }
        #expect(call.tool == tool && call.key == fly.key && call.authority == Authority(of: nil))
    }

    /// Every order of five events of two calls with one id and one of another, with a second attempt that asks.
    @Test func `whatever comes in whatever order, a call is claimed before it runs, runs once and was told`() {
        let claims = [
            ToolClaim.sample("c1"), .sample("c1", turn: "lobby.8"), .sample("c2", "create_record", "{}"),
        ]
        let kinds = 8, length = 5
        var sequences = 1
        for _ in 0..<length { sequences *= kinds }
        for sequence in 0..<sequences {
            var world = MonitorWorld(), rest = sequence
            for _ in 0..<length {
                switch rest % kinds {
                case let kind where kind < 3: world.ask(claims[kind])
                case 3: world.grant(first: true)
                case 4: world.grant(first: false)
                case 5: world.deny()
                case 6: world.list(claims[0].turnKey)
                case _: world.end()
                }
                rest /= kinds
            }
            #expect(world.fault == nil, "sequence \(sequence)")
        }
    }
}

/// Plays store, sources and askers for a monitor, and refuses what must not be.
private struct MonitorWorld {
    private var monitor = Monitor(ledger: ToolLedger())
    private var tickets: [Int] = [], running: [ToolCallKey] = []
    private var claimed: Set<ToolCallKey> = [], answered: Set<Int> = []
    private var askers = 0
    /// The calls that a second attempt of their turn was told of; nil while it has not asked.
    private var told: (turn: TurnKey, ids: Set<String>)?
    private(set) var fault: String?

    mutating func list(_ turn: TurnKey) {
        let ids = Set(monitor.calls(of: turn, toldTo: 2).map(\.call.id))
        told = (turn, told.map { $0.ids.intersection(ids) } ?? ids)
    }

    mutating func ask(_ claim: ToolClaim) {
        askers += 1
        step(.asked(claim, attempt: 1, by: askers))
    }

    mutating func grant(first: Bool) { word(first ? tickets.first : tickets.last, .success(Authority(of: nil))) }

    mutating func deny() { word(tickets.first, .success(Authority(of: []))) }

    mutating func end() {
        guard let key = running.first else { return }
        running.removeFirst()
        step(.ended(key, ToolOutcome(.done, "")))
    }

    private mutating func word(_ ticket: Int?, _ result: Result<Authority, ServiceFailure>) {
        guard let ticket else { return }
        tickets.removeAll { $0 == ticket }
        step(.granted(ticket, result, menu: Tool.records))
    }

    /// Whether the end of some call is in the ledger.
    private var hasEnd: Bool {
        monitor.ledger.entries.contains { if case .ended = $0 { true } else { false } }
    }

    private mutating func step(_ event: Monitor.Event) {
        var committed: ToolJournalEntry?
        for action in monitor.handle(event) {
            switch action {
            case .askGrants(_, let ticket): tickets.append(ticket)
            case .commit(let entry, _):
                committed = entry
                if case .claimed(let claim) = entry {
                    if !claimed.insert(claim.key).inserted { fault = "claimed twice" }
                    if let told, told.turn == claim.turnKey, !told.ids.contains(claim.call.id) {
                        fault = "told as not called, and claimed"
                    }
                }
            case .run(let call):
                if case .claimed(let claim) = committed, claim.key == call.key {} else { fault = "ran unclaimed" }
                running.append(call.key)
            case .answer(let asker, let result):
                if !answered.insert(asker).inserted { fault = "answered twice" }
                if case .success(let outcome) = result, outcome.status == .done, !hasEnd {
                    fault = "told before it was written"
                }
            case .tellDenial: if committed != nil { fault = "denied and written" }
            case .logStale: if committed != nil { fault = "stale and written" }
            case .logEnd: if committed == nil { fault = "ended unwritten" }
            // `ApprovalTests` has the calls for which a person is asked.
            case .tellRequest, .tellAnswer, .stop: fault = "a person is asked, or a turn has ended"
            }
        }
        if monitor.asked.openTickets != tickets { fault = "another call waits for its grants than has asked" }
    }
}
