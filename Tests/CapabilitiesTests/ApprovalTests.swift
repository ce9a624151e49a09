import Capabilities
import Journal
import Services
import Testing

@testable import egghead_toolbox

private typealias Monitor = ToolMonitor<Int>

/// The steps of a call that waits for a person's yes. Who asks is a number.
@Suite struct ApprovalTests {
    private let claim = ToolClaim.sample("c1", "proc_exec", #"{"command":["touch","x"],"directory":"/srv"}"#)
    private let done = ToolOutcome(.done, "done")
    private let grants = [Grant(.execute, [.commands: ["touch"], .root: ["/srv"]])]

    private func authority(_ more: [Grant] = [], asking: [Permission] = [.execute]) -> Authority {
        Authority(capabilities: grants + more, asking: AskingRules(permissions: asking, timeoutSeconds: 60))
    }

    private var held: HeldCall {
        HeldCall(number: 1, claim: claim, summary: "run `touch x` in /srv", reason: "I tidy up.", timeoutSeconds: 60)
    }

    private func answer(_ verdict: ApprovalAnswer.Verdict, by: Principal? = "user:ann") -> ApprovalAnswer {
        ApprovalAnswer(key: claim.key, verdict: verdict, by: by, reason: verdict == .denied ? "not now" : nil)
    }

    private func granted(_ ticket: Int, _ authority: Authority) -> Monitor.Event {
        .granted(ticket, .success(authority), menu: Tool.processes)
    }

    private func authorized(_ authority: Authority, isApproved: Bool = false) throws -> AuthorizedCall {
        var call = try AuthorizedCall(claim.call, of: "scout", authority: authority, menu: Tool.processes)
        (call.isApproved, call.turn) = (isApproved, claim.turn)
        return call
    }

    /// A monitor in which the call is held and the room was told.
    private func holding() -> Monitor {
        var monitor = Monitor(ledger: ToolLedger())
        #expect(
            monitor.handle(.asked(claim, attempt: 1, reason: "I tidy up.", by: 1)) == [.askGrants(of: "scout", 0)])
        #expect(monitor.handle(granted(0, authority())) == [.commit(.held(held), waits: true), .tellRequest(held)])
        #expect(monitor.handle(.told(claim.key, isAnswer: false, isTurnOpen: true)) == [])
        return monitor
    }

    /// Whatever the journal tells, read by the next toolbox.
    private func successor(of monitor: Monitor) -> Monitor {
        let bytes = monitor.ledger.entries.flatMap { Journal.line(of: [$0]) }
        var ledger = ToolLedger(entries: Journal.read(bytes, as: ToolJournalEntry.self).entries)
        for entry in ledger.interrupted() { ledger.apply(entry) }
        return Monitor(ledger: ledger)
    }

