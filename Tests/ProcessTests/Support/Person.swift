import BusClient
import LinuxSystem
import Runtime
import Services
import Testing

/// A person's program on the bus of a node.
final class Person {
    private let bus: BusClient
    private let loop: EventLoop

    /// Connects to a node's broker.
    init(_ node: TestNode) throws {
        loop = try EventLoop()
        bus = BusClient(loop: loop)
        bus.connect(path: node.home + "/run/broker.sock")
    }

    /// Asks a service with a payload as it is.
    ///
    /// - Returns: Whether anything came back, be it a refusal.
    func isAnswered(_ service: ServiceName, _ operation: String, _ payload: String) throws -> Bool {
        var answer: Result<BusMessage, ServiceFailure>?
        loop.stop(.success)  // from now on each run is one turn
        try loop.turn(for: .seconds(60)) { bus.name != nil }
        let caller = try #require(bus.name)
        bus.request(subject: .service(service, operation, caller: caller), payload: Array(payload.utf8)) { answer = $0 }
        try loop.turn(for: .seconds(60)) { answer != nil }
        return (try? answer?.get()) != nil
    }

    /// Asks a service and waits for its answer.
    func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request
    ) throws -> Operation.Reply {
        var answer: Result<Operation.Reply, ServiceFailure>?
        bus.request(operation, request, deadline: .seconds(30), retry: .untilDeadline) { answer = $0 }
        loop.stop(.success)  // from now on each run is one turn
        try loop.turn(for: .seconds(60)) { answer != nil }
        return try #require(answer, "no answer to \(Operation.name)").get()
    }

    /// Sends several searches at once and waits for all answers.
    ///
    /// - Returns: The number of each query and what came back, in the order in which the answers came.
    func searchAtOnce(
        _ queries: [String]
    ) throws -> [(query: Int, answer: Result<Index.Search.Reply, ServiceFailure>)] {
        var answers: [(query: Int, answer: Result<Index.Search.Reply, ServiceFailure>)] = []
        for (number, query) in queries.enumerated() {
            bus.request(Store.Search.self, .init(query: query), deadline: .seconds(30), retry: .untilDeadline) {
                answers.append((number, $0))
            }
        }
        loop.stop(.success)  // from now on each run is one turn
        try loop.turn(for: .seconds(60)) { answers.count == queries.count }
        return answers
    }
}
