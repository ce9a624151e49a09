import Configuration
import Glibc
import LinuxSystem
import Runtime
import Services
import Supervision
import Time

/// The shell of the supervision tree. It collects the events of a turn of the loop; at the end of the turn it passes
/// them to the tree one at a time, and performs the returned actions in order. Events of an action itself (a process
/// was made, or could not be made) are queued after those that are already there.
final class Daemon {
    private let node: Node
    private let loop: EventLoop
    private let log: Log
    private let systemd: Systemd
    private let processes: ProcessTable
    private let broker: BrokerLink
    private let control: ControlSocket
    private let authority = OrderAuthority.ofThisProcess()
    private var tree: SupervisionTree
    private var queue = EventQueue()
    private var alarm: Runtime.Timer?
    private var alarmDue: Duration?
    private var wasReady = false
    private var messagesRefused: [ChildID: RepeatCount] = [:]
    private var eventsFile: EventsFile?
    private var orders: [RequestToken: (Answer) -> Void] = [:]
    private var ordersGiven = 0
    private var declaration = DeclarationParts()
    /// Those of the model servers that have started and are not ready.
    private var probes: [ChildID: HealthProbe] = [:]
    private var isStopping = false
    private let origin: Instant
    /// Whether a child has changed since systemd was told how many are ready.
    private var hasNews = true
    /// Whether the configuration on the disk was refused and an older one is in force.
    private var isConfigurationOld = false

    /// Binds the sockets.
    ///
    /// - Throws: `SystemCallError`.
    init(node: Node, systemd: Systemd, environment: Environment, cgroups: CgroupTree?, log: Log) throws {
        (self.node, self.systemd, self.log) = (node, systemd, log)
        loop = try EventLoop()
        origin = loop.now
        node.toolsCgroup = cgroups?.tools?.path
        let listeners = try Listeners(for: node.root, systemd: systemd)
        processes = try ProcessTable(
            loop: loop, node: node, environment: environment, listeners: listeners, systemd: systemd, cgroups: cgroups,
            log: log)
        let peers = PeerIdentity(cgroups: cgroups)
        broker = BrokerLink(processes: processes, runDirectory: node.home.runDirectory, peers: peers, log: log)
        control = try ControlSocket(
            home: node.home, peers: peers, descriptors: processes.descriptors, loop: loop)
        guard var root = node.root.supervisor else { preconditionFailure("the root of a tree is a supervisor") }
        for child in node.isBuiltIn ? node.configuredChildren : [] {
            root.addChildren([child.spec], to: child.supervisor.id)
        }
        // The seed determines only jitter, and two nodes that fail together should not restart together.
        tree = SupervisionTree(id: node.root.id, root: root, seed: UInt64(bitPattern: origin.nanoseconds))
    }

    /// Boots the tree and serves until every child has been stopped, or the root has given up.
    ///
    /// - Parameter path: The file to which every lifecycle event is appended, if any.
    /// - Returns: 0 after a stop, 1 when the root gave up or the boot failed.
    /// - Throws: `SystemCallError`.
    func run(eventsFile path: String?) throws -> ExitStatus {
        if let path { eventsFile = try EventsFile(appendingTo: path) }
        processes.onEvent = { [unowned self] in handle($0) }
        processes.onMessage = { [unowned self] child, message, descriptor in receive(message, from: child, descriptor) }
        broker.onRequest = { [unowned self] request, asker, reply in receive(request, from: asker, reply) }
        control.onRequest = { [unowned self] request, asker, reply in receive(request, from: asker, reply) }
        try loop.onSignals([.terminate, .interrupt, .hangup, .child]) { [unowned self] in receive($0) }
        log.info(
            "started",
            [
                "tree": node.root.id.name, "run": node.home.runDirectory,
                "cgroup": processes.cgroups?.basePath ?? "none delegated",
            ])
        loop.onPause { [unowned self] in
            log.notice(
                "paused", ["seconds": "\($0.components.seconds)", "next": "no deadline counts the time of the pause"])
        }
        systemd.beginBeating(on: loop)
        loop.onTurnEnd { [unowned self] in handleQueued() }
        handle(.boot)
        loop.schedule(after: .zero) {}  // the first turn, at once
        let status = try loop.run()
        processes.killEverything()
        log.info("stopped", ["status": "\(status.rawValue)"])
        return status
    }

    // MARK: - Events in, actions out

    private func handle(_ event: Event) { queue.add(event) }

    private func handleQueued() {
        processes.reapEnded()
        // A restart that fails at once returns an event at once: it must not delay a stop.
        for _ in 0..<Self.eventsPerTurnMax {
            guard let event = queue.popFirst() else { break }
            if log.threshold == .debug { log.debug("event", ["event": "\(event)"]) }
            for action in tree.handle(event, at: loop.time - origin) { perform(action) }
        }
        if !queue.isEmpty { loop.schedule(after: .zero) {} }  // another turn, at once
        setAlarm()
        tellStatus()
    }

