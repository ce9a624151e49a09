import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// Tools of MCP servers: who may call them, who is asked, and what people read.
@Suite struct ServerToolTests {
    private static func tool(
        _ name: String = "git_status", digest: String = "0123456789abcdef0123456789abcdef0123", requires: Grant? = nil
    ) -> Tool {
        let served = ServerToolName(server: "git", name: name, digest: digest, requires: requires)
        let parameters: JSONValue = .object(["type": .string("object")])
        return Tool(
            ToolDefinition(name: "mcp__git__\(name)", description: "", parameters: parameters),
            needs: [Tool.Need(requires?.permission ?? .callServers, on: .serverTool(served))], effect: .sideEffect)
    }

    private static func call(_ tool: Tool, _ arguments: String, by authority: Authority) throws -> AuthorizedCall {
        try AuthorizedCall(
            ToolCall(id: "c", name: tool.name, arguments: arguments), of: "scout", authority: authority, menu: [tool])
    }

    @Test(
        arguments: [
            (["fs.read:/srv"], "fs.read:/srv/app", nil), (["fs.read:/srv/app"], "fs.read:/srv/app", nil),
            (["fs.read:/srv/app/logs"], "fs.read:/srv/app", DenialCode.scopeViolation),
            (["mcp.call:git"], "fs.read:/srv", .capabilityAbsent), (["proc.exec:git"], "proc.exec:git", nil),
            (["records.read"], "records.read", nil), (["records.read:a"], "records.read", .scopeViolation),
        ] as [([String], String, DenialCode?)])
    func `what a server requires is held whole`(grants: [String], requires: String, code: DenialCode?) throws {
        let tool = Self.tool(requires: Grant(requires))
        let authority = Authority(capabilities: [Grant](of: grants))
        #expect(Authorization.isOnMenu(tool, authority: authority) == (code == nil))
        do {
            _ = try Self.call(tool, "{}", by: authority)
            #expect(code == nil)
        } catch let refusal as ToolRefusal {
            #expect(refusal.outcome.denial == code, "\(refusal)")
        }
    }

    @Test func `people are asked about every tool of a server, whatever it requires`() throws {
        let asking = AskingRules(permissions: [.callServers])
        let requires = Grant("fs.read:/srv")
        for (tool, grants) in [(Self.tool(), ["mcp.call:git"]), (Self.tool(requires: requires), ["fs.read:/srv"])] {
            let authority = Authority(capabilities: [Grant](of: grants), asking: asking)
            let call = try Self.call(tool, "{}", by: authority)
            #expect(call.requests.contains(where: authority.asks), "\(grants)")
        }
    }

    @Test func `people read all that a server would be given, and by which checksum the tool is known`() throws {
        let authority = Authority(capabilities: [Grant](of: ["mcp.call:git"]))
        let arguments = #"""
            {"path":"/etc/passwd","command":["rm"],"text":"one\ntwo","unknown":{"a":[1]},"limit":null,"value":"5","n":5}
            """#
        let text = RequestText(try Self.call(Self.tool(), arguments, by: authority))
        #expect(
            text.summary
                == "call mcp__git__git_status of the MCP server git, as it is by its checksum "
                + "0123456789abcdef0123456789abcdef")
        #expect(
            text.details == [
                #"command: ["rm"]"#, "limit: null", "n: 5", #"path: "/etc/passwd""#, "text:", "+ one", "+ two",
                #"unknown: {"a":[1]}"#, #"value: "5""#,
            ])
    }

    @Test func `a yes for always is for the tool as it is`() throws {
        let authority = Authority(
            capabilities: [Grant](of: ["mcp.call:git"]), asking: AskingRules(permissions: [.callServers]))
        let request = try #require(try Self.call(Self.tool(), "{}", by: authority).requests.first)
        let grant = try #require(Grant(narrowestFor: request, by: authority))
        #expect(
            grant.scope == [.servers: ["git"], .tools: ["git_status@0123456789abcdef0123456789abcdef"]]
                && grant.asks == false)
        let after = Authority(
            capabilities: [Grant](of: ["mcp.call:git"]) + [grant], asking: AskingRules(permissions: [.callServers]))
        func asks(_ tool: Tool) throws -> Bool {
            try Self.call(tool, "{}", by: after).requests.contains(where: after.asks)
        }
        #expect(try !asks(Self.tool()))
        #expect(try asks(Self.tool(digest: "fedcba9876543210fedcba9876543210")) && asks(Self.tool("git_log")))
        #expect(
            try asks(
                Self.tool("git_status@0123456789abcdef0123456789abcdef", digest: "fedcba9876543210fedcba9876543210")))
    }
}
