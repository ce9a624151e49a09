import Runtime
import Services
import Supervision

/// What an operator asks eggheadd for, over the control socket or the bus.
enum OperatorRequest: Hashable {
    case list
    case logs(String)
    case restart(String)
    case stop(String)
    case start(String)

    /// A request by the operation's name; nil when there is no such operation, or when it needs a child's name.
    init?(operation: String, name: String?) {
        switch (operation, name) {
        case (Services.Supervisor.List.name, _): self = .list
        case (Services.Supervisor.Logs.name, let name?): self = .logs(name)
        case (Services.Supervisor.Restart.name, let name?): self = .restart(name)
        case (Services.Supervisor.Stop.name, let name?): self = .stop(name)
        case (Services.Supervisor.Start.name, let name?): self = .start(name)
        case _: return nil
        }
    }

    /// Whether it is more than a look.
    var changesSomething: Bool {
        switch self {
        case .list, .logs: false
        case .restart, .stop, .start: true
        }
    }
}

/// What an operator gets.
enum OperatorReply {
    case children([ChildStatus])
    case text(String)
    case done
    case failure(ServiceFailure)

    /// The end of an order.
    init(_ answer: Answer, _ name: String) {
        switch answer {
        case .ok: self = .done
        case .notFound: self = .failure(.noChild(name))
        case .running, .restarting, .alreadyStarted, .alreadyPresent:
            self = .failure(ServiceFailure(.exists, "\(name) is \(answer.word)"))
        case .failed(let detail): self = .failure(ServiceFailure(.unavailable, "\(name): \(detail)"))
        }
    }

    /// As it travels.
    var json: JSONValue {
        switch self {
        case .children(let children): Self.value(Services.Supervisor.List.Reply(children: children))
        case .text(let text): Self.value(Services.Supervisor.Logs.Reply(text: text))
        case .done: .object([:])
        case .failure(let failure): Self.value(FailureReply(failure))
        }
    }

    private static func value(_ reply: some Codable) -> JSONValue {
        (try? JSON.decode(JSONValue.self, from: JSON.encode(reply))) ?? .object([:])
    }
}

extension ServiceFailure {
    static func noChild(_ name: String) -> ServiceFailure {
        ServiceFailure(.notFound, "there is no child \(name); `egghead ps` shows which there are")
    }

    static func noLog(of name: String) -> ServiceFailure {
        ServiceFailure(
            .notFound,
            "there is no log of \(name) here; under systemd read the journal: journalctl EGGHEAD_CHILD=\(name)")
    }
}
