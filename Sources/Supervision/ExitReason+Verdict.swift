import Services

// Only this file decides what the end of a child means. `SupervisionTree.conclude` asks once for each end;
// `Fate`, the log and the rooms use the answer.

extension ExitReason {
    /// The meaning of an end with this reason.
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
    ///   - statuses: The supervisor's reading of exit statuses.
    ///   - startCode: The exit status of a process that exited by itself before it was ready; nil for any other end.
    package func verdict(under statuses: ExitStatuses, startCode: Int? = nil) -> ExitVerdict {
        switch self {
        case .exited(let code): statuses.verdict(onCode: code)
        case .shutdown: .stopped
        case .signaled, .oomKilled, .watchdog: .crash
        case .failedToStart:
            switch startCode.map(statuses.verdict(onCode:)) {
            case .temporaryFailure: .temporaryFailure
            case .misconfigured: .misconfigured
            // A child that was not ready has finished nothing and handed nothing off.
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
