import FoundationEssentials
import Journal
import Services
import Testing

@testable import Rooms

/// `SIM_SEED=n` replays one seed, `SIM_FRESH=n` plays as many seeds that nobody has seen before; else it is one.
struct SimulationTests {
    /// Seeds that once failed stay here.
    static let seeds: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SIM_SEED"].flatMap(UInt64.init) { return [seed] }
        let count = environment["SIM_FRESH"].flatMap(Int.init) ?? 1
        return Array(1...60) + (0..<count).map { _ in .random(in: 0 ... .max) }
    }()

    @Test(arguments: seeds)
    func `whatever dies and whenever, nothing acknowledged is lost, no turn is lost or ends twice, and all ends idle`(
        seed: UInt64
    ) {
        var node = SimulatedNode(seed: seed)
        for step in 0..<600 {
            Self.disturb(&node)
            if let fault = node.fault ?? tangled(node) { return report(fault, seed, step, node) }
            // What is lost stays lost, so a look now and then finds it; each costs more than many steps.
            if step.isMultiple(of: 20), let fault = broken(node) { return report(fault, seed, step, node) }
        }
        guard settle(&node) else { return report("it does not come to rest", seed, 600, node) }
        if let fault = broken(node) ?? unfinished(node) { report(fault, seed, 600, node) }
    }

    @Test func `the simulation reaches rooms that end and come back`() {
        var dropped = 0, joined = 0
        for seed in Self.seeds.prefix(20) {
            var node = SimulatedNode(seed: seed)
            for _ in 0..<600 { Self.disturb(&node) }
            dropped += node.gone.count
            joined += node.joined
        }
        #expect(dropped > 10 && joined > 2, "\(dropped) dropped, \(joined) joined")
    }

    private func report(_ fault: String, _ seed: UInt64, _ step: Int, _ node: SimulatedNode) {
        Issue.record("SIM_SEED=\(seed) step \(step): \(fault)\n\(node.trace.suffix(20).joined(separator: "\n"))")
    }

    /// One random thing.
    static func disturb(_ node: inout SimulatedNode) {
        let agent = SimulatedNode.agents[node.random.below(3)].id
        switch node.random.below(31) {
        case 0: node.post()
        case 1: node.repeatPosts(mayDie: true)
        case 2: node.start(agent)
        case 3: if node.random.chance(1, in: 4) { node.kill(agent) }
        case 4: if node.random.chance(1, in: 6) { node.killCoordinator() }
        case 5: if node.random.chance(1, in: 6) { node.step(.connected) }
        case 6: node.hello(agent)
        case 7: if node.random.chance(1, in: 4) { node.handOff(agent) }
        case 8: if node.processes[agent]?.isHandingOff == true { node.kill(agent, code: 80) }
        case 9: node.wake()
        case 10, 11: node.finish(agent, mentions: true)
        case 12, 13: node.repeatEnds(agent, mayDie: true)
        case 14: node.manage(agent)
        case 15:
            if node.random.chance(1, in: 6) {
                node.step(.handoffAsked(.init(agent: agent.rawValue), caller: "user:ann", asker: 0), mayDie: true)
            }
        case 16, 17: node.progress(agent)
        case 18: if node.random.chance(1, in: 3) { node.save() }
        case 19: node.repeatSaves(mayDie: true)
        case 20: if node.random.chance(1, in: 4) { node.drop() }
        case 21, 22: node.join()
        case 23: if node.random.chance(1, in: 8) { node.killGateway() }
        case 24: if node.random.chance(1, in: 12) { node.stopCoordinator() }
        default: node.deliver(isSlow: node.random.chance(1, in: 6), mayDie: true)
        }
    }

    /// No more disturbance: everybody does their work, and a person speaks whenever a budget is used up.
    private func settle(_ node: inout SimulatedNode) -> Bool {
        for round in 0..<400 {
            for agent in SimulatedNode.agents.map(\.id) {
                if node.processes[agent]?.isHandingOff == true { node.kill(agent, code: 80) }
                node.start(agent)
                while node.processes[agent]?.work.isEmpty == false { node.finish(agent, mentions: false) }
                node.repeatEnds(agent, mayDie: false)
            }
            if round.isMultiple(of: 20) {
                for room in SimulatedNode.rooms {
                    node.openPosts.append(
                        .init(request: "s\(round)\(room)", room: room, text: "@nobody, round \(round)"))
                }
            }
            node.repeatPosts(mayDie: false)
            node.repeatSaves(mayDie: false)
            while !node.letters.isEmpty { node.deliver(isSlow: false, mayDie: false) }
            let isIdle =
                node.state.ledger.rooms.allSatisfy(\.openTurns.isEmpty) && node.openPosts.isEmpty
                && node.openSaves.isEmpty && node.openDrops.isEmpty && node.openJoins.isEmpty
            if isIdle, node.processes.values.allSatisfy({ $0.work.isEmpty && $0.ends.isEmpty }) { return true }
            node.wake()
        }
        return false
    }

    /// What must hold at every moment: one turn runs in a room at a time, or those of one jam; and no process
    /// gets one that was interrupted too often.
    private func tangled(_ node: SimulatedNode) -> String? {
        for room in node.state.ledger.rooms {
            let over = room.openTurns.first { $0.losses.isExhausted && node.state.floors[$0.id]?.incarnation != nil }
            if let over { return "\(over) is given to a process" }
            let running = node.processes.values.flatMap(\.work)
                .filter { work in room.openTurns.contains { $0.id == work.turn && $0.attempt == work.attempt } }
            let isJam = running.allSatisfy(\.isBlind) && Set(running.map(\.number)).count == 1
            if running.count > 1 && !isJam { return "\(running.map(\.turn)) run at once in \(room.name)" }
        }
        return nil
    }

    /// What must hold for ever: what was acknowledged is there, once, and no budget was overdrawn.
    private func broken(_ node: SimulatedNode) -> String? {
        for message in node.acknowledged {
            let numbers = node.lives(of: message.reply.room).map { events in
                events.filter { $0.text == message.text }.map(\.number)
            }
            guard numbers.contains([message.reply.number]), numbers.allSatisfy({ $0.count <= 1 }) else {
                return "acknowledged \(message) is not there once: \(numbers)"
            }
        }
        for room in node.state.ledger.rooms {
            var inARow = 0
            for event in room.events where event.type == .message || event.text == "lets the agents go on" {
                let isAgents = event.from.agent != nil
                inARow = isAgents ? inARow + 1 : 0
                // What a person has asked for is done all the same.
                let cause = room.cause(of: event.number).flatMap { room.event($0) }
                if cause?.from.agent != nil, inARow > SimulatedNode.budget {
                    return "\(inARow) agent messages in a row in \(room.name)"
                }
            }
        }
        return nil
    }

    /// What must hold at the end.
    private func unfinished(_ node: SimulatedNode) -> String? {
        let entries = Journal.read(node.disk, as: JournalEntry.self).entries
        guard Ledger(defaultRoom: "lobby", entries: entries) == node.state.ledger else {
            return "the journal does not add up to the state"
        }
        let queued = entries.compactMap { if case .queued(let turn) = $0 { turn.turn } else { nil } }
        let ended = entries.compactMap { if case .ended(let end) = $0 { end.turn } else { nil } }
        guard Set(queued).count == queued.count, queued.sorted() == ended.sorted() else {
            return "turns queued and ended differ: \(queued) \(ended)"
        }
        for end in node.acknowledgedEnds where end.outcome == .answered {
            let times = node.lives(of: end.turn.room).map { events in
                events.count { $0.text == end.text && $0.turn == end.turn }
            }
            if !times.contains(1) || times.contains(where: { $0 > 1 }) {
                return "the acknowledged end \(end) is there \(times) times"
            }
        }
        return nil
    }
}
