import LinuxSystem
import Runtime
import Services
import Time

/// Runs queries in slices between the other events of the loop, so that none of them holds up another, nor a change of
/// the database, nor the watchdog.
final class QueryRunner {
    /// A query that is not answered yet.
    private struct Running {
        /// Runs a slice; returns whether the query is answered.
        let advance: () throws -> Bool
        let fail: (any Error) -> Void
    }

    private let loop: EventLoop
    private var schedule = QuerySchedule()
    private var running: [UInt64: Running] = [:]
    private var timer: Timer?

    /// A runner without queries.
    init(loop: EventLoop) { self.loop = loop }

    /// Begins a query: its first slice runs now.
    ///
    /// - Parameters:
    ///   - advance: Runs a slice. Returns whether the query is answered.
    ///   - fail: Called with the reason if it cannot be answered.
    func begin(advance: @escaping () throws -> Bool, fail: @escaping (any Error) -> Void) {
        guard let id = schedule.add(at: Clock.monotonic()) else {
            return fail(ServiceFailure(.unavailable, "the index answers too many queries now; try again soon"))
        }
        running[id] = Running(advance: advance, fail: fail)
        advanceSlice(of: id)
    }

    private func advanceSlice(of id: UInt64) {
        guard let query = running[id] else { return }
        let start = Clock.monotonic()
        do {
            if schedule.isLate(id, at: start) {
                throw ServiceFailure(
                    .exhausted,
                    "the query was not answered in \(QuerySchedule.patience.components.seconds) s: give fewer words")
            }
            if try query.advance() { end(id) }
        } catch {
            end(id)
            query.fail(error)
        }
        schedule.ran(id, for: Clock.monotonic() - start)
        continueLater()
    }

    private func end(_ id: UInt64) {
        schedule.remove(id)
        running[id] = nil
    }

    /// Other events come first.
    private func continueLater() {
        if schedule.isEmpty || timer?.isPending == true { return }
        timer = loop.schedule(after: .zero) { [unowned self] in
            if let id = schedule.next { advanceSlice(of: id) }
        }
    }
}
