import Services

/// The saves that wait for the store.
///
/// A save gives the store its records one after the other, so that the store never has a later part without the
/// earlier ones; the first record that the store refuses ends it. How often the store is asked for one record, and for
/// how long (`RoomsLimits.recordWait`), is the client's business.
///
/// ```
///  begin ──▶ record 1 ──stored──▶ record 2 ──stored──▶ … ──stored──▶ stored
///                │                    │
///                └──────refused───────┴──▶ refused
/// ```
struct Saves: Hashable {
    /// What follows when the store has all records.
    enum Purpose: Hashable {
        /// Nothing.
        case save
        /// The room is dropped.
        case drop
        /// What was saved of the room with this serial leaves it.
        case trim(serial: Int)

        /// What is done, as a refusal names it.
        var verb: String {
            switch self {
            case .save: "save"
            case .drop: "drop"
            case .trim: "trim"
            }
        }
    }

    /// One save.
    struct Save: Hashable {
        /// The number by which the store's answers name it; never used again in this process.
        let number: Int
        /// What the journal says of it.
        let start: StartedSave
        /// The records, in the order of the transcript's parts.
        let records: [Store.Create.Request]
        /// What follows when the store has all records.
        let purpose: Purpose
        /// Who waits for the answer.
        fileprivate(set) var askers: [RoomsState.Asker]
        /// How many records the store has.
        fileprivate(set) var storedCount = 0

        /// The records that the store does not have yet.
        var waitingRecords: ArraySlice<Store.Create.Request> { records.dropFirst(storedCount) }

        /// The record that the store is asked to write.
        var nextRecord: Store.Create.Request? { waitingRecords.first }

        /// The ids of all records.
        var recordIDs: [RecordID] { records.compactMap(\.id) }
    }

    /// What follows from an answer of the store.
    enum Outcome: Hashable {
        /// The next record can be written.
        case next(Store.Create.Request)
        /// The store has all records; the save waits no more.
        case stored(Save)
        /// The store refuses a record; the save waits no more.
        case refused(Save, ServiceFailure)
    }

    private var waiting: [Save] = []
    private var lastNumber = 0

    /// How many saves wait for the store.
    var count: Int { waiting.count }

    /// The save of a number, if it waits.
    subscript(number: Int) -> Save? { waiting.first { $0.number == number } }

    /// Whether a room is dropped when its save ends.
    func isDropping(_ room: RoomName) -> Bool { waiting.contains { $0.purpose == .drop && $0.start.room == room } }

    /// Whether what is saved leaves its room when its save ends.
    var isTrimming: Bool {
        waiting.contains { if case .trim = $0.purpose { true } else { false } }
    }

    /// Lets the repetition of a request that waits already wait with it.
    ///
    /// - Returns: Whether the request is such a repetition.
    mutating func wait(for request: Coordinator.RoomRequest, by caller: Principal, _ asker: RoomsState.Asker) -> Bool {
        let place = waiting.firstIndex {
            $0.start.room == request.room && $0.start.isOf(request.request, by: caller)
        }
        if let place { waiting[place].askers.append(asker) }
        return place != nil
    }

    /// Adds a save.
    ///
    /// - Parameter records: At least one.
    /// - Returns: The save; its `nextRecord` is to be written.
    mutating func begin(
        _ start: StartedSave, records: [Store.Create.Request], _ purpose: Purpose, _ asker: RoomsState.Asker?
    ) -> Save {
        lastNumber += 1
        let save = Save(
            number: lastNumber, start: start, records: records, purpose: purpose, askers: asker.map { [$0] } ?? [])
        waiting.append(save)
        return save
    }

    /// Takes the store's answer to a record.
    ///
    /// - Returns: What follows; nil when no save of this number waits.
    mutating func receive(_ result: Result<WriteReply, ServiceFailure>, for number: Int) -> Outcome? {
        guard let place = waiting.firstIndex(where: { $0.number == number }) else { return nil }
        if let failure = Self.failure(result, of: waiting[place].nextRecord) {
            return .refused(waiting.remove(at: place), failure)
        }
        waiting[place].storedCount += 1
        if let next = waiting[place].nextRecord { return .next(next) }
        return .stored(waiting.remove(at: place))
    }

    /// Why the store does not have a record, if it has not.
    private static func failure(
        _ result: Result<WriteReply, ServiceFailure>, of record: Store.Create.Request?
    ) -> ServiceFailure? {
        switch result {
        case .success(let reply) where reply.id == record?.id: return nil
        case .success(let reply):
            // The store answered another request with the same id. A room must not end because another record exists.
            let reason = "the request id of \(record?.id ?? "") was that of \(reply.id); use a new one"
            return ServiceFailure(.failed, reason)
        case .failure(let failure): return failure
        }
    }
}
