import Bus
import BusClient
import Capabilities
import LinuxSystem
import Runtime
import Services

/// The tools that agents may call. Every call passes `authorize` first, outside the process of whoever calls.
final class ToolboxService {
    private let process: ChildProcess
    private let client: BusClient
    private let calls: ToolCalls
    private var names = DeliberationNames()

    /// The records looked at for one of the caller's own: some are older parts, and another agent's folder may have the
    /// same name.
    private static let deliberationsMax = 200

    /// A toolbox for this process.
    ///
    /// - Throws: What keeps it from its journal of calls.
    init(process: ChildProcess) throws {
        self.process = process
        client = BusClient(child: process)
        let settings = try process.settings(ToolboxSettings.self)
        calls = try ToolCalls(process: process, client: client, directory: "\(settings.stateDirectory)/tools")
    }

    /// Serves the tools; ready with the first connection.
    func start() {
        calls.serve()
        client.serve(Toolbox.WriteDeliberation.self) { [unowned self] request, caller, responder in
            do throws(ServiceFailure) {
                writeDeliberation(request, try agent(caller, .writeDeliberation), responder)
            } catch {
                responder.fail(error)
            }
        }
        client.serve(Toolbox.ReadDeliberation.self) { [unowned self] request, caller, responder in
            do throws(ServiceFailure) {
                readDeliberation(request.room, try agent(caller, .readDeliberation), responder)
            } catch {
                responder.fail(error)
            }
        }
        client.onConnect = { [unowned self] in process.notifier.ready() }
    }

    /// The agent that calls, as the monitor has decided.
    ///
    /// - Throws: The refusal, which is logged here.
    private func agent(_ caller: Principal, _ tool: Tool) throws(ServiceFailure) -> AgentID {
        do throws(ServiceFailure) {
            try Authorization.authorize(caller, tool)
            guard let agent = caller.agent else {
                preconditionFailure("deliberations are written and read by agents alone")
            }
            return agent
        } catch {
            process.log.warning(
                "tool.denied", ["caller": "\(caller)", "tool": tool.rawValue, "permission": "\(tool.permission)"])
            throw error
        }
    }

    /// The caller chooses the words, the toolbox everything that says whose they are.
    private func writeDeliberation(
        _ request: Toolbox.WriteDeliberation.Request, _ agent: AgentID, _ responder: Responder<WriteReply>
    ) {
        guard (1...max(1, request.parts)).contains(request.part) else {
            let reason = "write_deliberation: part \(request.part) of \(request.parts) in room \(request.room)"
            return responder.fail(ServiceFailure(.invalid, reason + ": there is no such part"))
        }
        let name = names.name(for: request.request, of: agent, in: request.room, at: Clock.timestamp())
        let isLast = request.part == request.parts
        var fields = request.fields
        fields["id"] = nil
        fields["class"] = .string(RecordClass.deliberation.rawValue)
        fields["author"] = .string("\(Principal.agent(agent))")
        fields["created"] = .string(name.created)
        if request.parts > 1 {
            fields["part"] = .integer(request.part)
            fields["parts"] = .integer(request.parts)
        }
        let create = Store.Create.Request(
            request: DeliberationNames.requestID("\(request.request)/\(request.part)", of: agent),
            id: isLast ? name.id : RecordID("\(name.id)/\(request.part)"), fields: fields, body: request.body)
        client.request(Store.Create.self, create, retry: .untilDeadline) { [weak self] result in
            if case .failure(let failure) = result, failure.code == .exists {
                self?.names.forget(request.request, of: agent)
            }
            responder.complete(result)
        }
    }

    /// The newest deliberation is the newest last part: one that was never written to its end counts for nothing.
    private func readDeliberation(
        _ room: RoomName, _ agent: AgentID, _ responder: Responder<Toolbox.ReadDeliberation.Reply>
    ) {
        let prefix = DeliberationNames.prefix(of: agent, in: room)
        let newest = Store.List.Request(
            recordClass: .deliberation, prefix: prefix, descending: true, limit: Self.deliberationsMax)
        client.request(Store.List.self, newest, retry: .untilDeadline) { [weak self] result in
            switch result {
            case .failure(let failure): responder.fail(failure)
            case .success(let page):
                let own = page.records.first { record in
                    record.author == "\(Principal.agent(agent))"
                        && !record.id.rawValue.dropFirst(prefix.count).contains("/")
                }
                guard let own else { return responder.reply(Toolbox.ReadDeliberation.Reply(record: nil)) }
                self?.client.request(Store.Get.self, Store.IDRequest(id: own.id), retry: .untilDeadline) {
                    responder.complete($0.map(Toolbox.ReadDeliberation.Reply.init(record:)))
                }
            }
        }
    }
}
