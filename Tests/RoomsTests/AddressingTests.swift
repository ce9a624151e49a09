import Services
import Testing

@testable import Rooms

struct AddressingTests {
    @Test(
        arguments: [
            ("@scout hello", ["scout"]),
            ("hello @agents/scout, and @data-keeper.", ["agents/scout", "data-keeper"]),
            ("(@scout) [@keeper]", ["scout", "keeper"]),
            ("mail ann@example.org", []),
            ("an @ alone, and @- and @/x", []),
            ("`@scout` is code, ``so `@scout` too``", []),
            ("```\n@main struct\n``` @keeper", ["keeper"]),
            ("an open ` tick @scout", ["scout"]),
            ("@schön", ["schön"]),
            ("@@scout", ["scout"]), ("> @scout said\n  > @keeper\n@ibis >@wren", ["ibis", "wren"]),
            ("a > @scout", ["scout"]), ("    > @scout", ["scout"]),
        ] as [(String, [String])])
    func `mentions are found where a reader sees them`(text: String, names: [String]) {
        #expect(Mention.scan(text).map(\.name) == names)
    }

    @Test(arguments: [
        ("@scout what is up?", "what is up?"),
        ("@scout, @scout: what is up?", "what is up?"),
        ("hey @scout, what is up?", "hey scout, what is up?"),
        ("@keeper and @scout: compare", "@keeper and scout: compare"),
        ("@scout", "@scout"),
    ])
    func `an agent reads a message without its own mention`(text: String, stripped: String) {
        #expect(Mention.strip(Mention.scan(text).filter { $0.name == "scout" }, from: text) == stripped)
    }

    static let agents = [
        agent("agents/scout", title: "Scout"), agent("archive/keeper", title: "Record Keeper"), agent("index"),
        agent("planner", title: "Planner"), agent("plants", title: "Gardener"), agent("work/scribe", title: "Scribe"),
    ]

    @Test(
        arguments: [
            ("agents/scout", .agent("agents/scout")),
            ("scout", .agent("agents/scout")),
            ("SCOUT", .agent("agents/scout")),
            ("recordkeeper", .agent("archive/keeper")),
            ("Record-Keeper", .agent("archive/keeper")),
            ("gardener", .agent("plants")),
            ("sco", .agent("agents/scout")),
            ("rec", .agent("archive/keeper")),
            ("pla", .ambiguous(["planner", "plants"])),
            ("scuot", .agent("agents/scout")),
            ("indx", .agent("index")),
            ("keepr", .agent("archive/keeper")),
            ("x", .unknown(nearest: ["index", "agents/scout", "archive/keeper"])),
            ("zebra", .unknown(nearest: ["agents/scout", "archive/keeper", "index"])),
        ] as [(String, NameMatch)])
    func `a name means the agent that a person would think of`(name: String, match: NameMatch) {
        #expect(NameMatch.resolve(name, among: Self.agents) == match)
    }

    @Test(arguments: [
        ("How do I water the tomatoes?", "garden"),
        ("what is in the invoice of October?", "money"),
        ("Why did the DEPLOYMENTS fail?", "ops"),
        ("hello everybody", "index"),
        ("a secret", "index"),
    ])
    func `an open message goes to the agent whose words it uses, else to the built-in one`(text: String, first: AgentID)
    {
        var roster = Roster()
        roster.define(
            [
                agent("garden", tags: ["tomato", "tomatoes"], "You know plants and how to water them."),
                agent("index", "You answer from the notes."),
                agent("money", tags: ["invoice", "invoices"], "You know what was paid."),
                agent("ops", title: "Operations", tags: ["deployment"], "You know servers and how they fail."),
                agent("secretary", tags: ["secret"], "You keep secrets.", quiet: true),
            ], at: .zero)
        #expect(roster.firstToAnswer(text) == first)
    }

    @Test func `an agent out of service takes no open message, and without the built-in one the first takes it`() {
        var roster = Roster()
        roster.define([agent("a"), agent("b"), agent("c")], at: .zero)
        roster.change("a", at: .zero) { $0.outOfService = .quarantined }
        #expect(roster.firstToAnswer("hello") == "b")
        roster.define((["a", "b", "index"] as [AgentID]).map { agent($0, title: "Tea", tags: ["tea"]) }, at: .zero)
        #expect(roster.firstToAnswer("tea") == "index", "equals leave it to the built-in one")
        roster.define([], at: .zero)
        #expect(roster.firstToAnswer("hello") == nil)
    }
}

func agent(
    _ id: AgentID, title: String? = nil, tags: [String] = [], _ disposition: String = "", digest: String = "d1",
    quiet: Bool = false
) -> AgentDefinition {
    AgentDefinition(
        id: id, title: title ?? id.rawValue, tags: tags, disposition: disposition, digest: digest, quiet: quiet)
}
