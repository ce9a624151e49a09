import Runtime
import Supervision

/// Puts lifecycle events into the log, each at the level that it deserves: a death that we caused is no warning.
enum Narrator {
    /// Writes an event.
    static func log(_ event: LifecycleEvent, to log: Log, isExpected: Bool) {
        let name = event.node == .worker ? "child" : "supervisor"
        log.write(
            level(of: event, isExpected), "\(name).\(event.kind.rawValue)",
            [
                "child": event.id.name, "incarnation": "\(event.incarnation)", "pid": event.pid.map { "\($0)" },
                "reason": event.reason?.inWords,
            ])
    }

    private static func level(of event: LifecycleEvent, _ isExpected: Bool) -> Log.Level {
        switch event.kind {
        case .started: .debug
        case .ready: .info
        case .startFailed: .warning
        case .gaveUp: .error
        case .exited where event.reason == .exited(code: EggheadStatus.handOff.rawValue): .notice
        case .exited: isExpected || event.reason?.isNormal == true ? .info : .warning
        }
    }
}
