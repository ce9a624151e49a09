import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// What an agent may let another one do: less than it may do itself, with the same questions, and never for itself.
@Suite struct DelegationTests {
    private static func authority(
        _ grants: [String], ask: [Permission] = [], approvers: [String]? = nil, sandbox: String? = nil
    ) -> Authority {
        AgentRules().authority(
            [Grant](of: grants), sandbox: sandbox, ask: ask, approvers: approvers, timeoutSeconds: nil)
    }

    private static func call(
        _ tool: String, _ arguments: String, _ authority: Authority, agent: AgentID = "boss"
    ) throws -> AuthorizedCall {
        try AuthorizedCall(
            ToolCall(id: "c", name: tool, arguments: arguments), of: agent, authority: authority, menu: Tool.records)
    }

    /// What becomes of a key that `boss` sets in the record of `helper`.
    private static func set(
        _ key: String, _ value: String, by own: Authority, of agent: AgentID = "helper",
        _ fields: [String: JSONValue] = ["capabilities": .array([])]
    ) throws -> Result<[String: JSONValue], ToolRefusal> {
        let call = try call("update_record", #"{"id":"\#(agent)","key":"\#(key)","value":""}"#, own)
        return AgentEdit(call: call, rules: AgentRules()).fields([key: .string(value)], of: agent, fields)
    }

    private static let grantor = ["agent.update", "agent.grant", "records.read:open/*", "fs.read:/srv/app"]

    @Test(arguments: [
        ("capabilities", "records.read:open/*", nil), ("capabilities", "records.read:open/a*", nil),
        ("capabilities", "fs.read:/srv/app/logs, records.read:open/x", nil), ("capabilities", "", nil),
        ("capabilities", #"[{"fs.read": {"in": "/srv/app", "paths": "*.log"}}]"#, nil),
        ("capabilities", "records.read", "exceeds_grantor_authority"),
        ("capabilities", "records.read:*", "exceeds_grantor_authority"),
        ("capabilities", "records.create:open/*", "exceeds_grantor_authority"),
        ("capabilities", "fs.read:/srv", "exceeds_grantor_authority"),
        ("capabilities", "fs.read:/srv/app/../x", "exceeds_grantor_authority"),
        ("capabilities", "fs.write:/srv/app", "exceeds_grantor_authority"),
        ("capabilities", "proc.eval:/srv/app", "exceeds_grantor_authority"),
        ("capabilities", "fs.red:/srv/app", "invalid"), ("capabilities", #"[{"fs.read": {"on": "/"}}]"#, "invalid"),
        ("access", "none", "invalid"), ("sandbox", "srv", "invalid"), ("ask", "proc.exce", "invalid"),
        ("budget", "200k", nil), ("model", "other/model", nil), ("title", "Helper", nil),
        ("class", "durable", "invalid"),
    ])
    func `an agent gives no more than it has`(key: String, value: String, code: String?) throws {
        let result = try Self.set(key, value, by: Self.authority(Self.grantor))
        #expect(Self.code(of: result) == code, "\(result)")
    }

    private static func code(of result: Result<[String: JSONValue], ToolRefusal>) -> String? {
        switch result {
        case .success: nil
        case .failure(.denied(let denial)): denial.code.rawValue
        case .failure(.invalid): "invalid"
        }
    }

    @Test func `what is written is the explicit list, with directories in full`() throws {
        let own = Self.authority(["agent.update", "agent.grant", "records.search", "records.read", "fs.read:/srv/app"])
        let given = try Self.set(
            "capabilities", "records.read, fs.read:logs", by: own, ["sandbox": .string("/srv/app")])
        let list = [JSONValue.string("records.read"), .string("fs.read:/srv/app/logs")]
        #expect(try given.get() == ["capabilities": .array(list)])
        let short = try Self.set("access", "read", by: own, ["sandbox": .string("/srv/app/logs")])
        #expect(
            try short.get() == [
                "capabilities": .array(
                    ["records.search", "records.read", "fs.read:/srv/app/logs"].map(JSONValue.string)),
                "access": .null,
            ])
        // A wider sandbox would widen what is relative to it.
        let wider = try Self.set("sandbox", "/srv", by: own, ["capabilities": .array([.string("fs.read")])])
        #expect(Self.code(of: wider) == "exceeds_grantor_authority")
    }

    @Test func `nobody sets what is guarded for itself, with a grant or without`() throws {
        for key in AgentKey.allCases where key.isGuarded {
            for grants in [["agent.update", "agent.grant"], ["agent.update", "agent.grant:boss"]] {
                let result = try Self.set(key.rawValue, "x", by: Self.authority(grants), of: "boss", [:])
                guard case .failure(let refusal) = result else {
                    Issue.record("\(key) was set")
                    continue
                }
                if case .denied(let denial) = refusal { #expect(denial.code == .selfModification) }
            }
        }
        let own = Self.authority(["agent.update", "agent.grant", "records.update"])
        let call = try Self.call("update_record", #"{"id":"boss","key":"Capabilities","value":"proc.eval:/"}"#, own)
        #expect(AgentEdit.refusal(of: call, "boss")?.denial == .selfModification)
        let noted = try Self.call(
            "update_record", #"{"id":"boss","key":"capabilities","value":"x"}"#, Self.authority(["records.update"]))
        #expect(AgentEdit.refusal(of: noted, "boss")?.denial == .selfModification)
    }

    @Test func `a grant for some agents is none for others, and none is none`() throws {
        let some = Self.authority(["agent.update", "agent.grant:team/*", "records.read"])
        #expect(Self.code(of: try Self.set("capabilities", "records.read", by: some, of: "team/a")) == nil)
        #expect(Self.code(of: try Self.set("capabilities", "records.read", by: some, of: "other")) == "scope_violation")
        let none = Self.authority(["agent.update", "records.read"])
        #expect(Self.code(of: try Self.set("budget", "9k", by: none)) == "capability_absent")
        #expect(Self.code(of: try Self.set("title", "x", by: none)) == nil)
        for tool in ["update_record", "delete_record"] {
            let noted = try Self.call(tool, #"{"id":"x"}"#, Self.authority(["records.update", "records.delete"]))
            #expect(AgentEdit.refusal(of: noted, "x")?.denial == .capabilityAbsent)
        }
        #expect(throws: ToolRefusal.self) {
            try Self.call("update_record", #"{"id":"x"}"#, Self.authority(["agent.update:y"]))
        }
        #expect(throws: Never.self) {
            try Self.call("delete_record", #"{"id":"y"}"#, Self.authority(["agent.delete:y"]))
        }
    }

    @Test func `the questions are handed on with what they are about`() throws {
        let own = Self.authority(
            ["agent.update", "agent.grant", "fs.read:/srv", "fs.write:/srv"], ask: [.writeFiles], approvers: ["ann"])
        func set(_ capabilities: String, _ fields: [String: JSONValue]) throws -> String? {
            Self.code(of: try Self.set("capabilities", capabilities, by: own, fields))
        }
        let asking: [String: JSONValue] = ["ask": .string("fs.write"), "approvers": .string("ann")]
        #expect(try set("fs.write:/srv", asking) == nil)
        #expect(try set("fs.write:/srv", ["approvers": .string("ann")]) == "exceeds_grantor_authority")
        #expect(try set("fs.write:/srv", ["ask": .string("fs.write")]) == "exceeds_grantor_authority")
        #expect(
            try set("fs.write:/srv", ["ask": .string("fs.write"), "approvers": .string("bob")])
                == "exceeds_grantor_authority")
        #expect(try set(#"[{"fs.write": {"in": "/srv", "ask": false}}]"#, asking) == "exceeds_grantor_authority")
        #expect(try set(#"[{"fs.write": {"in": "/srv", "ask": true}}]"#, ["approvers": .string("ann")]) == nil)
        let written: [String: JSONValue] = asking.merging(["capabilities": .array([.string("fs.write:/srv")])]) { $1 }
        #expect(Self.code(of: try Self.set("ask", "", by: own, written)) == "exceeds_grantor_authority")
        #expect(Self.code(of: try Self.set("approvers", "bob", by: own, written)) == "exceeds_grantor_authority")
        #expect(Self.code(of: try Self.set("ask", "fs.write, fs.read", by: own, written)) == nil)
    }

    @Test func `a new agent needs the right to make it, and that to grant for what it may do`() throws {
        func make(_ keys: String, _ grants: [String]) throws -> [AccessRequest] {
            try Self.call(
                "create_record", #"{"id":"team/a","class":"agent","title":"A","body":"You are A.","keys":\#(keys)}"#,
                Self.authority(grants)
            ).requests
        }
        let agent = AccessRequest.Object.agent("team/a")
        #expect(try make("{}", ["agent.create"]) == [.init(.createAgents, on: agent)])
        #expect(
            try make(#"{"Capabilities":[]}"#, ["agent.create:team/*", "agent.grant:team/*"]) == [
                .init(.createAgents, on: agent), .init(.grantAgents, on: agent),
            ])
        for (keys, grants) in [
            ("{}", ["records.create"]), ("{}", ["agent.create:other"]), (#"{"budget":"9k"}"#, ["agent.create"]),
            (#""{}""#, ["agent.create"]),
        ] {
            #expect(throws: ToolRefusal.self) { try make(keys, grants) }
        }
    }
}
