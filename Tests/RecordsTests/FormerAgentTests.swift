import Services
import Testing

@testable import Records

/// Agents whose files have gone, and copies of those files.
struct FormerAgentTests {
    private var catalogue = Catalogue()

    private mutating func put(_ path: String, _ text: String) {
        catalogue.put(Record(path: path, text: text), stamp: .old)
    }

    private func agents() -> [String] { catalogue.agents.map(\.id.rawValue) }

    @Test(arguments: ["", "id: scout\n", "title: Scout\n"], ["scout (1).md", "scout copy.md", "Copy of scout.md"])
    mutating func `a copy of an agent that has gone does not bring it back, until it says something else`(
        key: String, copy: String
    ) {
        let text = "---\nclass: agent\n\(key)---\nYou are."
        put("team/scout.md", text)
        put("team/\(copy)", text)
        catalogue.remove("team/scout.md")
        #expect(agents() == ["index"])
        #expect(catalogue.problems.map(\.path) == ["team/\(copy)"])
        #expect(catalogue.problems.first?.message.contains("copy of team/scout.md") == true)
        // Nor does one that comes later, or is the renamed original.
        catalogue.remove("team/\(copy)")
        put("team/\(copy)", text)
        #expect(agents() == ["index"])
        put("team/other.md", text)
        #expect(agents().count == 2)
        catalogue.remove("team/other.md")
        put("team/\(copy)", text + " Changed.")
        #expect(agents().count == 2 && catalogue.problems == [])
        put("team/\(copy)", text)
        put("team/scout.md", text)
        #expect(agents().count == 2 && catalogue.agents.last?.id.rawValue.hasSuffix("scout") == true)
    }

    @Test func `of the agents that have gone the oldest are forgotten`() {
        var former = FormerAgents()
        for number in 0...FormerAgents.countMax { former.remember(BuiltInAgent.definition, at: "a\(number).md") }
        former.remember(BuiltInAgent.definition, at: "a1.md")
        former.remember(BuiltInAgent.definition, at: "new.md")
        #expect(former["a0.md"] == nil && former["a2.md"] == nil && former["a1.md"] != nil && former["a3.md"] != nil)
    }
}
