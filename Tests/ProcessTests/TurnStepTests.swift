import Glibc
import JSON
import Journal
import LinuxSystem
import Rooms
import Services
import Testing

/// `kill -9` at every step of a turn, on real processes. A halt (SIGSTOP) holds a process at the step that is meant.
@Suite(.serialized) struct TurnStepTests {
    /// A node with an agent, and somebody who watches its room from the beginning.
    private final class Stage {
        let node: TestNode
        let watcher: Command
        private(set) var sent: [String] = []
        private var asking: [Command] = []

        init(model: String = "normal") throws {
            node = try TestNode(
                model: model, records: ["scout.md": "---\nclass: agent\nquiet: true\n---\n# Scout\n\nYou are Scout.\n"])
            try node.start()
            watcher = try node.begin(["watch", "lobby", "--json"])
            try say("@scout hello")
            try answered()
        }

        /// Begins to say something; `answered` looks for what came of it.
        func say(_ text: String) throws {
            sent.append("\(text) [\(sent.count)]")
            asking.append(try node.begin(["chat", sent[sent.count - 1], "--wait", "--timeout", "90"]))
        }

        func halt(_ name: String) throws -> pid_t {
            let pid = try #require(node.pid(of: name))
            Glibc.kill(pid, SIGSTOP)
            return pid
        }

        func kill(_ pids: pid_t...) { for pid in pids { Glibc.kill(pid, SIGKILL) } }

        /// Everybody who asked has an answer.
        func answered(exit status: Int32 = 0) throws {
            for command in asking {
                let result = command.wait(seconds: 120)
                #expect(result.status == status, "\(result.output)\(result.errors)")
            }
            asking = []
        }

        /// What must hold whoever died: each message once, one outcome for each, the same for who watched and who reads
        /// later, and everybody idle.
        func settle(outcomes: Int? = nil) throws {
            try #require(waits(for: 60) { node.isReady }, "\(node.children)")
            let history = try node.history()
            let own = history.filter { $0.type == .message && $0.from.isPerson }.map(\.text)
            #expect(own.sorted() == sent.sorted())
            #expect(history.map(\.number) == Array(1...history.count))
            let ended = history.filter { $0.turn != nil && $0.type != .action }.compactMap(\.turn)
            #expect(Set(ended).count == ended.count, "a turn ended twice: \(ended)")
            #expect(ended.count == outcomes ?? sent.count)
            #expect(waits(for: 20) { (try? watched().count) ?? 0 >= history.count }, "\(watcher.output)")
            #expect(try watched() == history)
            #expect(
                waits(for: 20) {
                    node.children.filter { $0.name.hasPrefix("agent:") }.allSatisfy {
                        $0.status?.hasPrefix("idle") == true
                    }
                },
                "\(node.children.map { "\($0.name) \($0.status ?? "-")" }) \(node.daemon?.errors.suffix(4000) ?? "")")
        }