    private func tellStatus() {
        guard hasNews else { return }
        hasNews = false
        let workers = tree.statuses.filter { $0.kind == .worker }, ready = workers.count { $0.state == .ready }
        let noun = workers.count == 1 ? "process" : "processes"
        let old = isConfigurationOld ? "; the configuration was refused, the old one is in force" : ""
        systemd.status("\(isStopping ? "stopping: " : "")\(ready) of \(workers.count) \(noun) ready\(old)")
    }

    /// The number of events that are handled before signals and other sources are looked at again.
    private static let eventsPerTurnMax = 256

    private func perform(_ action: Action) {
        switch action {
        case .spawn(let id, let incarnation, let spec, let digest):
            queue.add(processes.spawn(id, incarnation, spec, digest: digest))
            broker.noticeSpawn(of: id)
        case .signal(let id, let incarnation, let signal):
            processes.signal(id, incarnation, signal)
        case .record(let event):
            record(event)
        case .reply(let token, let answer):
            orders.removeValue(forKey: token)?(answer)
        case .forgotten(let id): processes.forget(id)
        case .finished(let exitStatus):
            loop.stop(exitStatus == 0 ? .success : .failure)
        }
    }

    private func setAlarm() {
        // Nearly every event leaves the alarm unchanged, and each new timer takes memory until it is due.
        guard tree.nextWakeUp != alarmDue || alarm?.isPending != true else { return }
        alarm?.cancel()
        alarmDue = tree.nextWakeUp
        guard let due = alarmDue else { return }
        let delay = max(.zero, due - (loop.time - origin))
        alarm = loop.schedule(after: delay) { [unowned self] in handle(.wakeUp) }
    }

    private func record(_ event: LifecycleEvent) {
        hasNews = true
        if eventsFile != nil || broker.isUp {
            let report = ChildEvent(event, at: Clock.timestamp(), status: tree.status(of: event.id))
            eventsFile?.append(report)
            broker.publish(report)
        }
        LifecycleLog.write(event, to: log, isStopping: isStopping)
        probe(event)
        if event.id == node.root.id, event.kind == .ready {
            wasReady = true
            systemd.ready()
        }
    }

    /// A model server that has started is asked whether it is ready, until it is, or has ended.
    private func probe(_ event: LifecycleEvent) {
        probes.removeValue(forKey: event.id)?.cancel()
        guard event.kind == .started, node.modelServerAddresses[event.id] != nil else { return }
        // A reload may correct the address.
        probes[event.id] = HealthProbe(of: { [unowned self] in node.modelServerAddresses[event.id] }, loop: loop) {
            [unowned self] hasAnswered in
            if !hasAnswered {
                log.warning(
                    "model.silent", ["child": event.id.name, "next": "it counts as ready", "see": "url in config.yml"])
            }
            handle(.ready(event.id, event.incarnation))
        }
    }

    // MARK: - Signals, the store's declaration, operators

    private func receive(_ signal: Signal) {
        switch signal {
        case .hangup: _ = reload()
        case .terminate, .interrupt: shutDown(because: ["signal": "\(signal)"])
        case _: processes.reapOrphans()
        }
    }

    private func shutDown(because cause: KeyValuePairs<String, String?>) {
        (isStopping, hasNews) = (true, true)
        systemd.stopping()
        log.info("stopping", cause)
        handle(.stop)
    }

    /// Reads the configuration again.
    ///
    /// - Returns: Why it is refused; the old one stays in force then.
    private func reload() -> ServiceFailure? {
        defer { if wasReady, !isStopping { systemd.ready() } }
        do {
            let before = node.configuredChildren
            if wasReady, !isStopping { systemd.reloading() }
            try node.reload()
            processes.sendSettings()
            replaceConfiguredChildren(before: before)
            log.notice("configuration.reloaded", ["file": node.home.configFile])
            (isConfigurationOld, hasNews) = (false, true)
            return nil
        } catch {
            log.error(
                "configuration.refused",
                ["file": node.home.configFile, "next": "the old one stays", "error": "\(error)"])
            (isConfigurationOld, hasNews) = (true, true)
            let problems = (error as? ConfigurationError)?.problems.map(\.description) ?? ["\(error)"]
            return ServiceFailure(
                .failed, "reload: refused, the old configuration stays in force: \(problems.joined(separator: "; "))")
        }
    }

    private func replaceConfiguredChildren(before: [ConfiguredChild]) {
        for change in ConfiguredChild.changes(from: before, to: node.configuredChildren) {
            switch change {
            case .add(let child): add(child)
            case .replace(let gone, let successor):
                order(.terminateChild(gone)) { [unowned self] _ in
                    order(.deleteChild(gone)) { [unowned self] _ in
                        if let successor { add(successor) }  // the name is free only now
                    }
                }
            }
        }
    }

    private func add(_ child: ConfiguredChild) {
        order(.addChild(supervisor: child.supervisor.id, child.spec)) { [unowned self] answer in
            if answer == .ok { return }
            let fields: KeyValuePairs<String, String?> = [
                "child": child.spec.id.name, "answer": answer.word, "next": "again in 10 s",
            ]
            log.warning("child.refused", fields)
            // A child that does not start when it is added is none. See: supervisor:start_child/2
            loop.schedule(after: Self.addingPause) { [unowned self] in
                guard !isStopping, node.configuredChildren.contains(child), tree.status(of: child.spec.id) == nil
                else { return }
                add(child)
            }
        }
    }

