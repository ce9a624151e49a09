import Services

// What the end of a child meant is decided here and nowhere else. `SupervisionTree.conclude` asks once for each end;
// `Fate`, the log and the rooms read the answer.

extension ExitReason {
    /// What an end with this reason means to a supervisor.
    ///
    ///     reason                     plain      egghead
    ///     exit status 0              finished   finished
    ///     exit status 75             crash      temporaryFailure
    ///     exit status 78             crash      misconfigured
    ///     exit status 80             crash      handoff
    ///     another exit status        crash      crash
    ///     signal, memory, watchdog   crash      crash
    ///     not ready, by status 75    crash      temporaryFailure
    ///     not ready, by status 78    crash      misconfigured
    ///     not ready, any other way   crash      crash
    ///     shutdown                   stopped    stopped
    ///
    /// - Parameters:
    ///   - statuses: What the supervisor above takes exit statuses for.
    ///   - startCode: With which status the process of a failed start exited, if it did so by itself.
    package func verdict(under statuses: ExitStatuses, startCode: Int? = nil) -> ExitVerdict {
        switch self {
        case .exited(let code): statuses.verdict(onCode: code)
        case .shutdown: .stopped
        case .signaled, .oomKilled, .watchdog: .crash
        case .failedToStart:
            switch startCode.map(statuses.verdict(onCode:)) {
            case .temporaryFailure: .temporaryFailure
            case .misconfigured: .misconfigured
            // Nothing can have been finished or handed off before the child was ready.
            case .finished, .handoff, .stopped, .crash, nil: .crash
            }
        }
    }
}

extension ExitStatuses {
    fileprivate func verdict(onCode code: Int) -> ExitVerdict {
        switch self {
        case .plain: code == 0 ? .finished : .crash
        case .egghead: ExitVerdict(exitCode: code)
        }
    }
}
