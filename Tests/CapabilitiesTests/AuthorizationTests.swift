import Capabilities
import Services
import Testing

@Suite struct AuthorizationTests {
    @Test(arguments: [
        (Tool.searchRecords, true, true, true), (.getRecord, true, true, true),
        (.writeDeliberation, true, false, false), (.readDeliberation, true, false, false),
    ])
    func `who may call a tool is one table`(tool: Tool, agent: Bool, person: Bool, service: Bool) {
        #expect(isAllowed(.agent("scout"), tool) == agent)
        #expect(isAllowed(.person("ann"), tool) == person)
        #expect(isAllowed(.service("store"), tool) == service)
    }

    @Test func `every tool needs a permission of its own`() {
        #expect(
            Tool.allCases.map(\.permission.description)
                == ["records.search", "records.read", "deliberations.write", "deliberations.read"])
    }

    @Test func `a refusal names caller, tool and what is missing`() {
        #expect(
            throws: ServiceFailure(
                .denied,
                "user:ann may not call write_deliberation: it lacks deliberations.write, which agents alone have")
        ) { try Authorization.authorize(.person("ann"), .writeDeliberation) }
    }

    private func isAllowed(_ caller: Caller, _ tool: Tool) -> Bool {
        (try? Authorization.authorize(caller, tool)) != nil
    }
}
