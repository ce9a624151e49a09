import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// One agent asked alone, and all of them at once, on the real processes.
@Suite(.serialized) struct PromptCommandTests {
    private static let agents = [
        "team/scout.md": "---\nclass: agent\ntitle: Scout\nquiet: true\n---\nYou know deploys.\n"
    ]

    @Test func `an agent is asked in a room of its own, and its words are there before it has ended`() throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        let slow = try node.begin(["prompt", "@sco", "tell me fake:slow=120"])
        #expect(waits(for: 60) { slow.output.contains("word3 ") }, "\(slow.errors)")
        #expect(!slow.hasEnded && !slow.output.contains("word119"))
        let whole = slow.wait()
        #expect(whole.status == 0 && whole.errors == "", "\(whole)")
        let rooms = try JSON.decode([RoomStatus].self, from: Array(try node.egghead("rooms", "--json").output.utf8))
        let room = try #require(rooms.last)
        #expect(room.room.rawValue.hasPrefix("prompt-team-scout-") && room.roster.map(\.agent) == ["team/scout"])
        #expect(whole.output == (try node.history(room.room.rawValue).last?.text ?? "") + "\n")

        try node.kill("coordinator")
        let shell = "echo 'and @index? fake:normal' | \(Built.directory)/egghead prompt scout --home \(node.home)"
        let piped = try Command("/bin/sh", ["-c", shell], scratch: node.scratch).wait()
        #expect(piped.status == 0 && piped.output.hasPrefix("You said: "), "\(piped)")
        let events = try node.history(room.room.rawValue)
        #expect(events.suffix(2).map(\.from).last == "agent:team/scout" && events.count == 4)
        let json = try node.egghead("prompt", "scout", "again fake:normal", "--json").output
        #expect(try JSON.decode(RoomEvent.self, from: Array(json.utf8)) == node.history(room.room.rawValue).last)
    }

    @Test func `a very long answer is printed once, and says where it is cut`() throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        let asked = try node.egghead("prompt", "scout", "tell me all fake:big=900")
        #expect(asked.status == 0 && asked.errors == "", "\(asked.errors)")
        let count = asked.output.split(separator: "begin", omittingEmptySubsequences: false).count - 1
        #expect(count == 1 && asked.output.utf8.count > 65_000, "\(asked.output.suffix(300))")
        #expect(asked.output.hasSuffix("Ask for it in parts, or as a record.)\n"), "\(asked.output.suffix(300))")
    }

    @Test(arguments: [["prompt", "scout", "anything?"], ["chat", "--wait", "@scout anything?"]])
    func `an agent that passes is named on standard error`(command: [String]) throws {
        let node = try TestNode(model: "pass", records: Self.agents)
        try node.start()
        let asked = try node.begin(command).wait()
        #expect(asked.status == 1 && asked.output == "")
        #expect(asked.errors == "egghead: team/scout passes: it has nothing to say to this\n")
    }

    @Test func `a cancelled answer ends, and the agent still knows the room`() throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        let nothing = try node.egghead("cancel", "kitchen")
        #expect(nothing.status == 1 && nothing.errors.contains("there is no such room"), "\(nothing)")
        #expect(try node.egghead("chat", "--wait", "@scout the word is swordfish fake:normal").status == 0)
        let slow = try node.begin(["chat", "--wait", "@scout tell me fake:slow=9000"])
        #expect(
            waits(for: 30) { (try? node.egghead("rooms").output.contains("@team/scout thinking (lobby.2)")) == true })
        let idle = try node.egghead("cancel", "lobby.9")
        #expect(idle.status == 1 && idle.errors.contains("turn lobby.9 neither runs nor waits"), "\(idle)")
        let pid = node.pid(of: "agent:team/scout"), turn: TurnID = "lobby.2"
        #expect(try node.egghead("cancel", turn.rawValue).status == 0)
        let ended = slow.wait(seconds: 20)
        #expect(ended.status == 1 && ended.errors.contains("cancels @team/scout's turn"), "\(ended)")
        let next = try node.egghead("chat", "--wait", "@scout and now? fake:normal")
        #expect(next.status == 0 && next.output.hasPrefix("team/scout: You said: "), "\(next)")
        #expect(node.pid(of: "agent:team/scout") == pid)
    }

    /// What `egghead consult --json` prints.
    private struct Report: Decodable {
        /// One agent's answer.
        struct Answer: Decodable {
            let agent: String, outcome: String, text: String
        }
        let question: String, room: String, record: String
        let answers: [Answer]
    }

    @Test func `every agent is consulted blind, and what they said is a record and no room`() throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        let asked = try node.egghead("consult", "which way? fake:normal", "--json")
        #expect(asked.status == 0, "\(asked)")
        let report = try JSON.decode(Report.self, from: Array(asked.output.utf8))
        #expect(report.question == "which way? fake:normal" && report.room.hasPrefix("consult-2"))
        #expect(report.answers.map(\.agent).sorted() == ["index", "team/scout"])
        #expect(report.answers.allSatisfy { $0.outcome == "answered" && $0.text.hasPrefix("You said: ") })
        let record = try node.egghead("get", report.record).output
        #expect(record.contains("> @jam which way?") && record.contains("agent:team/scout · message"), "\(record)")
        #expect(try node.egghead("rooms").output.contains("consult") == false)
        #expect(try node.egghead("room", "join", report.record).output == report.room + "\n")
        #expect(try node.history(report.room).count == 4)

        let plain = try node.egghead("consult", "again? fake:normal").output.split(separator: "\n")
        #expect(plain.filter { $0.hasPrefix("@") }.sorted() == ["@index:", "@team/scout:"])
        #expect(plain.last?.hasPrefix("transcripts/consult-2") == true, "\(plain)")
    }

    @Test func `a consultation that nobody answers, or not in time, says so`() throws {
        let node = try TestNode()
        try node.start()
        let refused = try node.egghead("consult", "fake:unauthorized", "--json")
        #expect(refused.status == 1 && refused.output.contains("\"outcome\":\"failed\""), "\(refused)")
        let late = try node.egghead("consult", "fake:stall-before", "--timeout", "1")
        #expect(late.status == 75 && late.errors.contains("stays in the room: egghead watch consult-"), "\(late)")
        #expect(try node.egghead("rooms").output.contains("consult-"))
        #expect(try node.egghead("consult", " ").status == 64)
    }

    @Test func `who cannot be asked, or does not answer, is told with a status of its own`() throws {
        let node = try TestNode()
        try node.start()
        let unknown = try node.egghead("prompt", "zebra", "hello")
        #expect(unknown.status == 1 && unknown.errors.contains("no agent is called zebra"), "\(unknown)")
        #expect(try node.egghead("prompt", "index").status == 64)
        let refused = try node.egghead("prompt", "index", "fake:unauthorized")
        #expect(refused.status == 1 && refused.output == "" && !refused.errors.isEmpty, "\(refused)")
        let late = try node.egghead("prompt", "index", "fake:stall-before", "--timeout", "1")
        #expect(late.status == 75 && late.errors.contains("not settled within 1 s"), "\(late)")
    }

    @Test(arguments: [
        ["chat", "hello", "--timeout", "4"], ["prompt", "index", "hello", "--timeout", "4"],
        ["consult", "hello", "--timeout", "4"],
    ])
    func `who waits for a service that does not answer is told so, and what to do next`(words: [String]) throws {
        let node = try TestNode()
        try node.start()
        for (name, message) in [("coordinator", "waiting for coordinator"), ("broker", "waiting for broker")] {
            let pid = try #require(node.pid(of: name))
            Glibc.kill(pid, SIGSTOP)
            let command = try node.begin(words), late = command.wait(seconds: 120)
            Glibc.kill(pid, SIGCONT)
            #expect(late.status == 75 || late.status == 69, "\(late)")
            #expect(command.errors.contains(message) && command.errors.contains("`egghead ps`"), "\(command.errors)")
            #expect(late.errors.hasSuffix("`egghead doctor` looks for the cause\n"), "\(late)")
        }
    }

    @Test(
        arguments: [
            (["rooms"], "coordinator"), (["watch", "--history"], "coordinator"), (["search", "canary"], "store"),
            (["bus", "request", "svc.store.get.user:x", "{}"], "broker"), (["recent"], "broker"),
        ] as [([String], String)])
    func `every command says once what it waits for`(words: [String], service: String) throws {
        let node = try TestNode()
        try node.start()
        let pid = try #require(node.pid(of: service))
        Glibc.kill(pid, SIGSTOP)
        let command = try node.begin(words), late = command.wait(seconds: 120)
        Glibc.kill(pid, SIGCONT)
        #expect(late.status != 0 && late.output == "", "\(late)")
        let lines = command.errors.split(separator: "\n").filter { $0.contains("waiting for") }
        #expect(lines.count == 1 && lines.first?.contains("waiting for \(service), ") == true, "\(late)")
    }
}
