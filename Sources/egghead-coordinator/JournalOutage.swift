import LinuxSystem
import Rooms
import Services

/// A time in which the disk refuses what is written to the journal.
///
/// The state is what the journal says, and stays that: people read it, and whoever wants to change it is refused. What
/// happens meanwhile is not taken note of. When the disk takes a write again, the state asks everybody how things are,
/// as it does after a connection was lost.
struct JournalOutage {
    /// What the disk answered.
    let refusal: SystemCallError
    /// How long to wait before it is tried again.
    private(set) var pause = Duration.seconds(1)

    private static let pauseMax = Duration.seconds(30)

    /// An outage that begins.
    init(_ refusal: SystemCallError) { self.refusal = refusal }

    /// The disk refuses the next write, too.
    mutating func goOn() { pause = min(pause * 2, Self.pauseMax) }

    /// The answer to a request. A person learns at once that it was refused; an agent, which has an answer to deliver,
    /// asks again until the disk takes it.
    func failure(for caller: Principal) -> ServiceFailure {
        ServiceFailure(
            caller.isPerson ? .failed : .unavailable,
            "nothing was done: the rooms' journal cannot be written: \(refusal); reading works, and writing does as "
                + "soon as the disk takes it")
    }
}

extension RoomService {
    /// A number by which the state can name whoever waits for an answer.
    func asker(_ caller: Principal, _ answer: @escaping (RoomsState.Answer) -> Void) -> RoomsState.Asker {
        askers.add(caller, answer)
    }

    /// Goes back to what is on the disk, refuses everybody who waits, and tries again later.
    ///
    /// - Throws: `SystemCallError` when it cannot be read what is on the disk.
    func beginOutage(because refusal: SystemCallError) throws(SystemCallError) {
        state.reset(to: try storage.reread())
        agentsVersion = nil
        let outage = JournalOutage(refusal)
        self.outage = outage
        process.log.error(
            "journal.failed", ["error": "\(refusal)", "next": "reading only, until the disk takes a write"])
        process.notifier.status("reading only: \(refusal)")
        askers.refuseAll(outage.failure)
        process.loop.schedule(after: outage.pause) { [unowned self] in tryAgain() }
    }

    private func tryAgain() {
        do throws(SystemCallError) {
            try storage.journal.probe()
        } catch {
            outage?.goOn()
            process.loop.schedule(after: outage?.pause ?? .seconds(1)) { [unowned self] in tryAgain() }
            return
        }
        outage = nil
        process.log.notice("journal.resumed")
        tellDamage()
        configure()
        step(.connected)
    }

    /// Answers a person whose request needs no write, such as one that was answered before or is wrong in itself, and
    /// refuses everybody else.
    func answer(_ event: RoomsState.Event, during outage: JournalOutage) {
        if askers.includePerson {
            var trial = state
            let step = trial.handle(event, at: moment)
            if step.commit.isEmpty, step.effects.isEmpty, step.queries.isEmpty {
                step.answers.forEach { askers.answer($0) }
            }
        }
        askers.refuseAll(outage.failure)
    }
}
