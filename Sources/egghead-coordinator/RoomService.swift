import Bus
import BusClient
import Journal
import LinuxSystem
import Rooms
import Runtime
import Services

/// The shell round `RoomsState`: hands it what happens, and does what it decides.
///
/// The steps of one turn of the loop are one batch: one write and one fdatasync for all their commits, then their
/// answers, then their effects. So fifty rooms that post at once wait for the disk once.
final class RoomService {
    let process: ChildProcess
    let client: BusClient
    private let journal: JournalFile<JournalEntry>
    private(set) var state: RoomsState

    /// The lines of this batch, and whether anybody must wait for the disk because of them.
    private var lines: [UInt8] = []
    private var waitsForDisk = false
    /// What follows when the lines are written, each in its order.
    private var replies: [() -> Void] = [], effects: [RoomsState.Effect] = []
    private var answerers: [RoomsState.Asker: (RoomsState.Answer) -> Void] = [:]
    private var lastAsker = 0
    private var timer: Timer?
    /// Whether the state has changed since the timer was set: its next deadline may be another one now.
    private var hasStepped = false
    private var hasFailed = false
    /// Which of the store's versions of the agents the state has.
    var agentsVersion: String?
    /// What this batch says in the log, after everything else.
    private var logged: [JournalEntry] = []

    /// A service that has read its journal and said nothing yet.
    init(process: ChildProcess, journal: JournalFile<JournalEntry>, settings: CoordinatorSettings) {
        self.process = process
        self.journal = journal
        state = RoomsState(
            entries: journal.takeEntries(), defaultRoom: settings.defaultRoom, turnBudget: settings.turnBudget,
            turnTimeout: .milliseconds(settings.turnTimeoutMilliseconds))
        // The batch must be written before the client's own end of the turn, which sends what the batch says.
        var endTurn: () -> Void = {}
        process.loop.onTurnEnd { endTurn() }
        client = BusClient(child: process)
        endTurn = { [unowned self] in self.endTurn() }
    }

    /// Begins to serve.
    func start() {
        serveRequests()
        listen()
        step(.booted(unreadable: journal.unreadable.map(UnreadablePart.init)))
        endTurn()
        process.notifier.ready()
    }

    /// Lets the state decide what follows from an event. Its questions are asked at once, all else is done at the end
    /// of the turn.
    func step(_ event: RoomsState.Event) {
        let now = Moment(elapsed: elapsed, timestamp: Clock.timestamp())
        hasStepped = true
        let step = state.handle(event, at: now)
        for query in step.queries { ask(query) }
        if !step.commit.isEmpty { lines += Journal.line(of: step.commit) }
        waitsForDisk = waitsForDisk || step.waitsForDisk
        logged += step.commit
        for reply in step.answers {
            afterCommit { [unowned self] in answerers.removeValue(forKey: reply.asker)?(reply.answer) }
        }
        effects += step.effects
    }

    /// Answers after what is decided so far is on the disk.
    func afterCommit(_ reply: @escaping () -> Void) { replies.append(reply) }

    /// A number by which the state can name whoever waits for an answer.
    func asker(_ answerer: @escaping (RoomsState.Answer) -> Void) -> RoomsState.Asker {
        lastAsker += 1
        answerers[lastAsker] = answerer
        return lastAsker
    }

    /// Why nobody can post any more, if so.
    var fullness: ServiceFailure? {
        guard journal.bytes >= RoomsLimits.journalBytesMax else { return nil }
        return ServiceFailure(
            .exhausted,
            "posting: the rooms' journal has reached \(RoomsLimits.journalBytesMax >> 20) MiB; "
                + "to start with an empty one, stop the node and move state/rooms and state/tools away")
    }

    // MARK: The end of a turn

    private func endTurn() {
        guard !hasFailed, hasStepped || !replies.isEmpty || !effects.isEmpty else { return }
        hasStepped = false
        if !lines.isEmpty {
            client.flush()
            do throws(SystemCallError) {
                try journal.append(lines, waits: waitsForDisk)
            } catch {
                // Nobody hears of this batch. The next coordinator reads what the disk holds, and callers repeat their
                // requests.
                process.log.error("journal.failed", ["error": "\(error)", "next": "exit"])
                hasFailed = true
                return process.loop.stop(.failure)
            }
        }
        let replies = self.replies, effects = self.effects
        (lines, waitsForDisk, self.replies, self.effects) = ([], false, [], [])
        for reply in replies { reply() }
        client.flush()
        for effect in effects { perform(effect) }
        client.flush()
        for entry in logged { log(entry) }
        logged = []
        scheduleWake()
        // Steps that followed from effects at once are a batch of their own, for which no descriptor wakes the loop.
        if hasStepped { process.loop.schedule(after: .zero) {} }
        let (rooms, turns) = state.summary
        process.notifier.status("\(rooms) \(rooms == 1 ? "room" : "rooms"), \(turns) \(turns == 1 ? "turn" : "turns")")
    }

    private func scheduleWake() {
        timer?.cancel()
        timer = state.nextWake.map { wake in
            process.loop.schedule(after: wake - elapsed) { [unowned self] in step(.woke) }
        }
    }

    /// The loop's clock as a span since the machine booted.
    private var elapsed: Duration { .nanoseconds(process.loop.now.nanoseconds) }

    // MARK: The log

    private func log(_ entry: JournalEntry) {
        switch entry {
        case .event, .queued, .answered, .managed, .saving, .direct: break
        case .joined(let room): process.log.notice("room.joined", ["room": "\(room.room)", "events": "\(room.head)"])
        case .dropped(let drop):
            process.log.notice(
                "room.dropped",
                ["room": "\(drop.room)", "records": drop.records.map(\.rawValue).joined(separator: ",")])
        case .attempt(let lease):
            process.log.info(
                "turn.leased",
                ["turn": "\(lease.turn)", "attempt": "\(lease.attempt)", "incarnation": "\(lease.incarnation)"])
        case .lost(let loss):
            process.log.notice(
                "turn.lost", ["turn": "\(loss.turn)", "reason": loss.reason.rawValue, "detail": loss.detail])
        case .ended(let end):
            process.log.info("turn.ended", ["turn": "\(end.turn)", "outcome": end.outcome.rawValue])
        }
    }
}
