import Services
import Testing

@testable import Rooms

/// Who the agents are, which processes they have, and who is asked again when.
struct AgentDirectoryTests {
    private static func directory(_ agents: [AgentDefinition] = [agent("index"), agent("scout")]) -> AgentDirectory {
        var directory = AgentDirectory()
        _ = directory.inquire()
        _ = directory.define(agents, [], at: .zero)
        _ = directory.inquiryAnswered()
        directory.greet("scout", incarnation: 1, digest: "d1", claims: [], at: .zero)
        return directory
    }

    @Test func `all agents are asked to say hello once after each connection`() {
        var agents = Self.directory()
        for _ in 0..<2 {
            #expect(agents.takeRollCall() == ["index", "scout"])
            #expect(agents.takeRollCall() == [])
            agents.reconnect(at: .zero)
        }
    }

    @Test func `the broker is asked for the children once, when every process has its connection again`() {
        var agents = Self.directory()
        #expect(agents.nextDeadline == nil)
        agents.reconnect(at: .seconds(1))
        let due = .seconds(1) + RoomsLimits.reattachment
        #expect(agents.nextDeadline == due)
        #expect(agents.takeChildrenQuestion(dueAt: due - .nanoseconds(1)) == false)
        #expect(agents.takeChildrenQuestion(dueAt: due) && !agents.takeChildrenQuestion(dueAt: due))
        #expect(agents.nextDeadline == nil)
    }

    @Test func `a store that does not answer is asked again after its time, and an answer counts for earlier tickets`()
    {
        var agents = AgentDirectory()
        let first = agents.inquire(), second = agents.inquire()
        #expect(first.asksNow && !second.asksNow && !agents.isComplete)
        agents.inquiryFailed(at: .seconds(1))
        let due = .seconds(1) + RoomsLimits.storeRetry
        #expect(agents.nextDeadline == due && !agents.takeInquiry(dueAt: due - .nanoseconds(1)))
        #expect(agents.takeInquiry(dueAt: due) && !agents.takeInquiry(dueAt: due))
        let late = agents.inquire()
        #expect(!late.asksNow)
        #expect(agents.inquiryAnswered() == true, "whoever asked meanwhile needs a fresh answer")
        #expect(agents.isComplete && agents.isAnswered(first.ticket) && agents.isAnswered(second.ticket))
        #expect(!agents.isAnswered(late.ticket))
        #expect(!agents.inquiryAnswered() && agents.isAnswered(late.ticket))
    }

    @Test func `a process is replaced once, and the supervisor asked again while it is there`() {
        var agents = Self.directory()
        #expect(agents.replaceProcess(of: "index", at: .zero) == false, "it has no process")
        #expect(agents.replaceProcess(of: "scout", at: .seconds(1)) == true)
        #expect(!agents.replaceProcess(of: "scout", at: .seconds(2)) && agents["scout"]?.takesTurns == false)
        let due = .seconds(1) + RoomsLimits.restartRetry
        #expect(agents.nextDeadline == due && agents.takeRestarts(dueAt: due - .nanoseconds(1)) == [])
        #expect(agents.takeRestarts(dueAt: due) == ["scout"] && agents.takeRestarts(dueAt: due) == [])
        #expect(agents.nextDeadline == due + RoomsLimits.restartRetry)
        agents.greet("scout", incarnation: 1, digest: "d1", claims: [], at: due)
        #expect(agents.nextDeadline == due + RoomsLimits.restartRetry, "it is the same process")
        agents.greet("scout", incarnation: 2, digest: "d1", claims: [], at: due)
        #expect(agents.nextDeadline == nil && agents["scout"]?.takesTurns == true)
    }

    @Test func `a process that hands off is not replaced, takes no turn, and its successor ends the hand-off`() {
        var agents = Self.directory()
        agents.beginHandoff(of: "scout", in: "lobby", at: .zero)
        #expect(agents.isHandingOff("scout") && !agents.isHandingOff("index"))
        #expect(!agents.replaceProcess(of: "scout", at: .zero) && agents["scout"]?.takesTurns == false)
        agents.greet("scout", incarnation: 1, digest: "d1", claims: [], at: .zero)
        #expect(agents.isHandingOff("scout"))
        agents.greet("scout", incarnation: 2, digest: "d1", claims: [], at: .zero)
        #expect(!agents.isHandingOff("scout") && agents["scout"]?.takesTurns == true)
    }

    @Test(
        arguments: [
            (false, .died, .died, false), (false, .handedOff, .handedOff, false), (false, .stopped, .stopped, false),
            (true, .died, .diedHandingOff, true), (true, .handedOff, .handedOff, false),
            (true, .stopped, .stopped, true),
        ] as [(Bool, LostLease.Reason, LostLease.Reason, Bool)])
    func `a death after a hand-off was announced is no death of the turn`(
        isHandingOff: Bool, reason: LostLease.Reason, counted: LostLease.Reason, hasDied: Bool
    ) {
        var agents = Self.directory()
        if isHandingOff { agents.beginHandoff(of: "scout", in: "lobby", at: .zero) }
        #expect(agents.lose("scout", incarnation: 2, because: reason, at: .seconds(9)) == nil)
        #expect(agents.downSince("scout") == nil)
        #expect(agents.lose("scout", incarnation: 1, because: reason, at: .seconds(9)) == counted)
        #expect(agents.downSince("scout") == .seconds(9))
        #expect((agents["scout"]?.handoff?.hasDied ?? false) == hasDied)
        #expect(agents.lose("scout", incarnation: 1, because: reason, at: .seconds(10)) == nil)
    }

    @Test func `who is out of service takes turns again when its process says hello`() {
        var agents = Self.directory()
        agents.setOutOfService("scout", .quarantined, at: .zero)
        #expect(agents["scout"]?.outOfService == .quarantined)
        agents.greet("scout", incarnation: 2, digest: "d2", claims: [], at: .zero)
        #expect(agents["scout"]?.outOfService == nil)
        #expect(agents["scout"]?.takesTurns == false, "it was started for another record")
    }
}
