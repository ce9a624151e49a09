import Services
import Testing

@testable import egghead_toolbox

/// Agents that wait for each other's answers, and what they are told.
@Suite struct PromptWaitsTests {
    private func call(_ asker: AgentID, _ id: String = "c") -> ToolCallKey {
        ToolCallKey(caller: .agent(asker), id: id)
    }

    private func refusal(_ waits: inout PromptWaits, _ asker: AgentID, _ agent: AgentID, _ id: String = "c") -> String?
    {
        do throws(ServiceFailure) {
            try waits.check(from: asker, to: agent)
            waits.add(call(asker, id), from: asker, to: agent)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `no agent waits for itself, whoever is between`() {
        var waits = PromptWaits()
        #expect(refusal(&waits, "a", "a")?.contains("is you") == true)
        #expect(refusal(&waits, "a", "b") == nil && refusal(&waits, "b", "c") == nil)
        #expect(refusal(&waits, "a", "d", "second") == nil)
        for (asker, agent) in [("b", "a"), ("c", "a"), ("c", "b"), ("d", "a")] as [(AgentID, AgentID)] {
            #expect(refusal(&waits, asker, agent, "ring")?.contains("waits for your own answer") == true)
        }
        #expect(refusal(&waits, "d", "c") == nil)
        waits.remove(call("b"))
        #expect(refusal(&waits, "c", "b") == nil)
    }

    private func refusal(_ lineage: inout PromptLineage, _ turn: TurnID, causing caused: TurnID) -> String? {
        do throws(ServiceFailure) {
            try lineage.add(from: turn)
            lineage.add([caused], causedBy: turn)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `agents do not ask each other for ever, also when none waits`() {
        var lineage = PromptLineage()
        for number in 0..<PromptLineage.depthMax {
            #expect(
                refusal(&lineage, TurnID(room: "r", number: number + 1), causing: TurnID(room: "r", number: number + 2))
                    == nil)
        }
        #expect(refusal(&lineage, "r.5", causing: "r.6")?.contains("4 agents have asked one another") == true)
        #expect(refusal(&lineage, "other.1", causing: "r.7") == nil)
    }

    @Test func `of one message come so many prompts and no more, by whomever`() {
        var lineage = PromptLineage()
        #expect(refusal(&lineage, "r.1", causing: "s.1") == nil)
        for number in 1..<PromptLineage.promptsMax {
            #expect(
                refusal(&lineage, number.isMultiple(of: 2) ? "r.1" : "s.1", causing: TurnID(room: "t", number: number))
                    == nil)
        }
        for turn in ["r.1", "s.1", "t.2"] as [TurnID] {
            #expect(refusal(&lineage, turn, causing: "u.1")?.contains("30 prompts came of one message") == true)
        }
        #expect(refusal(&lineage, "r.2", causing: "u.2") == nil)
    }

    private func event(
        _ number: Int, _ type: RoomEvent.Kind, _ from: Principal, _ text: String, turn: TurnID? = nil,
        outcome: TurnOutcome? = nil
    ) -> RoomEvent {
        RoomEvent(
            number: number, at: "2026-01-01T00:00:00Z", room: "prompt-b", type: type, from: from, text: text,
            turn: turn, outcome: outcome)
    }

    @Test func `the answer is what the agent said in the turn that was caused`() {
        let message = Coordinator.Post.Reply(room: "prompt-b", number: 4, turns: ["prompt-b.2"], agents: ["b"])
        func told(_ events: [RoomEvent]) -> String {
            let answer = PromptAnswer(of: "b", to: message)
            return answer.outcome(events.filter(answer.isPart)).text
        }
        let others = [
            event(5, .message, "agent:b", "To somebody else.", turn: "prompt-b.1", outcome: .answered),
            event(6, .message, "user:ann", "And me?"),
        ]
        let answer = event(7, .message, "agent:b", "Tuesday.", turn: "prompt-b.2", outcome: .answered)
        let pass = event(7, .action, "agent:b", "passes", turn: "prompt-b.2", outcome: .passed)
        let notice = event(7, .notice, "agent:b", "The model is down.", turn: "prompt-b.2", outcome: .failed)
        #expect(told(others + [answer]) == "Tuesday.")
        #expect(told(others + [pass]) == "@b has nothing to say about it.")
        #expect(told(others + [notice]) == "There is no answer. The model is down.")
        #expect(told(others) == "There is no answer. See room prompt-b.")
    }
}
