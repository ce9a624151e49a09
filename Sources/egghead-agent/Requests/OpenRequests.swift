import Services
import Time

/// The requests that have no answer yet, and when each is made again.
///
///     asked      a failure that may pass, before the end of the patience  → waiting
///                an answer, another failure, or one after the patience    → (closed, and the agent hears it)
///     waiting    `requestPause` is over                                   → asked
struct OpenRequests: Hashable {
    private enum Phase: Hashable {
        case asked
        case waiting(until: Instant)
    }

    private struct Entry: Hashable {
        let request: AgentRequest
        /// From then on a failure is an answer; nil means never.
        let givenUpAt: Instant?
        var phase = Phase.asked

        var repeatsAt: Instant? {
            switch phase {
            case .asked: nil
            case .waiting(let until): until
            }
        }
    }

    /// In the order in which they were first made.
    private var entries: [Entry] = []

    /// Nothing is asked.
    init() {}

    /// When the next request is to be made again; nil when none is.
    var nextRepetition: Instant? { entries.compactMap(\.repeatsAt).min() }

    /// Takes a request that is made now for the first time.
    mutating func add(_ request: AgentRequest, at now: Instant) {
        entries.append(Entry(request: request, givenUpAt: request.patience.map { now + $0 }))
    }

    /// Takes the answer to a request. What answers no open request is left to whoever knows it.
    ///
    /// - Returns: Whether the request is made again later, so that nobody else is to hear of the answer.
    mutating func postpones(_ event: AgentEvent, at now: Instant) -> Bool {
        guard let (answer, failure) = event.answer,
            let index = entries.firstIndex(where: { $0.request.answer == answer && $0.phase == .asked })
        else { return false }
        let isGivenUp = entries[index].givenUpAt.map { now >= $0 } ?? false
        guard let failure, failure.code.isTransient, !isGivenUp else {
            entries.remove(at: index)
            return false
        }
        entries[index].phase = .waiting(until: now + AgentLimits.requestPause)
        return true
    }

    /// The requests that are to be made again now; they count as made.
    mutating func due(at now: Instant) -> [AgentRequest] {
        var requests: [AgentRequest] = []
        for index in entries.indices where entries[index].repeatsAt.map({ $0 <= now }) ?? false {
            entries[index].phase = .asked
            requests.append(entries[index].request)
        }
        return requests
    }
}
