import GRDB
import Records
import Services

extension IndexDatabase {
    /// Whole records, best first, in one go.
    func search(_ request: Index.Search.Request) throws -> [SearchHit] { try answer(to: SearchRun(request)).hits }

    /// The passages that answer a question best, in one go.
    func passages(_ request: Index.Passages.Request) throws -> [Passage] { try answer(to: PassagesRun(request)) }

    /// Runs a query to its end.
    func answer<Run: QueryRun>(to run: Run) throws -> Run.Answer {
        var run = run
        while true {
            if let answer = try read({ try run.step(.unlimited, in: $0) }) { return answer }
        }
    }

    /// Runs a query for a slice.
    ///
    /// - Returns: The answer, when it is complete.
    /// - Throws: `ServiceFailure` when SQLite has computed for too long in one step; SQLite's error.
    func advance<Run: QueryRun>(_ run: inout Run) throws -> Run.Answer? {
        do {
            return try read { db in try stepLimit.limiting { try run.step(.now(), in: db) } }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            throw ServiceFailure(
                .exhausted,
                "the query matches too much: give fewer words, or more letters before a `*`")
        }
    }
}
