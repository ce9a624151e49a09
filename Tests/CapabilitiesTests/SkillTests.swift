import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// Skills: how they are read, and to whom they are offered.
@Suite struct SkillTests {
    private static func skill(_ fields: [String: JSONValue], text: String = "Do it.") throws -> Skill {
        try Skill(
            fields: ["description": "What for."].merging(fields) { _, own in own }, text: text, name: "by-folder",
            source: .record("skills/x"))
    }

    @Test(
        arguments: [
            ([:], "by-folder", []), (["name": "pdf-forms"], "pdf-forms", []),
            (
                ["allowed-tools": "Read, Grep,Bash(git log:*)  Write"], "by-folder",
                ["Read", "Grep", "Bash(git log:*)", "Write"]
            ),
            (["allowed-tools": .array(["Read", "proc.exec:git"])], "by-folder", ["Read", "proc.exec:git"]),
            (["allowed-tools": "", "license": "MIT", "metadata": .object([:])], "by-folder", []),
        ] as [([String: JSONValue], String, [String])])
    func `a skill is read as the public layout has it`(
        fields: [String: JSONValue], name: String, tools: [String]
    ) throws {
        let skill = try Self.skill(fields)
        #expect(skill.name == name && skill.allowedTools == tools && skill.description == "What for.")
    }

    @Test(
        arguments: [
            (["description": ""], "description is missing"), (["description": .null], "description is missing"),
            (["description": .string(String(repeating: "x", count: 1_025))], "more than 1024 characters"),
            (["name": "Big Name"], "is not small letters"), (["name": "a/b"], "is not small letters"),
            (["name": .string(String(repeating: "a", count: 65))], "is not small letters"),
        ] as [([String: JSONValue], String)])
    func `what is no skill says why`(fields: [String: JSONValue], problem: String) {
        do throws(SkillProblem) {
            _ = try Skill(
                fields: ["description": "x"].merging(fields) { _, own in own }, text: "", name: "n",
                source: .record("x"))
            Issue.record("\(fields) is one")
        } catch {
            #expect(error.reason.contains(problem), "\(error)")
        }
    }

    private static let menu = Tool.records + Tool.files + Tool.processes + Tool.web + [.promptAgent]

    /// What an agent holds, and the tools that a skill names.
    @Test(
        arguments: [
            (["records.read"], [], true), ([], [], false), (["records.search"], [], false),
            (["records.read:skills/*"], [], true), (["records.read:guides/*"], [], false),
            (["records.read"], ["Read"], false),
            (["records.read", "fs.read:/srv"], ["Read", "Grep", "fs_read"], true),
            (["records.read", "fs.read:/srv"], ["Write"], false),
            (["records.read", "fs.read:/srv"], ["fs.read:/srv/app"], true),
            (["records.read", "fs.read:/srv"], ["fs.read:/etc"], false),
            (["records.read", "proc.exec:git"], ["Bash(git:*)"], true),
            (["records.read", "proc.exec:git"], ["Bash"], false),
            (["records.read", "proc.exec:git"], ["Bash(rm:*)"], false),
            (["records.read", "proc.eval:/srv"], ["Bash"], true),
            (["records.read", "net.get:a.org"], ["WebFetch", "web_fetch"], true),
            (["records.read"], ["NoSuchTool"], false),
            (["records.read"], ["mcp__git"], false), (["records.read", "agent.prompt"], ["Task"], true),
        ] as [([String], [String], Bool)])
    func `a skill is offered to those who hold what it needs`(grants: [String], tools: [String], isOffered: Bool) throws
    {
        let skill = try Self.skill(["allowed-tools": .array(tools.map(JSONValue.string))])
        let authority = Authority(capabilities: [Grant](of: grants))
        #expect(skill.isOffered(to: authority, menu: Self.menu) == isOffered)
    }

    @Test func `tools that there are none of are told`() throws {
        let skill = try Self.skill(["allowed-tools": "Read NoSuch Bash(git:*) mcp__x__y fs_read"])
        #expect(skill.unknownTools(menu: Self.menu) == ["NoSuch", "mcp__x__y"])
    }

    @Test func `the menu names what is offered, within bounds`() throws {
        #expect(Tool.loadSkillDefinition([]) == nil)
        let two = [try Self.skill(["name": "a"]), try Self.skill(["name": "b"])]
        #expect(Tool.loadSkillDefinition(two)?.description.hasSuffix("\n- a: What for.\n- b: What for.") == true)
        let many = try (0..<100).map {
            try Self.skill(["name": .string("s\($0)"), "description": .string(String(repeating: "x", count: 1_000))])
        }
        #expect((Tool.loadSkillDefinition(many)?.description.utf8.count ?? 0) < 17_000)
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    /// A text.
    public init(stringLiteral text: String) { self = .string(text) }
}
