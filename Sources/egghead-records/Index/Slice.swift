import GRDB
import GRDBSQLite
import LinuxSystem
import Time

/// The time for which a query runs before others are served.
struct Slice {
    /// The end; nil for a query that is answered in one go.
    let end: Instant?

    /// The time of one slice. A single step of SQLite may take longer; see `StepLimit`.
    static let length = Duration.milliseconds(5)

    /// A slice that begins now.
    static func now() -> Slice { Slice(end: Clock.monotonic() + length) }
    /// No limit.
    static let unlimited = Slice(end: nil)

    /// Whether others are to be served.
    var isOver: Bool { end.map { Clock.monotonic() >= $0 } ?? false }

    /// A slice that lasts at least as long as what prepared it has taken, but not much longer.
    func prolonged(after preparation: Duration) -> Slice {
        guard let end else { return self }
        return Slice(end: max(end, Clock.monotonic() + min(preparation, Self.length)))
    }
}

/// A query that is answered in steps. Between two steps the database may change, and no statement is open.
protocol QueryRun {
    /// What the query comes to.
    associatedtype Answer

    /// Does some of the work: at least a little, and no more after the slice is over.
    ///
    /// - Returns: The answer, when it is complete.
    /// - Throws: SQLite's error.
    mutating func step(_ slice: Slice, in db: Database) throws -> Answer?
}

/// Interrupts a statement that computes for too long without a row: others would wait for it.
///
/// What counts is the time on the processor, so that a busy machine does not change what is refused. SQLite asks
/// between its instructions, and FTS5 with each page that it reads.
///
/// See: sqlite3_progress_handler
final class StepLimit {
    /// The end on the processor's clock, and the time before which it cannot be reached.
    private var end: (processor: Duration, earliest: Instant)?

    /// The longest time of a slice, together with the step that ends it.
    private static let length = Duration.milliseconds(40)
    private static let instructions: CInt = 100

    /// Watches over the statements of a connection, which must not outlive this object.
    func install(on db: Database) {
        sqlite3_progress_handler(
            db.sqliteConnection, Self.instructions,
            { limit in
                guard let limit else { return 0 }
                return Unmanaged<StepLimit>.fromOpaque(limit).takeUnretainedValue().isReached ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The monotonic clock is read first: the processor's takes a system call.
    private var isReached: Bool {
        end.map { Clock.monotonic() >= $0.earliest && Clock.processorTime() >= $0.processor } ?? false
    }

    /// Runs something under the limit.
    func limiting<Value>(_ work: () throws -> Value) rethrows -> Value {
        end = (Clock.processorTime() + Self.length, Clock.monotonic() + Self.length)
        defer { end = nil }
        return try work()
    }
}
