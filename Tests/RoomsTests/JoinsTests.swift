import Services
import Testing

@testable import Rooms

/// Which record is read next, and when a join is over.
struct JoinsTests {
    private static let request = Coordinator.Join.Request(request: "j", record: "t")

    /// Two parts of a transcript, by their ids.
    private static func store() -> [RecordID: RecordReply] {
        let events = (1...2).map { event($0, "@ann \($0)", from: "user:ann", in: "kitchen") }
        let room = Ledger(defaultRoom: "lobby", entries: events.map(JournalEntry.event))["kitchen"]
        let records = room.map { TranscriptRecord.records(of: $0, head: 2, at: at, bytesMax: 70) } ?? []
        return Scene.replies(records.map { .init(request: "s", id: $0.id, fields: $0.fields, body: $0.body) })
    }

    @Test func `each record leads to the next, and the join is over with the last one`() throws {
        let store = Self.store(), first = try #require(store.keys.min { $0.rawValue < $1.rawValue })
        #expect(store.count == 2)
        var joins = Joins()
        let number = joins.begin(.init(request: "j", record: first), "user:ann", 6)
        guard case .next(let second)? = joins.receive(.success(try #require(store[first])), for: number) else {
            Issue.record("nothing more is to be read")
            return
        }
        guard case .read(let join)? = joins.receive(.success(try #require(store[second])), for: number) else {
            Issue.record("the join is not over")
            return
        }
        #expect(join.askers == [6] && joins.count == 0)
        #expect(try join.reading.joined().part.head == 2)
    }

    @Test func `a failure of the store ends a join, and later answers count for nothing`() {
        var joins = Joins()
        let number = joins.begin(Self.request, "user:ann", 6)
        let away = Result<RecordReply, ServiceFailure>.failure(ServiceFailure(.unavailable, "down"))
        #expect(joins.receive(away, for: number + 1) == nil)
        guard case .refused(let join, let failure)? = joins.receive(away, for: number) else {
            Issue.record("the join goes on")
            return
        }
        #expect(join.number == number && failure == ServiceFailure(.unavailable, "join t: down"))
        #expect(joins.count == 0 && joins.receive(away, for: number) == nil)
        #expect(joins.begin(Self.request, "user:ann", 6) != number)
    }

    @Test func `a repetition waits with its request, and nobody else does`() {
        var joins = Joins()
        _ = joins.begin(Self.request, "user:ann", 6)
        #expect(joins.wait(for: Self.request, by: "user:ann", 7) == true)
        #expect(joins.wait(for: Self.request, by: "user:bob", 8) == false)
        #expect(joins.wait(for: .init(request: "j", record: "u"), by: "user:ann", 9) == false)
        #expect(joins.count == 1)
    }
}
