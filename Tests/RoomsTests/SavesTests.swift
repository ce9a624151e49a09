import Services
import Testing

@testable import Rooms

/// Which record the store is given next, and when a save is over.
struct SavesTests {
    private static let start = StartedSave(room: "kitchen", caller: "user:ann", request: "s", head: 3, at: at)

    private static func records(_ count: Int) -> [Store.Create.Request] {
        (1...count).map { .init(request: "s \(at) \($0)", id: RecordID("t-00\($0)"), fields: [:], body: "\($0)") }
    }

    private static func stored(_ id: RecordID) -> Result<WriteReply, ServiceFailure> {
        .success(WriteReply(id: id, revision: "1", indexed: true))
    }

    @Test func `records are given one after the other, and the save is over with the last one`() {
        var saves = Saves()
        let records = Self.records(3), save = saves.begin(Self.start, records: records, .save, 4)
        #expect(save.nextRecord == records[0] && saves.count == 1)
        #expect(saves.receive(Self.stored("t-001"), for: save.number) == .next(records[1]))
        #expect(saves[save.number]?.waitingRecords == records[1...])
        #expect(saves.receive(Self.stored("t-002"), for: save.number) == .next(records[2]))
        guard case .stored(let end)? = saves.receive(Self.stored("t-003"), for: save.number) else {
            Issue.record("the save is not over")
            return
        }
        #expect(end.recordIDs == ["t-001", "t-002", "t-003"] && end.askers == [4])
        #expect(saves.count == 0 && saves.receive(Self.stored("t-003"), for: save.number) == nil)
    }

    @Test func `the first refusal ends a save, whatever record it is of`() {
        let failure = ServiceFailure(.exists, "it is there")
        for storedCount in 0..<3 {
            var saves = Saves()
            let save = saves.begin(Self.start, records: Self.records(3), .drop, 4)
            for part in 0..<storedCount {
                _ = saves.receive(Self.stored(RecordID("t-00\(part + 1)")), for: save.number)
            }
            guard case .refused(let end, failure)? = saves.receive(.failure(failure), for: save.number) else {
                Issue.record("record \(storedCount + 1) was not refused")
                return
            }
            #expect(end.number == save.number && saves.count == 0 && !saves.isDropping("kitchen"))
        }
    }

    @Test func `the answer to another request of the same id is no answer to this one`() {
        var saves = Saves()
        let save = saves.begin(Self.start, records: Self.records(2), .drop, 4)
        guard case .refused(_, let failure)? = saves.receive(Self.stored("t-002"), for: save.number) else {
            Issue.record("it was taken for the record")
            return
        }
        #expect(failure == ServiceFailure(.failed, "the request id of t-001 was that of t-002; use a new one"))
    }

    @Test(
        arguments: [
            ("kitchen", "s", "user:ann", true), ("lobby", "s", "user:ann", false), ("kitchen", "t", "user:ann", false),
            ("kitchen", "s", "user:bob", false),
        ] as [(RoomName, String, Principal, Bool)])
    func `a repetition waits with its request, and nobody else does`(
        room: RoomName, request: String, caller: Principal, waits: Bool
    ) {
        var saves = Saves()
        let save = saves.begin(Self.start, records: Self.records(1), .save, 4)
        #expect(saves.wait(for: .init(request: request, room: room), by: caller, 5) == waits)
        #expect(saves[save.number]?.askers == (waits ? [4, 5] : [4]))
    }

    @Test func `a room is being dropped by a drop alone, and numbers are never used again`() {
        var saves = Saves()
        let first = saves.begin(Self.start, records: Self.records(1), .save, 4)
        #expect(!saves.isDropping("kitchen"))
        _ = saves.receive(Self.stored("t-001"), for: first.number)
        let second = saves.begin(Self.start, records: Self.records(1), .drop, 4)
        #expect(saves.isDropping("kitchen") && !saves.isDropping("lobby") && second.number != first.number)
    }
}
