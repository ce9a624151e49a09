import Oracle
import Testing

/// Against Erlang/OTP: the same events in the same order.
@Suite struct OracleTests {
    @Test(arguments: Scenario.all)
    func `the tree does what OTP's own supervisor did`(scenario: Scenario) {
        var player = ScenarioPlayer(scenario)
        var remaining = scenario.steps[...]
        for line in scenario.lines where line[0] != "set" {
            guard let expected = remaining.popFirst() else {
                Issue.record("\(scenario.name) has more lines than steps")
                return
            }
            #expect(player.play(line).comparable == expected.comparable)
        }
        #expect(remaining.isEmpty)
    }

    @Test func `every handed-over scenario is played`() {
        #expect(Scenario.all.count == 34)
        #expect(Scenario.all.allSatisfy { !$0.steps.isEmpty })
    }
}

extension Scenario.Step {
    /// OTP counts successful starts and the tree counts forks, and the oracle lists who is alive in an order of its
    /// own: only the names can be compared.
    fileprivate var comparable: Scenario.Step {
        var step = self
        step.alive = alive.map { String($0.prefix { $0 != "#" }) }.sorted()
        return step
    }
}
