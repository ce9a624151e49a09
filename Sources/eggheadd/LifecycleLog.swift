import Runtime
import Services
import Supervision

/// Writes lifecycle events to the log, each at its own level: a requested end is not a warning.
///
/// In the journal an event has its child (`EGGHEAD_CHILD`), the reason (`EGGHEAD_REASON`, a kind as in `lastExit`) and
/// a `MESSAGE_ID`, which `systemd/egghead.catalog` explains to `journalctl -x`.
enum LifecycleLog {
    /// Writes an event.
    ///
    /// - Parameter isStopping: Whether eggheadd was told to stop, so that every end is expected.
    static func write(_ event: LifecycleEvent, to log: Log, isStopping: Bool) {
        let name = event.node == .worker ? "child" : "supervisor"
        let level = level(of: event, isStopping: isStopping)
        var fields = [("EGGHEAD_CHILD", event.id.name)]
        if let id = messageID(of: event, level) { fields.append(("MESSAGE_ID", id)) }
        if let reason = event.reason { fields.append(("EGGHEAD_REASON", ExitReport(reason).kind.rawValue)) }
        log.write(
            level, "\(name).\(event.kind.rawValue)",
            [
                "child": event.id.name, "incarnation": "\(event.incarnation)", "pid": event.pid.map { "\($0)" },
                "reason": event.reason?.inWords,
            ], journalFields: fields)
    }

    /// The entry of the catalog that explains an event; nil if nothing has to be explained.
    static func messageID(of event: LifecycleEvent, _ level: Log.Level) -> String? {
        switch event.kind {
        case .started: nil
        case .ready: "5d3f0c1be2a94c0f8f0a3c6d7e1b2a90"
        case .startFailed: "8a41c6f7d0b34e5c9a2e7f60b1d8c3e4"
        case .exited: level == .warning ? "c2b7e9d4a1f84630b5d2908e6f7a1c3b" : "1f9e6a7c3d52481eb0c4d8f7a6925e3d"
        case .gaveUp: "e70d5b2f9c684a1d83f6b1a4c9e2d705"
        }
    }

    /// The level of an event.
    ///
    /// - Parameter isStopping: Whether eggheadd was told to stop, so that every end is expected.
    static func level(of event: LifecycleEvent, isStopping: Bool) -> Log.Level {
        switch event.kind {
        case .started: .debug
        case .ready: .info
        case .startFailed: .warning
        case .gaveUp: .error
        case .exited:
            switch event.verdict {
            case .handoff: .notice
            case .finished, .stopped: .info
            case .crash, .temporaryFailure, .misconfigured, nil: isStopping ? .info : .warning
            }
        }
    }
}
