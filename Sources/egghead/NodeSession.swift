import BusClient
import Control
import LinuxSystem
import Runtime
import Services

/// The event loop of a command, and its connection to the broker, which is restored after each loss.
final class NodeSession {
    /// The client. Requests that are made before it is connected are sent when it is.
    let bus: BusClient
    /// The loop. It is declared after the client, so that it still exists when the client removes its watch at the end.
    let loop: EventLoop
    /// The node's directories.
    let home: Home
    private var failure: CommandFailure?

    /// The deadline for one answer.
    static let answerWait = Duration.seconds(10)
    /// The deadline for an order to eggheadd to be executed: a child may take as long to stop as its `shutdown` allows.
    static let orderWait = Duration.seconds(86_400)

    /// Finds the node; `run()` connects to it.
    ///
    /// - Throws: `ServiceFailure` if no node listens there.
    init(_ place: Place) throws {
        home = place.home
        try home.requireNode()
        loop = try EventLoop()
        bus = BusClient(loop: loop)
    }

    /// Connects, and runs the loop until `end()` or `fail(_:)` is called.
    ///
    /// - Throws: The error that was passed to `fail(_:)`.
    func run() throws {
        bus.connect(path: home.busSocket)
        _ = try loop.run()
        if let failure { throw failure }
    }

    /// How long a command says nothing while it waits.
    private static let silenceMax = Duration.seconds(1)

    /// The same for an order.
    private static let orderSilenceMax = Duration.seconds(3)

    /// Has standard error say what is awaited, if it has not come after a second: the broker, as long as there is no
    /// connection to it, or else the service that was asked.
    ///
    /// - Parameters:
    ///   - service: The service.
    ///   - isOver: Whether the answer has come.
    func tellsWait(for service: ServiceName, until isOver: @escaping () -> Bool) {
        loop.schedule(after: Self.silenceMax) { [unowned self] in
            if !isOver() { Output.complain(Self.remark(waitingFor: bus.isConnected ? service : .broker)) }
        }
    }

    /// What is said while a command waits.
    static func remark(waitingFor service: ServiceName) -> String {
        // eggheadd itself would have to answer.
        let advice = service == .eggheadd ? "" : "; \(nextSteps[0])"
        return "waiting for \(service.rawValue), which does not answer yet\(advice)"
    }

    /// Ends `run()` without an error.
    func end() { loop.stop(.success) }

    /// Ends `run()` with an error.
    func fail(_ error: any Error) {
        let failure = CommandFailure(error) ?? CommandFailure(.software, "\(error)")
        let isSilent = failure.status == .temporaryFailure || failure.status == .unavailable && !bus.isConnected
        self.failure = isSilent ? failure.adding(Self.nextSteps) : failure
        loop.stop(.failure)
    }

    /// What a person can do next when the node does not answer.
    static let nextSteps = ["`egghead ps` shows what is down", "`egghead doctor` looks for the cause"]

    /// Sends one request to a service over the bus and waits for the answer.
    ///
    /// - Parameters:
    ///   - wait: The deadline. The request is repeated until then.
    /// - Returns: The answer.
    /// - Throws: `CommandFailure`, and `ServiceFailure` if no node listens.
    static func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, of place: Place, wait: Duration = answerWait
    ) throws -> Operation.Reply {
        let session = try NodeSession(place)
        var reply: Operation.Reply?
        session.tellsWait(for: Operation.service) { reply != nil }
        session.bus.request(operation, request, deadline: wait, retry: .untilDeadline) { result in
            switch result {
            case .success(let answer):
                reply = answer
                session.end()
            case .failure(let failure): session.fail(failure)
            }
        }
        try session.run()
        if let answer = reply as? any Index.Answer, answer.rebuilding {
            Output.complain("the index is being rebuilt; there may be more to find later")
        }
        return try reply ?? { throw CommandFailure(.software, "no answer and no failure") }()
    }

    /// Sends one request to eggheadd over its control socket, which also works when the broker is down, and waits for
    /// the answer.
    ///
    /// - Returns: The answer.
    /// - Throws: `ServiceFailure`.
    static func control<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, of place: Place, deadline: Duration = answerWait
    ) throws -> Operation.Reply {
        let loop = try EventLoop()
        var answer: Result<Operation.Reply, ServiceFailure>?
        ControlRequest.send(operation, request, to: place.home.controlSocket, loop: loop, deadline: deadline) {
            result in
            answer = result
            loop.stop(.success)
        }
        // A question is answered at once. An order is, when it was carried out: a child may stop or load for minutes.
        if deadline == answerWait {
            loop.schedule(after: silenceMax) { Output.complain(remark(waitingFor: .eggheadd)) }
        } else {
            loop.schedule(after: orderSilenceMax) {
                let advice = "`egghead ps` shows how far it is, and Ctrl-C leaves it to the node"
                Output.complain("\(Operation.name): it is under way; \(advice)")
            }
        }
        _ = try loop.run()
        return try answer?.get() ?? { throw CommandFailure(.software, "no answer and no failure") }()
    }
}
