import Rooms
import Services

/// Those who wait for an answer of the state, by the numbers by which the state knows them.
struct Askers {
    private struct Waiting {
        let caller: Principal
        let answer: (RoomsState.Answer) -> Void
    }

    private var waiting: [RoomsState.Asker: Waiting] = [:]
    private var last = 0

    /// Nobody waits.
    init() {}

    /// Adds somebody.
    ///
    /// - Parameters:
    ///   - caller: Who it is.
    ///   - answer: Called once.
    /// - Returns: The number.
    mutating func add(_ caller: Principal, _ answer: @escaping (RoomsState.Answer) -> Void) -> RoomsState.Asker {
        last += 1
        waiting[last] = Waiting(caller: caller, answer: answer)
        return last
    }

    /// Whether somebody who waits is a person.
    var includePerson: Bool { waiting.values.contains { $0.caller.isPerson } }

    /// Gives somebody an answer; nobody when it has been given.
    mutating func answer(_ reply: RoomsState.Reply) { waiting.removeValue(forKey: reply.asker)?.answer(reply.answer) }

    /// Refuses everybody who waits, in the order in which they came.
    ///
    /// - Parameter failure: The refusal for a caller.
    mutating func refuseAll(_ failure: (Principal) -> ServiceFailure) {
        for asker in waiting.keys.sorted() {
            guard let asking = waiting.removeValue(forKey: asker) else { continue }
            asking.answer(.refused(failure(asking.caller)))
        }
    }
}
