import Glibc

/// How every process here ends. The supervisor and the operator both read these numbers.
///
/// See: sysexits.h(3head); 75, 78 and 80 mean something to a supervisor with `statuses: egghead`
public enum ExitStatus: Int32, Sendable {
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
    /// Something is missing for the moment.
    case temporaryFailure = 75
    /// The configuration is wrong; starting again does not help.
    case configuration = 78
    /// An agent's context is full, everything is written down, and a successor is wanted.
    case handoff = 80

    /// Ends the process.
    public func exit() -> Never { Glibc.exit(rawValue) }
}
