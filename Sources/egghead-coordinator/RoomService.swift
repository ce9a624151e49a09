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
///
/// When the disk refuses a batch, nothing of it has happened: see `JournalOutage`.
final class RoomService {
    /// What is to be told at the end of a batch.
    private enum PendingReply {
        /// What the state has decided; it counts when the batch is written.
        case answer(RoomsState.Reply)
        /// A question, which is answered from the state as it is then.
        case question(() -> Void)
    }

    let process: ChildProcess
    let client: BusClient
    let storage: RoomStorage
    var state: RoomsState

    /// The lines of this batch, and whether anybody must wait for the disk because of them.
    private var lines: [UInt8] = []
    private var waitsForDisk = false
    /// What follows when the lines are written, each in its order.
    private var replies: [PendingReply] = [], effects: [RoomsState.Effect] = []
    /// Who waits for answers of the state.
    var askers = Askers()
    private var timer: Timer?
    /// Whether the state has changed since the timer was set: its next deadline may be another one now.
    private var hasStepped = false
    /// Whether the process ends.
    private var hasFailed = false
    /// Why nothing is written now; nil when the disk takes what is written.
    var outage: JournalOutage?
    /// Whether what was damaged in the journal is still to be told to the rooms.
    private var owesDamage = true
    /// Which of the store's versions of the agents the state has.
    var agentsVersion: String?
    /// The rooms whose settled events were brought back for a transcript.
    var recalled: [RoomName] = []
    /// How much is kept of the rooms.
    var retention: RetentionRules
    /// When rooms are next looked at that have more than they must keep.
    var trimTimer: Timer?
    /// The rooms of which the store did not take what was to go, this hour.
    var untrimmed: Set<RoomName> = []
    /// Whether the next step of settling is scheduled.
    private var isSettling = false
    /// What this batch says in the log, after everything else.
    private var logged: [JournalEntry] = []

    /// A service that has read its journal and said nothing yet.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another coordinator has the journal.
    init(process: ChildProcess, settings: CoordinatorSettings) throws {
        self.process = process
        retention = settings.retention ?? RetentionRules()
        storage = try RoomStorage(
            directory: settings.roomsDirectory, defaultRoom: settings.defaultRoom, log: process.log)
        state = RoomsState(
            ledger: storage.takeLedger(), defaultRoom: settings.defaultRoom, turnBudget: settings.turnBudget,
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
        process.onTerminate = { [unowned self] in terminate() }
        process.onDrain = process.onTerminate
        tellDamage()
        endTurn()
        trimSoon()
        process.notifier.ready()
    }

    /// Says in the journal that the turns under way were interrupted on purpose, and ends the process.
    private func terminate() {
        step(.stopping)
        process.loop.stop(.success)
    }

    /// Tells the rooms what could not be read, until that is on the disk.
    func tellDamage() {
        if owesDamage { step(.booted(unreadable: storage.unreadable)) }
    }

    /// Lets the state decide what follows from an event. Its questions are asked at once, all else is done at the end
    /// of the turn.
    func step(_ event: RoomsState.Event) {
        if let outage { return answer(event, during: outage) }
        hasStepped = true
        let step = state.handle(event, at: moment)
        for query in step.queries { ask(query) }
        if !step.commit.isEmpty { lines += Journal.line(of: step.commit) }
        waitsForDisk = waitsForDisk || step.waitsForDisk
        logged += step.commit
        replies += step.answers.map(PendingReply.answer)
        effects += step.effects
    }

    /// Answers a question at the end of the turn, from what is on the disk then.
    func afterCommit(_ reply: @escaping () -> Void) { replies.append(.question(reply)) }

    /// The time for a step.
    var moment: Moment { Moment(elapsed: elapsed, timestamp: Clock.timestamp()) }

    /// Why nobody can post any more, if so.
    var fullness: ServiceFailure? {
        guard storage.journal.bytes >= RoomsLimits.journalBytesMax else { return nil }
        return ServiceFailure(
            .exhausted,
            "posting: the rooms' journal has reached \(RoomsLimits.journalBytesMax >> 20) MiB, because the disk does "
                + "not take the rooms' history. See: egghead logs coordinator")
    }

    // MARK: The end of a turn

    private func endTurn() {
        guard !hasFailed, hasStepped || !replies.isEmpty || !effects.isEmpty else { return }
        hasStepped = false
        if !lines.isEmpty { client.flush() }
        if let refusal = write() { takeBack(refusal) }
        let replies = self.replies, effects = self.effects
        (self.replies, self.effects) = ([], [])
        for reply in replies { perform(reply) }
        client.flush()
        for effect in effects { perform(effect) }
        client.flush()
        for entry in logged { log(entry) }
        logged = []
        if outage != nil { return }
        scheduleWake()
        // Steps that followed from effects at once are a batch of their own, for which no descriptor wakes the loop.
        if hasStepped { process.loop.schedule(after: .zero) {} }
        let (rooms, turns) = state.summary
        process.notifier.status("\(Counted.words(rooms, "room")), \(Counted.words(turns, "turn"))")
        settle()
    }

    /// Writes the lines of the batch.
    ///
    /// - Returns: Why the disk has refused them, if it has.
    private func write() -> SystemCallError? {
        defer { (lines, waitsForDisk) = ([], false) }
        guard !lines.isEmpty else { return nil }
        do throws(SystemCallError) {
            try storage.journal.append(lines, waits: waitsForDisk)
        } catch {
            return error
        }
        owesDamage = false
        return nil
    }

    /// Takes back everything of a batch that the disk has refused. What remains are questions.
    private func takeBack(_ refusal: SystemCallError) {
        (effects, logged) = ([], [])
        replies.removeAll { if case .answer = $0 { true } else { false } }
        timer?.cancel()
        do throws(SystemCallError) {
            try beginOutage(because: refusal)
        } catch {
            // Nobody hears of this batch. The next coordinator reads what the disk holds, and callers repeat their
            // requests.
            process.log.error("journal.lost", ["error": "\(error)", "next": "exit"])
            (hasFailed, replies) = (true, [])
            process.loop.stop(.failure)
        }
    }

    /// Does the next step of settling, if one is due; the others follow with pauses, in which people are served.
    private func settle() {
        guard outage == nil, lines.isEmpty, !isSettling else { return }
        do throws(SystemCallError) {
            for room in recalled { try storage.settle(room, of: &state) }
            recalled = []
            guard let pause = try storage.settleNext(&state) else { return }
            isSettling = true
            process.loop.schedule(after: pause) { [unowned self] in
                isSettling = false
                settle()
            }
        } catch {
            // What is in memory and what is in the histories may differ: both are read again.
            takeBack(error)
        }
    }

    private func perform(_ reply: PendingReply) {
        switch reply {
        case .answer(let reply): askers.answer(reply)
        case .question(let answer): answer()
        }
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
        case .event, .queued, .suspended, .answered, .managed, .saving, .direct: break
        case .joined(let room): process.log.notice("room.joined", ["room": "\(room.room)", "events": "\(room.head)"])
        case .trimmed(let trim):
            process.log.notice(
                "room.trimmed",
                [
                    "room": "\(trim.room)", "up_to": "\(trim.head)",
                    "records": trim.records.map(\.rawValue).joined(separator: ","),
                ])
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
