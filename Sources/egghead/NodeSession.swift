import BusClient
import Control
import LinuxSystem
import Runtime
import Services

/// One command's time with a node: a loop, and a connection to the broker that comes back by itself.
final class NodeSession {
    /// The connection; requests made before it stands are sent when it does.
    let bus: BusClient
    /// The loop. It stands behind the connection, which on its end still takes its watch out of it.
    let loop: EventLoop
    /// The node.
    let home: Home
    private var failure: CommandFailure?

    /// How long a command waits for one answer.
    static let answerWait = Duration.seconds(10)
    /// How long a command waits for the end of an order: a child may take as long to stop as its shutdown allows.
    static let orderWait = Duration.seconds(86_400)

    /// Finds the node.
    ///
    /// - Throws: `ServiceFailure` when nobody listens there.
    init(_ place: Place) throws {
        home = place.home
        try home.requireNode()
        loop = try EventLoop()
        bus = BusClient(loop: loop)
    }

    /// Connects and serves until `end` or `fail`.
    func run() throws {
        bus.connect(path: home.busSocket)
        _ = try loop.run()
        if let failure { throw failure }
    }

    /// Ends the command well.
    func end() { loop.stop(.success) }

    /// Ends the command with an error.
    func fail(_ error: any Error) {
        failure = CommandFailure(error) ?? CommandFailure(.software, "\(error)")
        loop.stop(.failure)
    }

    /// Asks one service one thing.
    ///
    /// - Parameters:
    ///   - wait: How long to try; longer when the service has much to write.
    /// - Returns: Its answer.
    /// - Throws: `ServiceFailure`.
    static func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, of place: Place, wait: Duration = answerWait
    ) throws -> Operation.Reply {
        let session = try NodeSession(place)
        var reply: Operation.Reply?
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

    /// Asks eggheadd one thing over its own socket, which works when the broker is down.
    ///
    /// - Returns: Its answer.
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
        _ = try loop.run()
        return try answer?.get() ?? { throw CommandFailure(.software, "no answer and no failure") }()
    }
}
