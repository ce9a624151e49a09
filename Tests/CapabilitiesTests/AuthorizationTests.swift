import Capabilities
import Services
import Testing

@Suite struct AuthorizationTests {
    @Test(arguments: [
        (Tool.searchRecords, true, true, true), (.getRecord, true, true, true), (.createRecord, true, false, false),
    ])
    func `who may call a tool is one table`(tool: Tool, agent: Bool, person: Bool, service: Bool) {
        #expect(isAllowed(.agent("scout"), tool) == agent)
        #expect(isAllowed(.user("ann"), tool) == person)
        #expect(isAllowed(.service(.store), tool) == service)
    }

    @Test func `every tool needs a permission of its own`() {
        #expect(
            Tool.records.map { $0.needs.map(\.permission.description) }
                == [
                    ["records.search"], ["records.read"], ["records.search"], ["records.search"], ["records.search"],
                    ["records.search"], ["records.create"], ["records.update"], ["records.delete"],
                ])
    }

    @Test func `a refusal names caller, tool and what is missing`() {
        #expect(
            throws: Denial(
                .capabilityAbsent, "user:ann may not call write_deliberation: agents alone have deliberations")
        ) { try Authorization.agentForDeliberations(.user("ann"), "write_deliberation") }
    }

    @Test(
        arguments: [
            (["records.read"], "a", true, false), (["records.read:guides/*"], "guides/rollback", true, false),
            (["records.read:guides/*"], "secrets/key", false, false),
            (["records.create:inbox/*"], "inbox/x", false, true),
            (["records.create:*/draft"], "a/b/draft", false, true), (["records.create:a*b*c"], "a-b-b-c", false, true),
            (["records.create:a*b*c"], "a-c-b", false, false), (["records.read:same"], "same", true, false),
            (["records.read:same"], "same/other", false, false), ([], "a", false, false),
        ] as [([String], RecordID, Bool, Bool)])
    func `a record's grants bound what its agent may do, and to which notes`(
        grants: [String], record: RecordID, read: Bool, create: Bool
    ) {
        #expect(isAllowed(.agent("scout"), .getRecord, grants, record) == read)
        #expect(isAllowed(.agent("scout"), .createRecord, grants, record) == create)
    }

    @Test func `a search under a scope is allowed, and a new note under one needs an id`() {
        let grants = ["records.search:public/*", "records.create:inbox/*"]
        #expect(isAllowed(.agent("scout"), .searchRecords, grants, nil))
        #expect(!isAllowed(.agent("scout"), .searchRecords, [], nil))
        #expect(
            throws: Denial(
                .scopeViolation,
                "agent:scout may not call create_record without an id: its record's `capabilities` grant "
                    + "records.create for inbox/* alone")
        ) { try authorize(.agent("scout"), .createRecord, grants, "") }
        #expect(
            throws: Denial(
                .capabilityAbsent,
                "agent:scout may not call get_record for [[a]]: its record's `capabilities` do not grant records.read")
        ) { try authorize(.agent("scout"), .getRecord, grants, "a") }
    }

    @Test(arguments: ["", "records", "records.fly", "records.read:", "fs.fly", "records.read records.create"])
    func `what is no capability is none`(text: String) { #expect(Grant(text) == nil) }

    private func isAllowed(_ caller: Principal, _ tool: Tool, _ grants: [String]? = nil, _ record: RecordID? = "")
        -> Bool
    {
        (try? authorize(caller, tool, grants, record)) != nil
    }

    private func authorize(_ caller: Principal, _ tool: Tool, _ grants: [String]?, _ record: RecordID?) throws {
        try Authorization.authorize(
            caller, tool, requests: tool.requests(for: record), authority: Authority(of: grants))
    }
}
