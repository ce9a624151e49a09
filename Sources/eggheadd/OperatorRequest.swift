import Configuration
import JSON
import Services
import Supervision

/// A request of an operator to eggheadd, over the control socket or the bus.
enum OperatorRequest: Hashable {
    case list
    case node
    case reload
    case shutDown
    case logs(String)
    case whichChildren(String)
    case countChildren(String)
    case signal(String, ChildSignal)
    /// `restart`, `stop` or `start`: every answer but success is a failure.
    case order(Command)
    /// A call of OTP's, answered with OTP's word.
    case call(Command)

    /// A request in the form of its message.
    ///
    /// - Parameter run: The run directory, for the sockets of a child that is added.
    /// - Throws: The error in the request.
    init(operation: String, payload: JSONValue, run: String) throws(ServiceFailure) {
        func name(_ key: String = "name") throws(ServiceFailure) -> String {
            guard let name = payload[key]?.string else {
                throw ServiceFailure(.invalid, "eggheadd.\(operation): \(key) is missing")
            }
            return name
        }
        func child() throws(ServiceFailure) -> ChildID { ChildID(try name()) }
        switch operation {
        case Services.Supervisor.List.name: self = .list
        case Services.Supervisor.Node.name: self = .node
        case Services.Supervisor.Reload.name: self = .reload
        case Services.Supervisor.ShutDown.name: self = .shutDown
        case Services.Supervisor.Logs.name: self = .logs(try name())
        case Services.Supervisor.WhichChildren.name: self = .whichChildren(try name())
        case Services.Supervisor.CountChildren.name: self = .countChildren(try name())
        case Services.Supervisor.Signal.name: self = .signal(try name(), try Self.signal(try name("signal")))
        case Services.Supervisor.Restart.name: self = .order(.restart(try child()))
        case Services.Supervisor.Stop.name: self = .order(.stop(try child()))
        case Services.Supervisor.Start.name: self = .order(.start(try child()))
        case Services.Supervisor.TerminateChild.name: self = .call(.terminateChild(try child()))
        case Services.Supervisor.RestartChild.name: self = .call(.restartChild(try child()))
        case Services.Supervisor.DeleteChild.name: self = .call(.deleteChild(try child()))
        case Services.Supervisor.StartChild.name:
            let spec = try Self.spec(payload["spec"], run: run)
            self = .call(.addChild(supervisor: ChildID(try name("supervisor")), spec))
        case _: throw ServiceFailure(.invalid, "eggheadd knows no operation \(operation)")
        }
    }

    private static func signal(_ text: String) throws(ServiceFailure) -> ChildSignal {
        guard let signal = ChildSignal(named: text) else {
            throw ServiceFailure(.invalid, "\(text) is not a signal; write HUP, SIGHUP or 1")
        }
        return signal
    }

    /// JSON is YAML, so a child that is added is read like a child in a tree file.
    private static func spec(_ value: JSONValue?, run: String) throws(ServiceFailure) -> ChildSpec {
        guard let value else { throw ServiceFailure(.invalid, "eggheadd.start_child: spec is missing") }
        do throws(ConfigurationError) {
            return try TreeFile.readChild(String(decoding: JSON.encode(value), as: UTF8.self), run: run)
        } catch {
            throw ServiceFailure(.invalid, error.problems.map(\.message).joined(separator: "; "))
        }
    }

    /// The operation's name, as in the message.
    var operation: String {
        switch self {
        case .list: Services.Supervisor.List.name
        case .node: Services.Supervisor.Node.name
        case .reload: Services.Supervisor.Reload.name
        case .shutDown: Services.Supervisor.ShutDown.name
        case .logs: Services.Supervisor.Logs.name
        case .whichChildren: Services.Supervisor.WhichChildren.name
        case .countChildren: Services.Supervisor.CountChildren.name
        case .signal: Services.Supervisor.Signal.name
        case .order(let command), .call(let command):
            switch command {
            case .restart: Services.Supervisor.Restart.name
            case .stop: Services.Supervisor.Stop.name
            case .start: Services.Supervisor.Start.name
            case .addChild: Services.Supervisor.StartChild.name
            case .terminateChild: Services.Supervisor.TerminateChild.name
            case .restartChild: Services.Supervisor.RestartChild.name
            case .deleteChild: Services.Supervisor.DeleteChild.name
            }
        }
    }

