/// What the end of a child meant. The supervisor decides it once, when the child ends, and its lifecycle event carries
/// it; whoever hears of the end reads the verdict and does not judge the exit again.
///
/// What follows from a verdict also depends on the child's restart type and on its restarts before, and is the
/// supervisor's to decide.
public enum ExitVerdict: String, Codable, Sendable, CaseIterable {
    /// The child ended by itself, with status 0.
    case finished
    /// Somebody asked for the end, or a supervisor has ended after its children. Whether a supervisor was asked or gave
    /// up is told by `gave_up`.
    case stopped
    /// An agent's context is full, and it has written down what it knows for its successor.
    case handoff
    /// The child lacks something for the moment.
    case temporaryFailure
    /// The child's configuration is wrong: to start it again does not help.
    case misconfigured
    /// Every other end, and every start that failed for no reason above.
    case crash

    /// What an exit status means under `statuses: egghead`.
    ///
    /// - Parameter code: 0 to 255; one that `ExitStatus` does not know is a crash.
    public init(exitCode code: Int) {
        switch Int32(exactly: code).flatMap(ExitStatus.init) {
        case .success: self = .finished
        case .temporaryFailure: self = .temporaryFailure
        case .configuration: self = .misconfigured
        case .handoff: self = .handoff
        case .failure, .usage, .unavailable, .software, nil: self = .crash
        }
    }
}
