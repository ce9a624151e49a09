import LinuxSystem
import Runtime
import Time

extension EventLoop {
    /// Turns for a time, or until something is so. `stop` was called before, so that each run is one turn.
    func turn(for span: Duration, until condition: () -> Bool = { false }) throws {
        let deadline = Clock.monotonic() + span
        while Clock.monotonic() < deadline, !condition() {
            schedule(after: .milliseconds(5)) {}
            _ = try run()
        }
    }
}
