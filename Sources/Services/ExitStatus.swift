/// How every process here ends. The supervisor and the operator both read these numbers, and they stand nowhere else.
///
/// See: sysexits.h(3head); 75, 78 and 80 mean something to a supervisor with `statuses: egghead`
public enum ExitStatus: Int32, Sendable, CaseIterable {
    /// Everything is done, or somebody asked for the end.
    case success = 0
    /// Something failed that a restart may cure.
    case failure = 1
    /// The command line is wrong.
    case usage = 64
    /// The daemon that a command needs is not running.
    case unavailable = 69
    /// A fault of the program itself.
    case software = 70
    /// Something is missing for the moment: restart with back-off.
    case temporaryFailure = 75
    /// The configuration is wrong: no restart until the launch digest changes or an operator says so.
    case configuration = 78
    /// An agent's context is full, everything is written down, and a successor is wanted: restart at once, uncounted.
    case handoff = 80
}