        private func watched() throws -> [RoomEvent] {
            try watcher.output.split(separator: "\n").map { try JSON.decode(RoomEvent.self, from: Array($0.utf8)) }
        }
    }

    @Test(arguments: ["coordinator", "broker"])
    func `before the acknowledgement`(victim: String) throws {
        let stage = try Stage()
        let pid = try stage.halt(victim)
        try stage.say("@scout are you there?")
        usleep(200_000)  // the message is on its way, and lies with whoever is halted
        stage.kill(pid)
        try stage.answered()
        try stage.settle()
    }

    @Test(arguments: ["coordinator", "broker", "agent:scout"])
    func `after the acknowledgement, before the agent accepts`(victim: String) throws {
        let stage = try Stage()
        let agent = try stage.halt("agent:scout")
        try stage.say("@scout are you there?")
        try #require(waits(for: 20) { try stage.node.history().last?.text.contains("are you there?") == true })
        let pid = try #require(stage.node.pid(of: victim))
        stage.kill(pid)
        Glibc.kill(agent, SIGCONT)
        try stage.answered()
        try stage.settle()
    }

    @Test(arguments: ["coordinator", "broker", "agent:scout", "broker agent:scout", "coordinator agent:scout", "llm"])
    func `after the agent has accepted`(victims: String) throws {
        let stage = try Stage()
        try stage.say("@scout tell me slowly fake:slow=30")
        try #require(waits(for: 20) { stage.node.provider?.requests.last?.contains("fake:slow") == true })
        let pids = try victims.split(separator: " ").map { try #require(stage.node.pid(of: String($0))) }
        for pid in pids { stage.kill(pid) }
        try stage.answered()
        try stage.settle()
    }

    /// The agents stand behind the coordinator in the tree, and the gateway ends the calls of a process that has gone.
    @Test func `of the coordinator in the middle of an answer, which is then asked for once more`() throws {
        let stage = try Stage()
        let agent = try #require(stage.node.pid(of: "agent:scout"))
        try stage.say("@scout tell me slowly fake:slow=30")
        try #require(waits(for: 20) { stage.node.provider?.requests.last?.contains("fake:slow") == true })
        stage.kill(try #require(stage.node.pid(of: "coordinator")))
        try stage.answered()
        #expect(stage.node.provider?.requests.count { $0.contains("fake:slow=30") } == 2)
        #expect(stage.node.pid(of: "agent:scout") != agent)
        #expect(try stage.node.history().allSatisfy { $0.type == .message }, "it counts as nobody's death")
        try stage.settle()
    }

    /// Why turns were interrupted, as the journal says it.
    private func interruptions(_ stage: Stage) throws -> [LostLease.Reason] {
        let journal = try Files.read(stage.node.home + "/state/rooms/journal", limit: 1 << 26)
        return Journal.read(journal, as: JournalEntry.self).entries.compactMap { entry in
            if case .lost(let loss) = entry { loss.reason } else { nil }
        }
    }

    @Test func `of the gateway, which counts, while a stop of the node or of the coordinator does not`() throws {
        let stage = try Stage()
        try stage.say("@scout tell me slowly fake:slow=30")
        func isAsked(times: Int) -> Bool {
            waits(for: 60) { stage.node.provider?.requests.count { $0.contains("fake:slow=30") } ?? 0 >= times }
        }
        try #require(isAsked(times: 1))
        stage.kill(try #require(stage.node.pid(of: "llm")))
        try #require(isAsked(times: 2))
        let afterDeath = try interruptions(stage)
        #expect(afterDeath == [.gatewayDied] || afterDeath == [.unseen], "\(afterDeath)")
        #expect(try stage.node.egghead("restart", "coordinator").status == 0)
        try stage.answered()
        try stage.say("@scout tell me slowly fake:slow=31")
        try #require(
            waits(for: 20) { stage.node.provider?.requests.last?.contains("fake:slow=31") == true })
        stage.node.stop()
        let afterStop = try interruptions(stage)
        try stage.node.start()
        try stage.answered()
        let all = try interruptions(stage)
        #expect(all.dropFirst(afterDeath.count).allSatisfy { $0 == .stopped }, "\(afterStop), then \(all)")
        #expect(all.count > afterDeath.count, "the turn was interrupted by the stop")
        try stage.settle()
    }

    @Test func `twice in the same turn, which then ends with a notice`() throws {
        let stage = try Stage()
        try stage.say("@scout tell me slowly fake:slow=60")
        for requests in 1...2 {
            try #require(
                waits(for: 30) {
                    stage.node.provider?.requests.count { $0.contains("fake:slow=60") } ?? 0 >= requests
                        && stage.node.pid(of: "agent:scout") != nil
                })
            stage.kill(try #require(stage.node.pid(of: "agent:scout")))
        }
        try stage.answered(exit: 1)
        let notice = try stage.node.history().last { $0.type == .notice }?.text
        #expect(notice?.contains("died twice") == true)
        #expect(notice?.hasSuffix("See: egghead logs agent:scout") == true, "the toolbox says that nothing was called")
        try stage.settle()
    }

    /// The journal grows with the commit; who watches hears of it after that, from the coordinator or its successor.
    @Test func `between a commit and its broadcast`() throws {
        let stage = try Stage()
        let journal = "\(stage.node.home)/state/rooms/journal"
        for number in 0..<3 {
            let coordinator = try #require(stage.node.pid(of: "coordinator"))
            let before = try Files.status(journal).size
            try stage.say("@scout commit \(number)")
            while try Files.status(journal).size == before { usleep(50) }
            stage.kill(coordinator)
            try stage.answered()
            try #require(waits(for: 60) { stage.node.isReady })
        }
        try stage.settle()
    }

    @Test func `of the coordinator with turns out in many rooms`() throws {
        let stage = try Stage()
        let rooms = (0..<8).map { "room\($0)" }
        let asking = try rooms.map {
            try stage.node.begin(["chat", "-r", $0, "@scout slowly fake:slow=40", "--wait", "--timeout", "90"])
        }
        try #require(
            waits(for: 30) { stage.node.provider?.requests.count { $0.contains("fake:slow=40") } ?? 0 == rooms.count })
        stage.kill(try #require(stage.node.pid(of: "coordinator")))
        for command in asking { #expect(command.wait(seconds: 120).status == 0) }
        for room in rooms {
            let history = try stage.node.history(room)
            #expect(history.filter { $0.type == .message }.map(\.from).last == "agent:scout", "\(room)")
            #expect(history.count { $0.type == .message } == 2, "\(room)")
        }
        try stage.settle()
    }

    @Test(arguments: ["agent:scout", "store", "coordinator"])
    func `during a hot reload`(victim: String) throws {
        let stage = try Stage()
        try stage.say("@scout tell me slowly fake:slow=40")
        try #require(waits(for: 20) { stage.node.provider?.requests.last?.contains("fake:slow") == true })
        try stage.node.write(
            record: "scout.md", "---\nclass: agent\nquiet: true\n---\n# Scout\n\nYou are the new Scout.\n")
        try stage.say("@scout and who are you now?")
        stage.kill(try #require(stage.node.pid(of: victim)))
        try stage.answered()
        let prompt = try #require(stage.node.provider?.requests.last { $0.contains("who are you now?") })
        #expect(prompt.contains("You are the new Scout."))
        try stage.settle()
    }
}
