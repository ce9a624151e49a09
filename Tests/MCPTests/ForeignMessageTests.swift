import JSON
import MCP
import Mutations
import SeededRandom
import Services
import Testing
import Time

/// Sessions with a server that writes what a real one has written, changed in a few places, in any order, while people
/// and agents want things and time passes.
@Suite struct `Foreign messages` {
    /// What each real server has said.
    private static func spoken() throws -> [JSONValue] {
        try `Exchanges with real servers`.Exchange.allCases.flatMap { exchange in
            try exchange.lines().filter { $0.hasPrefix("<") }.compactMap { line in
                try? JSON.decode(JSONValue.self, from: Array(line.dropFirst(2).utf8))
            }
        }
    }

    @Test func `no message ends the client, and every call and question ends once`() throws {
        let spoken = try Self.spoken()
        var met: Set<String> = []
        for seed: UInt64 in 1...60 {
            var world = ForeignWorld(seed: seed, spoken: spoken)
            for step in 0..<400 where world.faults.isEmpty {
                world.step()
                #expect(world.faults == [], "SIM_SEED=\(seed) step \(step)")
            }
            world.end()
            #expect(world.faults == [], "SIM_SEED=\(seed)")
            met.formUnion(world.met)
        }
        // Or the seeds would prove little.
        #expect(
            met == [
                "send", "closeStream", "setTimer", "restart", "remember", "ready", "toolsChanged", "progress",
                "finished",
                "ask", "answerRefused", "withdraw", "note", "failed",
            ])
    }
}

/// A session and what it owes to the ones round it.
private struct ForeignWorld {
    private var mutator: JSONMutator
    private let spoken: [JSONValue]
    private var session: MCPSession
    private var now = Instant.zero
    private var openCalls: Set<String> = []
    private var openQuestions: Set<Int> = []
    private var callCount = 0
    private var isOver = true
    private var menu: [MCPTool] = []
    /// The ids of requests that the server has not answered, which it mostly answers.
    private var asked: [Int] = []
    private(set) var faults: [String] = []
    /// The actions that there were, by their names.
    private(set) var met: Set<String> = []

    init(seed: UInt64, spoken: [JSONValue]) {
        mutator = JSONMutator(seed: seed)
        self.spoken = spoken
        let generation: MCPGeneration? = [nil, .legacy, .modern][Int(seed % 3)]
        session = MCPSession(
            .init(server: "s", isHTTP: seed.isMultiple(of: 5), generation: generation, asksPeople: seed % 7 != 0))
    }

    mutating func step() {
        if isOver {
            isOver = false
            return handle(.started)
        }
        switch mutator.random.below(24) {
        case 0: callAgain()
        case 1: if let id = openCalls.sorted().first { handle(.cancel(call: id)) }
        case 2: if let id = openQuestions.sorted().last { answer(id) }
        case 3:
            now = now + .milliseconds(mutator.random.below(8_000))
            handle(.timer)
        case 4: handle(.requestFailed(id: mutator.random.below(30), .lost("x\ny")))
        case 5 where mutator.random.chance(1, in: 8): handle(.exited("signal 9\n"))
        case 6 where mutator.random.chance(1, in: 20): handle(.stop)
        case 7: handle(.bytes((0..<mutator.random.below(60)).map { _ in UInt8(mutator.random.below(256)) }))
        default: speak()
        }
    }

    mutating func end() {
        handle(.stop)
        if !openCalls.isEmpty { faults.append("calls without an end: \(openCalls)") }
        if !openQuestions.isEmpty { faults.append("questions without an end: \(openQuestions)") }
    }

    private mutating func callAgain() {
        callCount += 1
        let tools = menu.map(\.menuName) + ["mcp__s__none"], id = "c\(callCount)"
        openCalls.insert(id)
        let deadline = now + .seconds(mutator.random.below(60))
        handle(
            .call(
                MCPCall(
                    id: id, tool: tools[mutator.random.below(tools.count)], arguments: ["a": .integer(1)],
                    deadline: deadline)))
    }

    private mutating func answer(_ id: Int) {
        let answers: [ElicitationAnswer] = [
            .accept(["name": .string("Ann"), "age": .integer(3)]), .accept([:]), .decline, .cancel,
        ]
        let answer = answers[mutator.random.below(answers.count)]
        handle(.answer(elicitation: id, answer), answering: id)
    }

    private mutating func speak() {
        var message = spoken[mutator.random.below(spoken.count)]
        // Most answers are to something that was asked, or nothing would ever begin.
        if case .object(var members) = message, members["method"] == nil, let id = asked.last,
            mutator.random.chance(7, in: 8)
        {
            members["id"] = .integer(id)
            message = .object(members)
        }
        if mutator.random.chance(1, in: 2) { message = mutator.mutated(message) }
        let line = JSON.encode(message) + [UInt8(ascii: "\n")]
        let cut = mutator.random.below(line.count)
        handle(.bytes(Array(line[..<cut])))
        handle(.bytes(Array(line[cut...])))
    }

    private mutating func handle(_ event: MCPSession.Event, answering question: Int? = nil) {
        var isAnswered = question != nil
        for action in session.handle(event, at: now) {
            met.insert(String("\(action)".prefix { $0.isLetter }))
            switch action {
            case .send(let message):
                if message.json.contains(UInt8(ascii: "\n")) { faults.append("a message on two lines") }
                if message.json.count > 1 << 20 { faults.append("a message of \(message.json.count) bytes") }
                if case .request(let id, _, _) = message.kind { asked.append(id) }
            case .ready(_, let tools), .toolsChanged(let tools): take(tools)
            case .finished(let call, let outcome):
                if openCalls.remove(call) == nil { faults.append("\(call) has ended twice") }
                if outcome.text.isEmpty { faults.append("an outcome without words") }
            case .ask(let question): openQuestions.insert(question.id)
            case .answerRefused: isAnswered = false
            case .withdraw(let id): openQuestions.remove(id)
            case .note(let note): check(note.text)
            case .failed(let reason):
                check(reason)
                isOver = true
            case .restart: isOver = true
            case .setTimer, .remember, .progress, .closeStream: break
            }
        }
        if isAnswered, let question { openQuestions.remove(question) }
        if case .stop = event { isOver = true }
    }

    private mutating func take(_ tools: [MCPTool]) {
        menu = tools
        if Set(tools.map(\.menuName)).count != tools.count { faults.append("two tools of one name") }
        if tools.contains(where: { $0.menuName.utf8.count > 64 }) { faults.append("a name that is too long") }
    }

    private mutating func check(_ line: String) {
        if line.contains(where: \.isNewline) { faults.append("two lines: \(line)") }
    }
}