    @Test func `a call is held, approved, decided on again, and runs`() throws {
        var monitor = holding()
        #expect(monitor.calls(of: claim.turnKey) == [MadeToolCall(claim.call, request: 1)])
        #expect(monitor.busyTurns == [claim.turn])
        let yes = answer(.approved)
        #expect(monitor.handle(.answered(yes)) == [.commit(.answered(yes), waits: true), .tellAnswer(held, yes)])
        #expect(monitor.handle(.answered(answer(.denied))) == [], "the first answer counts")
        #expect(monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true)) == [.askGrants(of: "scout", 1)])
        #expect(
            monitor.handle(granted(1, authority())) == [
                .commit(.claimed(claim), waits: true), .run(try authorized(authority(), isApproved: true)),
            ])
        #expect(monitor.calls(of: claim.turnKey) == [MadeToolCall(claim.call)])
        #expect(monitor.handle(.ended(claim.key, done)).last == .answer(1, .success(done)))
        #expect(monitor.handle(.asked(claim, attempt: 1, by: 2)) == [.answer(2, .success(done))])
        #expect(monitor.busyTurns == [])
    }

    @Test(arguments: [true, false])
    func `a call does not run that a person denies, or nobody answers`(isAnswered: Bool) {
        var monitor = holding()
        let no = answer(.denied, by: isAnswered ? "user:ann" : nil)
        _ = monitor.handle(.asked(claim, attempt: 1, by: 7))
        #expect(monitor.handle(.answered(no)) == [.commit(.answered(no), waits: true), .tellAnswer(held, no)])
        let words =
            isAnswered
            ? "ann has refused it: not now. It was not run; do not try it another way."
            : "Nobody has answered the request for it in time; it was not run."
        let end = ToolOutcome(.refused, words)
        #expect(
            monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true)) == [
                .commit(.ended(EndedToolCall(key: claim.key, outcome: end)), waits: true),
                .logEnd(claim.key, .refused), .answer(7, .success(end)),
            ])
        #expect(monitor.handle(.asked(claim, attempt: 1, by: 2)) == [.answer(2, .success(end))])
        #expect(monitor.handle(.answered(answer(.approved))) == [])
    }

    @Test func `what needs no yes is not held`() {
        let free = [
            authority(asking: []), authority(asking: [.evaluate]),
            authority([Grant(.execute, [.patterns: ["touch x"], .root: ["/srv"]], asks: false)]),
        ]
        for authority in free {
            var monitor = Monitor(ledger: ToolLedger())
            _ = monitor.handle(.asked(claim, attempt: 1, by: 1))
            #expect(monitor.handle(granted(0, authority)).first == .commit(.claimed(claim), waits: true))
        }
        let asking = [
            authority([Grant(.execute, [.patterns: ["touch y"], .root: ["/srv"]], asks: false)]),
            Authority(capabilities: [Grant(.execute, grants[0].scope, asks: true)]),
        ]
        for authority in asking {
            var monitor = Monitor(ledger: ToolLedger())
            _ = monitor.handle(.asked(claim, attempt: 1, by: 1))
            guard case .commit(.held, waits: true)? = monitor.handle(granted(0, authority)).first else {
                Issue.record("it was not held")
                return
            }
        }
    }

    @Test func `what is not granted is denied at once, and nobody is asked`() {
        var monitor = Monitor(ledger: ToolLedger())
        _ = monitor.handle(.asked(claim, attempt: 1, by: 1))
        let actions = monitor.handle(granted(0, Authority(capabilities: [], asking: .init(permissions: [.execute]))))
        #expect(actions.count == 2 && monitor.ledger.entries == [])
    }

    @Test func `a yes does not outlive the grant, nor a record by which it would be something else`() throws {
        let elsewhere = Authority(
            capabilities: [Grant(.execute, [.commands: ["touch"]])], sandbox: FilePath("/srv"),
            asking: .init(permissions: [.execute]))
        let moved = ToolClaim.sample("c1", "proc_exec", #"{"command":["touch","x"]}"#)
        for (claim, before, after) in [
            (claim, authority(), Authority(capabilities: [])),
            (
                moved, elsewhere,
                Authority(capabilities: [Grant(.execute, [.commands: ["touch"]])], sandbox: FilePath("/home"))
            ),
        ] {
            var monitor = Monitor(ledger: ToolLedger())
            _ = monitor.handle(.asked(claim, attempt: 1, by: 1))
            _ = monitor.handle(granted(0, before))
            _ = monitor.handle(.answered(ApprovalAnswer(key: claim.key, verdict: .approved, by: "user:ann")))
            _ = monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true))
            let actions = monitor.handle(granted(1, after))
            #expect(!actions.contains { if case .run = $0 { true } else { false } })
            let outcome = try #require(monitor.calls(of: claim.turnKey).first?.outcome)
            #expect(
                outcome.status == .denied || outcome.text.hasPrefix("What was approved was: run `touch x` in /srv."))
        }
    }

    /// A toolbox that dies at any step is followed by one that goes on there: nothing runs without its yes, or twice.
    @Test(arguments: [ApprovalAnswer.Verdict.approved, .denied])
    func `after a crash at each step the successor goes on there`(verdict: ApprovalAnswer.Verdict) throws {
        let said = answer(verdict)
        let steps: [Monitor.Event] = [
            .told(claim.key, isAnswer: false, isTurnOpen: true), .answered(said),
            .told(claim.key, isAnswer: true, isTurnOpen: true), granted(1, authority()),
        ]
        for count in 0...steps.count {
            var monitor = Monitor(ledger: ToolLedger())
            _ = monitor.handle(.asked(claim, attempt: 1, reason: "I tidy up.", by: 1))
            _ = monitor.handle(granted(0, authority()))
            for step in steps.prefix(count) { _ = monitor.handle(step) }
            var next = successor(of: monitor)
            let outcome = next.calls(of: claim.turnKey).first?.outcome
            switch (count, verdict) {
            case (4, .approved): #expect(outcome?.status == .unknown && next.resume() == [])
            case (3..., .denied): #expect(outcome?.status == .refused && next.resume() == [])
            case (2..., _):
                #expect(next.resume() == [.tellAnswer(held, said)])
                let told = next.handle(.told(claim.key, isAnswer: true, isTurnOpen: true))
                if verdict == .denied { #expect(next.calls(of: claim.turnKey).first?.outcome?.status == .refused) }
                guard verdict == .approved else { break }
                #expect(told == [.askGrants(of: "scout", 0)])
                #expect(
                    next.handle(granted(0, authority())).contains(.run(try authorized(authority(), isApproved: true))))
            case _:
                #expect(next.resume() == [.tellRequest(held)])
                #expect(next.handle(.told(claim.key, isAnswer: false, isTurnOpen: true)) == [])
                #expect(next.handle(.asked(claim, attempt: 1, by: 5)) == [])
                #expect(next.calls(of: claim.turnKey) == [MadeToolCall(claim.call, request: 1)])
            }
        }
    }

    @Test func `a turn that has ended takes its requests with it, and stops what runs`() throws {
        var monitor = holding()
        let over = ToolOutcome(.failed, "Its turn has ended; it was not run.")
        #expect(monitor.handle(.turnEnded(claim.turnKey)).last == .answer(1, .success(over)))
        #expect(monitor.handle(.answered(answer(.approved))) == [])
        var told = holding()
        #expect(told.handle(.told(claim.key, isAnswer: false, isTurnOpen: false)).last == .answer(1, .success(over)))
        var approved = holding()
        _ = approved.handle(.answered(answer(.approved)))
        _ = approved.handle(.told(claim.key, isAnswer: true, isTurnOpen: true))
        #expect(approved.handle(.turnEnded(claim.turnKey)) == [])
        #expect(approved.handle(granted(1, authority())).last == .answer(1, .success(over)))
        var running = holding()
        _ = running.handle(.answered(answer(.approved)))
        _ = running.handle(.told(claim.key, isAnswer: true, isTurnOpen: true))
        _ = running.handle(granted(1, authority()))
        #expect(running.handle(.turnEnded(claim.turnKey)) == [.stop(claim.key)])
        // Of an ended turn nothing runs any more, whichever attempt asks.
        let late = ToolClaim.sample("c9", "proc_exec", claim.call.arguments)
        let refusal = running.handle(.asked(late, attempt: 5, by: 3))
        #expect(refusal.first == .logStale(late))
    }

    @Test func `a store that is silent delays what was approved, and a disk that refuses its claim as well`() throws {
        var monitor = holding()
        _ = monitor.handle(.answered(answer(.approved)))
        _ = monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true))
        let silence = ServiceFailure(.timeout, "silence")
        #expect(
            monitor.handle(.granted(1, .failure(silence), menu: Tool.processes)) == [.answer(1, .failure(silence))])
        #expect(monitor.handle(.woke) == [.tellAnswer(held, answer(.approved))])
        #expect(monitor.handle(.woke) == [], "it is on its way")
        #expect(monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true)) == [.askGrants(of: "scout", 2)])
        _ = monitor.handle(granted(2, authority()))
        let full = ServiceFailure(.unavailable, "full")
        #expect(monitor.handle(.notClaimed(claim.key, full)) == [], "nobody has asked since")
        #expect(monitor.handle(.woke) == [.tellAnswer(held, answer(.approved))])
        #expect(monitor.handle(.asked(claim, attempt: 1, by: 4)) == [])
        #expect(monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true)) == [.askGrants(of: "scout", 3)])
        #expect(monitor.handle(granted(3, authority())).contains(.run(try authorized(authority(), isApproved: true))))
    }

    @Test func `an answer that the disk refuses was not given, and an agent that is no more runs nothing`() {
        var monitor = holding()
        _ = monitor.handle(.answered(answer(.approved)))
        #expect(monitor.handle(.notAnswered(claim.key)) == [])
        #expect(monitor.ledger.held.first?.answer == nil && monitor.handle(.woke) == [])
        _ = monitor.handle(.answered(answer(.approved)))
        _ = monitor.handle(.told(claim.key, isAnswer: true, isTurnOpen: true))
        let gone = ServiceFailure(.notFound, "there is no agent scout")
        _ = monitor.handle(.granted(1, .failure(gone), menu: Tool.processes))
        #expect(monitor.ledger.held.isEmpty && monitor.handle(.woke) == [])
        #expect(monitor.calls(of: claim.turnKey).first?.outcome?.status == .failed)
    }

    @Test func `what nobody can read is not asked for`() {
        var monitor = Monitor(ledger: ToolLedger())
        let long = ToolClaim.sample(
            "c1", "proc_exec", #"{"command":["touch","\#(String(repeating: "x", count: 5_000))"]}"#)
        _ = monitor.handle(.asked(long, attempt: 1, by: 1))
        let actions = monitor.handle(
            granted(
                0,
                Authority(
                    capabilities: [Grant(.execute, [.commands: ["touch"]])], asking: .init(permissions: [.execute]))))
        #expect(actions.count == 1 && monitor.ledger.entries == [])
    }

    @Test func `numbers are never used twice, and of one agent so many wait and no more`() {
        var monitor = Monitor(ledger: ToolLedger()), ticket = 0
        func ask(_ id: String, _ agent: Principal = "agent:scout") -> [Monitor.Action] {
            let claim = ToolClaim.sample(id, "proc_exec", claim.call.arguments, caller: agent)
            _ = monitor.handle(.asked(claim, attempt: 1, by: 1))
            defer { ticket += 1 }
            return monitor.handle(granted(ticket, authority()))
        }
        for number in 1...16 { #expect(ask("c\(number)").count == 2) }
        #expect(
            ask("c17") == [
                .answer(1, .success(ToolOutcome(.failed, "Too many calls wait for a person's yes; it was not run.")))
            ])
        #expect(ask("c1", "agent:other").count == 2)
        #expect(monitor.ledger.nextRequest == 18)
        for held in monitor.ledger.held { _ = monitor.handle(.told(held.call.key, isAnswer: false, isTurnOpen: false)) }
        #expect(monitor.ledger.held.isEmpty && successor(of: monitor).ledger.nextRequest == 18)
        #expect(ToolLedger(entries: [.counted(41)]).nextRequest == 42)
        #expect(ToolLedger(entries: [.counted(Int.max)]).nextRequest > 0)
    }

    @Test func `a call that waits for days keeps its place and holds up nobody's memory`() {
        var ledger = ToolLedger()
        ledger.apply(.held(held))
        let long = String(repeating: "x", count: 64 << 10)
        for number in 0..<ToolLedger.bytesMax / long.utf8.count * 4 {
            let other = ToolClaim.sample("o\(number)", caller: "agent:other", turn: "hall.1")
            ledger.apply(.claimed(other))
            ledger.apply(.ended(EndedToolCall(key: other.key, outcome: ToolOutcome(.done, long))))
        }
        #expect(ledger.held.map(\.call) == [held])
        #expect(ledger.entries.flatMap { Journal.line(of: [$0]) }.count < ToolLedger.bytesMax + ToolLedger.bytesMax / 8)
        #expect(ledger.calls(of: claim.turnKey) == [MadeToolCall(claim.call, request: 1)])
    }
}
