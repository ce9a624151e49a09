import BusClient
import Capabilities
import LinuxSystem
import Runtime
import Services

/// Serves `svc.toolbox.write_deliberation` and `.read_deliberation`: what an agent knows, before it hands off, and what
/// its predecessor knew. Both are operations of the program and no tools: no model calls them, and no journal holds
/// them.
final class DeliberationService {
    private let client: BusClient
    private let log: Log
    private var names = DeliberationNames()

    /// A service on a client of the bus.
    init(client: BusClient, log: Log) {
        self.client = client
        self.log = log
    }

    /// Serves both operations.
    func serve() {
        serve(Toolbox.WriteDeliberation.self) { [unowned self] in write($0, $1, $2) }
        serve(Toolbox.ReadDeliberation.self) { [unowned self] in read($0.room, $1, $2) }
    }

    /// Serves an operation for agents alone; what is refused is logged here.
    private func serve<Operation: ServiceOperation>(
        _ operation: Operation.Type,
        _ handler: @escaping (Operation.Request, AgentID, Responder<Operation.Reply>) -> Void
    ) {
        client.serve(operation) { [unowned self] request, caller, responder in
            do throws(Denial) {
                handler(request, try Authorization.agentForDeliberations(caller, Operation.name), responder)
            } catch {
                log.warning(
                    "tool.denied",
                    [
                        "caller": "\(caller)", "tool": Operation.name, "code": error.code.rawValue,
                        "reason": error.message,
                    ])
                responder.fail(error.failure)
            }
        }
    }

    private func write(
        _ request: Toolbox.WriteDeliberation.Request, _ agent: AgentID, _ responder: Responder<WriteReply>
    ) {
        if let refusal = DeliberationRecords.refusal(of: request) { return responder.fail(refusal) }
        let name = names.name(for: request.request, of: agent, in: request.room, at: Clock.timestamp())
        let create = DeliberationRecords.creation(request, of: agent, as: name)
        client.request(Store.Create.self, create, retry: .untilDeadline) { [weak self] result in
            if case .failure(let failure) = result, failure.code == .exists {
                self?.names.forget(request.request, of: agent)
            }
            responder.complete(result)
        }
    }

    private func read(
        _ room: RoomName, _ agent: AgentID, _ responder: Responder<Toolbox.ReadDeliberation.Reply>
    ) {
        let list = DeliberationRecords.list(of: agent, in: room)
        client.request(Store.List.self, list, retry: .untilDeadline) { [weak self] result in
            switch result {
            case .failure(let failure): responder.fail(failure)
            case .success(let page):
                guard let own = DeliberationRecords.newest(of: agent, in: room, among: page.records) else {
                    return responder.reply(Toolbox.ReadDeliberation.Reply(record: nil))
                }
                self?.client.request(Store.Get.self, Store.IDRequest(id: own.id), retry: .untilDeadline) {
                    responder.complete($0.map(Toolbox.ReadDeliberation.Reply.init(record:)))
                }
            }
        }
    }
}