    /// Whether the request changes something.
    var changesSomething: Bool {
        switch self {
        case .list, .node, .logs, .whichChildren, .countChildren: false
        case .reload, .shutDown, .signal, .order, .call: true
        }
    }

    /// Whether the coordinator may make this request: the restart of an agent whose turn got stuck. A stopped agent
    /// stays down.
    func replacesAgent(for asker: Principal, status: (ChildID) -> NodeStatus?) -> Bool {
        guard asker == .coordinator, case .order(.restart(let child)) = self,
            let status = status(child), status.parent == BuiltInTree.Name.agents.id, !status.isHeld
        else { return false }
        return status.state == .ready || status.state == .stopping
    }
}

/// The answer to an operator.
enum OperatorReply {
    case children([ChildStatus])
    case node(Services.Supervisor.Node.Reply)
    case count([ChildStatus])
    case text(String)
    case word(String)
    case done
    case failure(ServiceFailure)

    /// The end of `restart`, `stop` or `start`.
    ///
    /// - Parameter names: The names of all children, of which one may be meant.
    init(orderOn name: String, _ answer: Answer, among names: [String] = []) {
        switch answer {
        case .ok: self = .done
        case .notFound: self = .failure(.noChild(name, among: names))
        case .running, .restarting, .alreadyStarted, .alreadyPresent:
            self = .failure(ServiceFailure(.exists, "\(name) is \(answer.word)"))
        case .failed(let detail): self = .failure(ServiceFailure(.failed, "\(name): \(detail)"))
        }
    }

    /// The end of a call of OTP's.
    init(call answer: Answer) {
        switch answer {
        case .ok, .notFound, .running, .restarting, .alreadyStarted, .alreadyPresent: self = .word(answer.word)
        case .failed(let detail): self = .failure(ServiceFailure(.failed, detail))
        }
    }

    /// The answer in the form of its message.
    var json: JSONValue {
        switch self {
        case .children(let children): Self.value(Services.Supervisor.List.Reply(children: children))
        case .node(let node): Self.value(node)
        case .count(let children): Self.value(Services.Supervisor.CountChildren.Reply(of: children))
        case .text(let text): Self.value(Services.Supervisor.Logs.Reply(text: text))
        case .word(let word): Self.value(Services.Supervisor.ChildReply(word: word))
        case .done: .object([:])
        case .failure(let failure): Self.value(FailureReply(failure))
        }
    }

    private static func value(_ reply: some Codable) -> JSONValue {
        (try? JSON.decode(JSONValue.self, from: JSON.encode(reply))) ?? .object([:])
    }
}

extension ServiceFailure {
    /// There is no child of a name.
    ///
    /// - Parameter names: The names of all children, of which one may be meant.
    static func noChild(_ name: String, among names: [String]) -> ServiceFailure {
        let hint = NearestName.hint(for: name, among: names)
        let list = hint.isEmpty ? "; `egghead ps` lists the children" : hint
        return ServiceFailure(
            .notFound, "there is no child \(name.isEmpty ? "without a name" : name.prefix(80))\(list)")
    }

    /// A child is a worker, and has no children.
    static func noSupervisor(_ name: String) -> ServiceFailure {
        ServiceFailure(.notFound, "\(name) is a worker, which has no children; `egghead ps` lists the supervisors")
    }

    /// A child has no process to send a signal to.
    static func noProcess(_ name: String) -> ServiceFailure {
        ServiceFailure(.notFound, "\(name) has no process; `egghead ps` lists the processes")
    }

    /// A child that exists has no log here: a supervisor has no process, and systemd keeps the logs of the others.
    static func noLog(of name: String, isSupervisor: Bool) -> ServiceFailure {
        if isSupervisor {
            let children = "`egghead child which \(name)` lists its children"
            return ServiceFailure(.notFound, "\(name) is a supervisor, which has no process and no log; \(children)")
        }
        return ServiceFailure(
            .notFound,
            "there is no log of \(name) here; under systemd read the journal: journalctl EGGHEAD_CHILD=\(name)")
    }
}
