import Services
import Testing

@testable import egghead_toolbox

@Suite struct DeliberationNamesTests {
    private let noon = "2026-11-22T12:00:00.125Z", later = "2026-11-22T12:00:07.000Z"

    @Test func `a repeated request names the same record, a new one the time`() {
        var names = DeliberationNames()
        let first = DeliberationNames.Name(id: "deliberations/scout/lobby/20261122T120000125Z", created: noon)
        let second = DeliberationNames.Name(id: "deliberations/scout/lobby/20261122T120007000Z", created: later)
        #expect(names.name(for: "t1/deliberation", of: "scout", in: "lobby", at: noon) == first)
        #expect(names.name(for: "t1/deliberation", of: "scout", in: "lobby", at: later) == first)
        #expect(names.name(for: "t2/deliberation", of: "scout", in: "lobby", at: later) == second)
    }

    @Test func `a name that was another's is not tried again`() {
        var names = DeliberationNames()
        let first = names.name(for: "r", of: "a/b", in: "lobby", at: noon)
        #expect(names.name(for: "r", of: "a-b", in: "lobby", at: noon).id == first.id)
        names.forget("r", of: "a-b")
        #expect(
            names.name(for: "r", of: "a-b", in: "lobby", at: later).id == "deliberations/a-b/lobby/20261122T120007000Z")
        #expect(names.name(for: "r", of: "a/b", in: "lobby", at: later) == first)
    }

    @Test func `the same request of another agent is another record`() {
        var names = DeliberationNames()
        let ids = (["scout", "critic"] as [AgentID]).map { names.name(for: "r", of: $0, in: "lobby", at: noon).id }
        #expect(
            ids == ["deliberations/scout/lobby/20261122T120000125Z", "deliberations/critic/lobby/20261122T120000125Z"])
    }

    @Test(
        arguments: [
            ("scout", "deliberations/scout/lobby/"), ("ops/night watch", "deliberations/ops-night watch/lobby/"),
        ] as [(AgentID, String)])
    func `an agent's records lie in one folder`(agent: AgentID, prefix: String) {
        #expect(DeliberationNames.prefix(of: agent, in: "lobby") == prefix)
    }

    @Test func `ids stay within the store's bound of 200 bytes however long the agent's is`() throws {
        var names = DeliberationNames()
        let agent = AgentID(String(repeating: "ä/", count: 66))
        let room = try #require(RoomName(rawValue: String(repeating: "r", count: 64)))
        #expect(names.name(for: "r", of: agent, in: room, at: noon).id.rawValue.utf8.count <= 196)
        #expect(
            agent.requestID(String(repeating: "r", count: 64) + ".12345/12/deliberation/3/99").utf8.count <= 200)
    }
}
