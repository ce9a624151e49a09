import Services

/// The transcripts that are being read, each to become a room again.
struct Joins: Hashable {
    /// One transcript.
    struct Join: Hashable {
        /// The number by which the store's answers name it; never used again in this process.
        let number: Int
        /// What was asked for.
        let request: Coordinator.Join.Request
        /// Who asked for it.
        let caller: Principal
        /// What was read so far.
        fileprivate(set) var reading: TranscriptReading
        /// Who waits for the answer.
        fileprivate(set) var askers: [RoomsState.Asker]
    }

    /// What follows from an answer of the store.
    enum Outcome: Hashable {
        /// The record that is to be read next.
        case next(RecordID)
        /// All records were read; the join waits no more.
        case read(Join)
        /// The transcript cannot be read; the join waits no more.
        case refused(Join, ServiceFailure)
    }

    private var waiting: [Join] = []
    private var lastNumber = 0

    /// How many transcripts are being read.
    var count: Int { waiting.count }

    /// Lets the repetition of a request that waits already wait with it.
    ///
    /// - Returns: Whether the request is such a repetition.
    mutating func wait(for request: Coordinator.Join.Request, by caller: Principal, _ asker: RoomsState.Asker) -> Bool {
        let place = waiting.firstIndex { $0.request == request && $0.caller == caller }
        if let place { waiting[place].askers.append(asker) }
        return place != nil
    }

    /// Adds a join.
    ///
    /// - Returns: Its number; the record that the request names is to be read.
    mutating func begin(_ request: Coordinator.Join.Request, _ caller: Principal, _ asker: RoomsState.Asker) -> Int {
        lastNumber += 1
        let reading = TranscriptReading(record: request.record)
        waiting.append(
            Join(number: lastNumber, request: request, caller: caller, reading: reading, askers: [asker]))
        return lastNumber
    }

    /// Takes the store's answer for a record.
    ///
    /// - Returns: What follows; nil when no join of this number waits.
    mutating func receive(_ result: Result<RecordReply, ServiceFailure>, for number: Int) -> Outcome? {
        guard let place = waiting.firstIndex(where: { $0.number == number }) else { return nil }
        do throws(ServiceFailure) {
            try waiting[place].reading.receive(result)
        } catch {
            return .refused(waiting.remove(at: place), error)
        }
        if let next = waiting[place].reading.next { return .next(next) }
        return .read(waiting.remove(at: place))
    }
}