    /// How long after a child could not be added it is added again.
    private static let addingPause = Duration.seconds(10)

    private func receive(_ message: ChildMessage, from child: ChildID, _ descriptor: consuming FileDescriptor?) {
        guard child == message.rightfulSender.id else { return refused(message, from: child) }
        switch message {
        case .declare(let part, let of, let agents):
            guard let all = declaration.add(part, of: of, agents) else { return }
            handle(.declare(BuiltInTree.Name.agents.id, all.map(Declaration.init)))
        case .peerQuestion(let id, let pid, let uid):
            broker.answer(peerQuestion: id, pid: pid, uid: uid, pidfd: descriptor)
        case .request(let id, let from, let operation, let payload):
            broker.receive(requestID: id, from: from, operation: operation, payload: payload)
        }
    }

    /// A child sent a message that it may not send.
    private func refused(_ message: ChildMessage, from child: ChildID) {
        guard let count = messagesRefused[child, default: RepeatCount()].add() else { return }
        log.warning("channel.refused", ["child": child.name, "count": "\(count)", "message": "\(message)"])
    }

    private func receive(
        _ request: OperatorRequest, from asker: OrderAuthority.Asker, _ reply: @escaping (OperatorReply) -> Void
    ) {
        if let refusal = authority.refusal(of: request, from: asker, status: { tree.status(of: $0) }) {
            return reply(.failure(refusal))
        }
        operate(request, reply)
    }

    private func operate(_ request: OperatorRequest, _ reply: @escaping (OperatorReply) -> Void) {
        switch request {
        case .list: reply(.children(statuses))
        case .node: reply(.node(description))
        case .reload: reply(reload().map { .failure($0) } ?? .done)
        case .shutDown:
            shutDown(because: ["order": request.operation])
            reply(.done)
        case .logs(let name):
            reply(processes.recentLog(of: ChildID(name)).map { .text($0) } ?? .failure(withoutLog(name)))
        case .whichChildren(let name): reply(children(of: name).map { .children($0) } ?? .failure(unknown(name)))
        case .countChildren(let name): reply(children(of: name).map { .count($0) } ?? .failure(unknown(name)))
        case .signal(let name, let signal):
            guard let process = processes.process(of: ChildID(name)) else {
                let isKnown = tree.status(of: ChildID(name)) != nil
                return reply(.failure(isKnown ? .noProcess(name) : unknown(name)))
            }
            processes.signal(process.id, process.incarnation, signal)
            reply(.done)
        case .order(let command):
            order(command) { [unowned self] in
                reply(OperatorReply(orderOn: command.subject.name, $0, among: tree.statuses.map(\.id.name)))
            }
        case .call(let command): order(command) { reply(OperatorReply(call: $0)) }
        }
    }

    /// There is no child of a name, or none that can have children.
    private func unknown(_ name: String) -> ServiceFailure {
        if tree.status(of: ChildID(name)) != nil { return .noSupervisor(name) }
        return .noChild(name, among: tree.statuses.map(\.id.name))
    }

    private func withoutLog(_ name: String) -> ServiceFailure {
        guard let status = tree.status(of: ChildID(name)) else { return unknown(name) }
        return .noLog(of: name, isSupervisor: status.kind == .supervisor)
    }

    private var description: Services.Supervisor.Node.Reply {
        let home = node.home
        return Services.Supervisor.Node.Reply(
            version: Release.version, pid: getpid(),
            since: Clock.timestamp(nanosecondsSince1970: loop.date(of: origin)), configFile: home.configFile,
            recordsDirectory: home.recordsDirectory, stateDirectory: home.stateDirectory,
            runDirectory: home.runDirectory, problems: node.problems)
    }

    private var statuses: [ChildStatus] {
        tree.statuses.map { status in
            var child = ChildStatus(status, since: loop.date(of: origin + status.since))
            if status.state == .ready, let pid = status.pid {
                if ProcessInformation.isHalted(pid) {
                    child.condition = .halted
                } else if tree.isSilent(status.id, at: loop.time - origin) {
                    child.condition = .hung
                }
                if child.condition != nil { child.state = .starting }
            }
            return child
        }
    }

    /// The children of a supervisor; nil if there is none of this name.
    private func children(of name: String) -> [ChildStatus]? {
        guard tree.status(of: ChildID(name))?.kind == .supervisor else { return nil }
        return statuses.filter { $0.parent == name }
    }

    private func order(_ command: Command, _ completion: @escaping (Answer) -> Void) {
        ordersGiven += 1
        let token = RequestToken(ordersGiven)
        orders[token] = completion
        handle(.command(command, token))
    }
}

extension SupervisorSpec {
    /// Adds children to the supervisor of this name, at any depth below.
    mutating func addChildren(_ added: [ChildSpec], to id: ChildID) {
        for index in children.indices {
            guard var below = children[index].supervisor else { continue }
            if children[index].id == id { below.children += added } else { below.addChildren(added, to: id) }
            children[index].kind = .supervisor(below)
        }
    }
}
