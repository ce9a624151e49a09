import Journal
import SeededRandom
import Services

@testable import Rooms

/// A coordinator beside another one, which settles now and then, and starts from a snapshot after each death. What
/// happens is told to both, and they must decide and answer the same.
struct SettledTwin {
    private(set) var state = RoomsState(defaultRoom: "lobby", turnBudget: SimulatedNode.budget)
    /// What went wrong.
    private(set) var fault: String?
    /// How often what came to pass.
    private(set) var settlings = 0, snapshots = 0, starts = 0, recalls = 0

    private var random: SplitMix64
    /// The settled events of the rooms by their serials.
    private var histories: [Int: [HistoryEntry]] = [:]
    private var snapshot = LedgerSnapshot(ledger: Ledger(defaultRoom: "lobby")).bytes
    /// The commits since the snapshot.
    private var commits: [[JournalEntry]] = []

    init(seed: UInt64) { random = SplitMix64(state: seed) }

    /// Tells the event.
    ///
    /// - Parameters:
    ///   - wanted: What the other one has decided.
    ///   - other: What the other one is since then.
    mutating func handle(
        _ event: RoomsState.Event, at now: Moment, wanted: RoomsState.Step, other: RoomsState
    ) {
        switch event {
        case .saveAsked(let request, _, _): recall(request.room)
        case .dropAsked(let request, _, _): recall(request.room)
        case _: break
        }
        let step = state.handle(event, at: now)
        if step != wanted { fault = fault ?? "\(event): decided \(step) and not \(wanted)" }
        if !step.commit.isEmpty { commits.append(step.commit) }
        if random.chance(1, in: 6), let room = state.ledger.rooms.randomElement(using: &random) { settle(room) }
        if random.chance(1, in: 25) { writeSnapshot() }
        if random.chance(1, in: 10) { compareAnswers(with: other) }
    }

    /// The coordinator dies, and the next one starts.
    mutating func restart(other: RoomsState) {
        starts += 1
        guard let read = LedgerSnapshot(snapshot) else {
            fault = fault ?? "its own snapshot cannot be read"
            return
        }
        var ledger = read.ledger, audit = read.audit
        for room in ledger.rooms {
            histories[room.serial] = Array((histories[room.serial] ?? []).prefix(room.settledCount))
        }
        for commit in commits {
            if !audit.accepts(commit) { fault = fault ?? "a commit after the snapshot is not accepted" }
            for entry in commit { ledger.apply(entry) }
        }
        state = RoomsState(
            ledger: ledger, defaultRoom: "lobby", turnBudget: SimulatedNode.budget, turnTimeout: .seconds(300))
        compareAnswers(with: other)
        var settled = other.ledger
        for room in settled.rooms {
            settled.settle(room.name)
            ledger.settle(room.name)
        }
        if settled != ledger { fault = fault ?? "the snapshot and the rest say \(ledger) and not \(settled)" }
    }

    private mutating func settle(_ room: RoomLedger) {
        settlings += 1
        let known = histories[room.serial]?.count ?? 0
        histories[room.serial, default: []] += room.unsettled.filter { $0.event.number > known }
        state.settle(room.name)
    }

    private mutating func writeSnapshot() {
        snapshots += 1
        for room in state.ledger.rooms { settle(room) }
        snapshot = LedgerSnapshot(position: JournalPosition(segment: snapshots + 1), ledger: state.ledger).bytes
        commits = []
    }

    private mutating func recall(_ room: RoomName) {
        guard let room = state.ledger[room], room.settledCount > 0 else { return }
        recalls += 1
        state.recall(room.name, read(room, 1...room.settledCount))
    }

    private func read(_ room: RoomLedger, _ numbers: ClosedRange<Int>) -> [HistoryEntry] {
        Array((histories[room.serial] ?? [])[(numbers.lowerBound - 1)..<numbers.upperBound])
    }

    private func readTexts(_ room: RoomLedger, _ numbers: ClosedRange<Int>) -> [EventText] {
        read(room, numbers).map { EventText($0.event) }
    }

    /// What people and agents ask.
    private mutating func compareAnswers(with other: RoomsState) {
        for room in other.ledger.rooms {
            let head = room.head, after = random.chance(1, in: 3) ? nil : random.below(head + 3)
            let page = Coordinator.History.Request(room: room.name, after: after, limit: 1 + random.below(40))
            let pages = (state.history(page, readTexts), other.history(page))
            if pages.0 != pages.1 { fault = fault ?? "\(page): \(pages.0) and not \(pages.1)" }
            let settled = Coordinator.Settled.Request(room: room.name, number: random.below(head + 2))
            let answers = (state.settled(settled, read), other.settled(settled))
            if answers.0 != answers.1 { fault = fault ?? "\(settled): \(answers.0) and not \(answers.1)" }
        }
        let rooms = (state.rooms(), other.rooms())
        if rooms.0 != rooms.1 { fault = fault ?? "\(rooms.0) and not \(rooms.1)" }
    }
}
