import LinuxSystem
import Services
import Testing

/// Skills in a whole node: of records and of directories in the public layout.
@Suite(.serialized) struct SkillNodeTests {
    /// Ten skills, each in a directory of its own: what their keys say, and whether an agent that reads files is
    /// offered them.
    private static let layout: [(name: String, keys: String, isOffered: Bool)] = [
        ("plain", "description: Plain.", true),
        ("quoted", "description: \"It says: use me.\"\nlicense: MIT", true),
        ("folded", "description: >\n  Two lines\n  of text.\nmetadata:\n  author: ann", true),
        ("reads", "description: Reads.\nallowed-tools: Read, Grep", true),
        ("reads-list", "description: Reads.\nallowed-tools:\n  - Read\n  - Glob", true),
        ("spaced", "description: Reads.\nallowed-tools: Read Grep LS", true),
        ("bounded", "description: Reads logs.\nallowed-tools: fs.read:/var/log", false),
        ("writes", "description: Writes.\nallowed-tools: Read, Write", false),
        ("shell", "description: Runs.\nallowed-tools: Bash(git:*), Bash", false),
        ("odd", "description: Odd.\nallowed-tools: Teleport", false),
    ]

    @Test func `agents are offered what they hold the tools for, and load it when they want it`() throws {
        let scratch = try Scratch(), directory = scratch.newPath("skills")
        for (name, keys, _) in Self.layout {
            try Files.makeDirectories("\(directory)/\(name)")
            let text = "---\nname: \(name)\n\(keys)\n---\n# \(name)\n\nThe way of \(name).\n"
            try Files.replace("\(directory)/\(name)/SKILL.md", with: Array(text.utf8))
        }
        try Files.replace("\(directory)/plain/form.txt", with: Array("a form".utf8))
        try Files.makeDirectories("\(directory)/no-skill")
        try Files.makeDirectories("\(directory)/broken")
        try Files.replace("\(directory)/broken/SKILL.md", with: Array("---\nname: broken\n---\nNo word.\n".utf8))
        let node = try TestNode(
            configuration: "skills: [\(directory)]\n",
            records: [
                "scout.md": "---\nclass: agent\ncapabilities: [records.read, \"fs.read:/srv\"]\n---\nYou are Scout.\n",
                "mute.md": "---\nclass: agent\ncapabilities: [rooms.read]\n---\nYou are Mute.\n",
                "skills/ours.md": "---\nclass: skill\ndescription: Ours.\n---\nThe way of the team.\n",
            ])
        try node.start()
        #expect(waits(for: 30) { (try? node.egghead("skills").output.contains("[[skills/ours]]")) ?? false })
        let offered = try node.egghead("skills", "list", "--agent", "scout").output
        for (name, _, isOffered) in Self.layout {
            #expect(offered.contains("\(name) ") == isOffered, "\(name): \(offered)")
        }
        #expect(offered.contains("ours ") && offered.contains("It says: use me."), "\(offered)")
        #expect(try node.egghead("skills", "list", "--agent", "mute").output == "It is offered no skill.\n")
        let check = try node.egghead("skills", "check")
        #expect(check.status == 1 && check.output.contains("/odd: there is no tool Teleport"), "\(check)")
        #expect(check.output.contains("/broken: description is missing"), "\(check)")
        let calls = ["plain", "ours", "writes", "nothing"].map { "tool: load_skill {\"name\":\"\($0)\"}" }
        let said = try node.egghead(
            "chat", "@scout please fake:tools\n" + calls.joined(separator: "\n"), "--wait", "--timeout", "60"
        ).output
        #expect(said.contains("The way of plain.") && said.contains("form.txt"), "\(said)")
        #expect(said.contains("The way of the team."), "\(said)")
        #expect(!said.contains("The way of writes.") && said.contains("there is no skill writes for you"), "\(said)")
        #expect(said.contains("there is no skill nothing for you; you are offered"), "\(said)")
        let made = try node.egghead("skills", "new", "tidy")
        #expect(made.output.contains("[[skills/tidy]] is made"), "\(made)")
        #expect(waits(for: 30) { (try? node.egghead("skills").output.contains("[[skills/tidy]]")) ?? false })
        let unknown = try node.egghead("skills", "show", "plian")
        #expect(unknown.status == 1 && unknown.errors.contains("did you mean plain?"), "\(unknown)")
    }
}
