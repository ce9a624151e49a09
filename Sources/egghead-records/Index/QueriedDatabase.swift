import GRDB
import Services

/// A database whose queries run in slices, with one connection.
protocol QueriedDatabase: AnyObject {
    /// The connection; a call may wait for the disk.
    var queue: DatabaseQueue { get }
    /// Interrupts queries; writing is never interrupted.
    var stepLimit: StepLimit { get }
}

extension QueriedDatabase {
    /// Runs a query. There is one connection and no other writer, so the result is consistent without a transaction.
    func read<Value>(_ question: (Database) throws -> Value) rethrows -> Value { try queue.unsafeRead(question) }

    /// Adds the functions of texts to the connection, and watches over its statements.
    func prepare() {
        read { db in
            TextFunctions.add(to: db)
            stepLimit.install(on: db)
        }
    }

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
