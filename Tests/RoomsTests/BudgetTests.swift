import Journal
import Services
import Testing

@testable import Rooms

/// What an agent may use in a day.
struct AgentBudgetTests {
    private func cost(_ tokens: Int) -> TokenUsage {
        TokenUsage(inputTokens: TokenCount(tokens - 10), outputTokens: 10)
    }

    private func end(_ scene: inout Scene, _ turn: TurnID, _ tokens: Int) {
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: turn, incarnation: 1, .accepted))
        let report = Coordinator.Finish.Request(
            request: turn.rawValue, turn: turn, attempt: 1, outcome: .answered, text: "fine", usage: cost(tokens))
        scene.handle(.finished(report, caller: "agent:scout", asker: 2))
    }

    @Test func `an agent that has used its tokens of the day gets no further turn, also after a restart`() {
        var scout = agent("scout")
        scout.budget = 1_000
        var scene = Scene([scout, agent("index")])
        scene.hello("scout")
        scene.post("@scout one")
        end(&scene, "lobby.1", 600)
        scene.post("@scout two", room: "kitchen")
        end(&scene, "kitchen.1", 500)
        for isNew in [false, true] {
            if isNew {
                scene.restart(agents: [scout, agent("index")])
                scene.hello("scout")
            }
            scene.post("@scout more")
            scene.storeAnswers()
            #expect(scene.offers.isEmpty && scene.lobby.openTurns.isEmpty)
            #expect(scene.lastText?.contains("has used 1100 tokens today, and its record's `budget` is 1000") == true)
        }
        // A raised budget counts from the next turn on, and a dropped room takes no costs with it.
        scout.budget = 1_200
        scene.storeAnswers([scout, agent("index")])
        scene.post("@scout more")
        scene.storeAnswers()
        #expect(scene.offers.map(\.agent.id) == ["scout"])
    }

    @Test(arguments: [(999, true), (1_000, false), (1_001, false)])
    func `an agent that has used its budget to the token gets no further turn`(used: Int, getsTurn: Bool) {
        var scout = agent("scout")
        scout.budget = 1_000
        var scene = Scene([scout])
        scene.post("@scout one")
        end(&scene, "lobby.1", used)
        scene.post("@scout more")
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == (getsTurn ? ["lobby.2"] : []))
        #expect(scene.lobby.openTurns.isEmpty == !getsTurn)
    }

    @Test func `a day is UTC's, and a late end counts for the day on which it began`() {
        var spending = Spending()
        spending.add(cost(700), of: "scout", at: "2026-11-25T23:59:59.900Z")
        spending.add(cost(100), of: "scout", at: "2026-11-25T08:00:00.000Z")
        #expect(spending.tokens(of: "scout", on: "2026-11-25T23:59:59.999Z") == 800)
        #expect(spending.tokens(of: "scout", on: "2026-11-26T00:00:00.000Z") == 0)
        #expect(spending.tokens(of: "index", on: "2026-11-25T12:00:00.000Z") == 0)
        spending.add(cost(300), of: "scout", at: "2026-11-26T00:00:01.000Z")
        spending.add(cost(900), of: "scout", at: "2026-11-25T23:00:00.000Z")
        #expect(spending.tokens(of: "scout", on: "2026-11-26T12:00:00.000Z") == 300)
    }
}
