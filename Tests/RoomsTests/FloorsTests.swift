import Services
import Testing

@testable import Rooms

/// The turns under way: how far they come, and until when they may stay there.
struct FloorsTests {
    private static let turn: TurnID = "lobby.1", timeout = Duration.seconds(300)

    /// Scout is known and has a process, whose digest is the record's.
    private static func agents() -> AgentDirectory {
        var agents = AgentDirectory()
        _ = agents.define([agent("scout")], [], at: .zero)
        agents.greet("scout", incarnation: 1, digest: "d1", claims: [], at: .zero)
        return agents
    }

    /// A turn of scout that got the floor after 10 seconds, and the ticket that it waits for.
    private static func prepared(_ agents: inout AgentDirectory) -> Floors {
        var floors = Floors()
        floors.prepare(turn, of: "scout", agents.inquire().ticket, at: .seconds(10))
        return floors
    }

    private static func deadline(_ floors: Floors, _ agents: AgentDirectory) -> Duration? {
        let deadline = floors.deadline(of: turn, turnTimeout: timeout, agents)
        #expect(floors.nextDeadline(turnTimeout: timeout, agents) == deadline)
        return deadline
    }

    @Test func `a turn waits for the store, then for its agent's process, and each time for so long`() {
        var agents = Self.agents(), floors = Self.prepared(&agents)
        #expect(Self.deadline(floors, agents) == .seconds(10) + RoomsLimits.agentWait)
        _ = agents.inquiryAnswered()
        #expect(Self.deadline(floors, agents) == nil, "its process is there")
        _ = agents.lose("scout", incarnation: 1, because: .died, at: .seconds(5))
        #expect(Self.deadline(floors, agents) == .seconds(10) + RoomsLimits.agentWait)
        agents.greet("scout", incarnation: 2, digest: "d1", claims: [], at: .seconds(20))
        _ = agents.lose("scout", incarnation: 2, because: .died, at: .seconds(30))
        #expect(Self.deadline(floors, agents) == .seconds(30) + RoomsLimits.agentWait)
        #expect(floors.remove(Self.turn) && !floors.remove(Self.turn))
        #expect(Self.deadline(floors, agents) == nil)
    }

    @Test func `an offer that is declined is repeated when the time to accept it is over`() {
        var agents = Self.agents(), floors = Self.prepared(&agents)
        floors.offer(Self.turn, to: 1, at: .seconds(20))
        #expect(Self.deadline(floors, agents) == nil && floors.runningCount == 1)
        floors.answerOffer(of: Self.turn, by: 2, .notAccepted, at: .seconds(21))
        #expect(Self.deadline(floors, agents) == nil, "another process was not asked")
        floors.answerOffer(of: Self.turn, by: 1, .notAccepted, at: .seconds(21))
        #expect(Self.deadline(floors, agents) == .seconds(20) + RoomsLimits.acceptance)
        floors.answerOffer(of: Self.turn, by: 1, .accepted, at: .seconds(21))
        #expect(floors[Self.turn]?.phase == .running(incarnation: 1, progressedAt: .seconds(21)))
        floors.answerOffer(of: Self.turn, by: 1, .notAccepted, at: .seconds(22))
        #expect(floors[Self.turn]?.phase == .running(incarnation: 1, progressedAt: .seconds(21)))
    }

    @Test func `a turn runs out when nothing came of it for its time, unless its process hands off`() {
        var agents = Self.agents(), floors = Self.prepared(&agents)
        floors.run(Self.turn, by: 1, at: .seconds(20))
        floors.run(Self.turn, by: 1, at: .seconds(25))
        #expect(Self.deadline(floors, agents) == .seconds(320), "to be told again is no progress")
        floors.progress(Self.turn, by: 2, at: .seconds(30))
        #expect(Self.deadline(floors, agents) == .seconds(320))
        floors.progress(Self.turn, by: 1, at: .seconds(30))
        #expect(Self.deadline(floors, agents) == .seconds(330))
        floors.progress(Self.turn, by: nil, at: .seconds(40))
        #expect(Self.deadline(floors, agents) == .seconds(340))
        agents.beginHandoff(of: "scout", in: "lobby", at: .seconds(50))
        #expect(Self.deadline(floors, agents) == nil)
        _ = agents.lose("scout", incarnation: 1, because: .died, at: .seconds(60))
        #expect(Self.deadline(floors, agents) == .seconds(340), "a process that has died hands nothing on")
    }

    @Test func `what a turn without the floor is told changes nothing`() {
        var agents = Self.agents(), floors = Floors()
        floors.offer(Self.turn, to: 1, at: .zero)
        floors.run(Self.turn, by: 1, at: .zero)
        floors.progress(Self.turn, by: nil, at: .zero)
        #expect(floors[Self.turn] == nil && floors.runningCount == 0)
        floors = Self.prepared(&agents)
        floors.progress(Self.turn, by: nil, at: .seconds(90))
        #expect(floors[Self.turn]?.incarnation == nil && floors.runningCount == 0)
    }

    @Test func `the first deadline of all turns is the next one`() {
        var agents = Self.agents(), floors = Self.prepared(&agents)
        floors.run(Self.turn, by: 1, at: .seconds(20))
        floors.prepare("kitchen.1", of: "scout", agents.inquire().ticket, at: .seconds(30))
        #expect(floors.nextDeadline(turnTimeout: Self.timeout, agents) == .seconds(30) + RoomsLimits.agentWait)
        #expect(floors.nextDeadline(turnTimeout: .seconds(100), agents) == .seconds(120))
    }
}
