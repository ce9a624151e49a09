import Rooms
import Services

@testable import egghead_agent
@testable import egghead_toolbox

// Deaths and delays.
extension TurnWorld {
    /// At how many deaths of its processes a turn is given up.
    private static let deathsMax = 4

    /// `kill -9`; whoever is not the agent is up again at once.
    func kill(_ process: Process) {
        note(.killed(process))
        held.remove(process)
        switch process {
        case .agent: loseAgent(counts: true)
        case .coordinator: loseAgent(counts: false)  // the agents stand behind it in the tree
        case .toolbox: startToolbox()
        case .store: (storeInput, storeDone) = (repeated, [])
        case .broker:
            lines = lines.map { ($0.life, []) }
            toAgent = []
            storeInput += repeated
            for (number, request) in (agent?.open ?? [:]).sorted(by: { $0.key < $1.key }) { sendAgain(number, request) }
        }
    }

    /// Everything dies, and what was not on the disk is lost: also the note that a turn has a further attempt.
    func cutPower(forgetsAttempts: Bool) {
        note(.powerCut)
        disk.removeLast(disk.count - synced)
        for index in turns.indices where forgetsAttempts && turns[index].leasedTo == agent?.core.incarnation {
            turns[index].attempt = max(0, turns[index].attempt - 1)
        }
        loseAgent(counts: false)
        (lines, toAgent, storeInput, storeDone, held) = ([], [], [], [], [])
        (made, void) = ([:], [])  // nothing is under way, so an id may name another call from now on
        startToolbox()
    }

    private func loseAgent(counts: Bool) {
        guard let life = agent?.core.incarnation else { return }
        agent = nil
        for index in turns.indices where turns[index].leasedTo == life && !turns[index].isOver {
            turns[index].deaths += counts ? 1 : 0
            turns[index].losses += 1
            turns[index].isOver =
                turns[index].deaths >= Self.deathsMax || turns[index].losses >= RoomsLimits.lossesPerTurnMax
        }
    }

    private func startToolbox() {
        var ledger = ToolLedger(entries: disk)
        let interrupted = ledger.interrupted()
        for entry in interrupted { ledger.apply(entry) }
        disk += interrupted
        synced = disk.count
        toolbox = ToolboxLife(monitor: ToolMonitor(ledger: ledger))
    }

    /// What the toolbox asks the next store, or over the next broker.
    private var repeated: [(number: Int, question: Question)] {
        toolbox.open.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func sendAgain(_ number: Int, _ request: AgentRequest) {
        guard let life = agent?.core.incarnation, let line = lines.firstIndex(where: { $0.life == life }) else {
            return
        }
        let asker = Asker(life: life, number: number)
        switch request {
        case .callTool(let call): lines[line].messages.append(.call(call, asker))
        case .readCalls(let turn, let attempt):
            lines[line].messages.append(.calls(Toolbox.Calls.Request(turn: turn, attempt: attempt), asker))
        case .readProviders, .readDeliberation, .readHistory, .search, .quote, .readMenu, .finish, .announceHandoff:
            break
        }
    }

    // MARK: The course of things

    /// Lets the next thing happen that needs no patience.
    ///
    /// - Returns: Whether there was one.
    func goOn() -> Bool {
        guard let next = happenings.first(where: { !$0.isPatience }) else { return false }
        happen(next)
        return true
    }

    /// Nobody is held any more and nobody dies: everything goes on until the turns are over and nothing is under way.
    func settle(stepsMax: Int = 5_000) {
        held = []
        for _ in 0..<stepsMax {
            if fault != nil { return }
            if goOn() { continue }
            if isOver { return }
            guard let next = happenings.first else { break }
            happen(next)
        }
        fail("the turns do not end: \(turns)")
    }
}
