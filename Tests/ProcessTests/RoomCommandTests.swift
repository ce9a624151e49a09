import Services
import Testing

/// The commands by which a person keeps a room in order, on the real processes.
@Suite(.serialized) struct RoomCommandTests {
    private static let agents = [
        "agents/scout.md": "---\nclass: agent\nid: scout\ntags: [deploys]\n---\nYou know deploys.\n",
        "agents/writer.md": "---\nclass: agent\nid: writer\n---\nYou write.\n",
    ]

    private func room(_ node: TestNode, _ arguments: String...) throws -> Command.Result {
        try node.begin(["room"] + arguments).wait()
    }

    /// Who spoke in the lobby, in order.
    private func speakers(_ node: TestNode) throws -> [Principal] {
        try node.history().filter { $0.type == .message && $0.from.agent != nil }.map(\.from)
    }

    @Test func `all words are the message, and a room that is new is named`() throws {
        let node = try TestNode(
            model: nil, configuration: "providers: {dead: {url: 'http://127.0.0.1:9/v1', model: m, key: none}}")
        try node.start()
        let plain = try node.egghead("chat", "hello", "there,", "@nobody")
        #expect(plain.status == 0 && plain.errors.isEmpty, "\(plain.errors)")
        #expect(try node.history().first?.text == "hello there, @nobody")
        let first = try node.egghead("chat", "-r", "attic", "is", "anybody", "here")
        #expect(first.status == 0 && first.errors == "egghead: attic is a new room\n", "\(first.errors)")
        #expect(try node.history("attic").first?.text == "is anybody here")
        let next = try node.egghead("chat", "--room", "attic", "hello")
        #expect(next.status == 0 && next.errors.isEmpty, "\(next.errors)")
        #expect(try node.egghead("chat", "-r", "no room", "hello").status == 64)
    }

    @Test func `an agent is made, shown and retired by command`() throws {
        let node = try TestNode()
        try node.start()
        func agents(_ arguments: String...) throws -> Command.Result { try node.begin(["agents"] + arguments).wait() }
        let made = try agents("new", "team/scout", "--title", "Scout", "--tag", "deploys")
        #expect(made == Command.Result(status: 0, output: "@team/scout\n", errors: ""))
        #expect(waits(for: 60) { node.children.contains { $0.name == "agent:team/scout" && $0.state == .ready } })
        let use = "normal of fake, 0 tokens today"
        #expect(
            try node.egghead("agents").output
                == "@index  Index  (notes, records, search, archive)  \(use)\n@team/scout  Scout  (deploys)  \(use)\n")
        let shown = try agents("show", "team/scout").output
        #expect(shown.hasPrefix("title: Scout\ntags: deploys\nuse: \(use)\nstate: ready, "), "\(shown)")
        #expect(try agents("new", "team/scout").status == 1)
        #expect(try agents("show", "zebra").errors == "egghead: there is no agent zebra; egghead agents lists them\n")
        #expect(try agents("retire", "team/scout").status == 0)
        #expect(waits(for: 60) { !node.children.contains { $0.name == "agent:team/scout" } })
        #expect(try agents("list", "--json").output.contains("\"team/scout\"") == false)
    }

    @Test(arguments: [["kick", "attic", "scout"], ["drop", "attic"]])
    func `who waits for an answer that another person ends is told so`(order: [String]) throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        let asked = try node.begin(["chat", "-r", "attic", "--wait", "@scout tell me fake:slow=9000"])
        #expect(waits(for: 60) { (try? node.egghead("rooms").output.contains("@scout thinking")) == true })
        #expect(try node.begin(["room"] + order).wait().status == 0)
        let ended = asked.wait(seconds: 30)
        #expect(ended.status == 1 && ended.errors.hasPrefix("egghead: "), "\(ended)")
        let reason = order[0] == "kick" ? "sends @scout away" : "scout stops: the room is being closed"
        #expect(ended.errors.contains(reason), "\(ended)")
    }

    @Test func `everyone is asked, who was sent away is not, and a new coordinator knows`() throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        #expect(waits(for: 60) { node.children.count { $0.name.hasPrefix("agent:") } == 3 && node.isReady })
        #expect(try node.egghead("chat", "--wait", "@everyone, hello fake:normal").status == 0)
        #expect(try Set(speakers(node)) == ["agent:index", "agent:scout", "agent:writer"])

        #expect(try room(node, "kick", "lobby", "@writer").status == 0)
        #expect(try room(node, "mute", "lobby", "scout").status == 0)
        #expect(try room(node, "kick", "lobby", "zebra").errors.contains("no agent is called zebra"))
        try node.kill("coordinator")
        let rooms = try node.egghead("rooms").output
        #expect(rooms.hasPrefix("lobby  ") && rooms.contains("@scout muted") && !rooms.contains("writer"), "\(rooms)")
        let before = try speakers(node).count
        #expect(try node.egghead("chat", "--wait", "how do deploys go? fake:normal").status == 0)
        #expect(try node.egghead("chat", "--wait", "@everyone again fake:normal").status == 0)
        #expect(try speakers(node).dropFirst(before) == ["agent:index", "agent:index", "agent:scout"])

        #expect(try room(node, "invite", "lobby", "writer").status == 0)
        #expect(try room(node, "unmute", "lobby", "scout").status == 0)
        #expect(try room(node, "continue", "lobby").status == 0)
        #expect(try node.egghead("chat", "--wait", "how do deploys go? fake:normal").status == 0)
        #expect(try speakers(node).last == "agent:scout")
        #expect(try room(node, "kick", "attic", "scout").status == 1)
        let all = try speakers(node).count
        #expect(try node.egghead("chat", "--wait", "@jam ideas? fake:normal").status == 0)
        #expect(try speakers(node).dropFirst(all).sorted() == ["agent:index", "agent:scout", "agent:writer"])
        let actions = try node.history().filter { $0.type == .action }.map(\.text)
        #expect(
            actions == [
                "sends @writer away", "mutes @scout", "invites @writer", "unmutes @scout", "lets the agents go on",
            ])
    }
}
