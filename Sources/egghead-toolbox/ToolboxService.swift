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
            if let refusal = refusal(caller, .writeDeliberation) { return responder.fail(refusal) }
            writeDeliberation(request, caller, responder)
        }
        client.serve(Toolbox.ReadDeliberation.self) { [unowned self] request, caller, responder in
            if let refusal = refusal(caller, .readDeliberation) { return responder.fail(refusal) }
            readDeliberation(request.room, caller, responder)
        }
        client.onConnect = { [unowned self] in process.notifier.ready() }
    }

    /// The monitor's decision; a refusal is logged here and told to the caller.
    private func refusal(_ caller: BusName, _ tool: Tool) -> ServiceFailure? {
        do throws(ServiceFailure) {
            try Authorization.authorize(Caller(caller), tool)
            return nil
        } catch {
            process.log.warning(
                "tool.denied", ["caller": "\(caller)", "tool": tool.rawValue, "permission": "\(tool.permission)"])
            return error
        }
    }

    /// The caller chooses the words, the toolbox everything that says whose they are.
    private func writeDeliberation(
        _ request: Toolbox.WriteDeliberation.Request, _ caller: BusName, _ responder: Responder<WriteReply>
    ) {
        guard RoomName.isValid(request.room), (1...max(1, request.parts)).contains(request.part) else {
            let reason =
                "write_deliberation: part \(request.part) of \(request.parts) in room \(request.room.prefix(80))"
            return responder.fail(ServiceFailure(.invalid, reason + ": there is no such part, or no such room"))
        }
        let name = names.name(for: request.request, of: caller.id, in: request.room, at: Clock.timestamp())
        let isLast = request.part == request.parts
        var fields = request.fields
        fields["id"] = nil
        fields["class"] = .string(RecordClass.deliberation.rawValue)
        fields["author"] = .string("\(caller)")
        fields["created"] = .string(name.created)
        if request.parts > 1 {
            fields["part"] = .integer(request.part)
            fields["parts"] = .integer(request.parts)
        }
        let create = Store.Create.Request(
            request: DeliberationNames.requestID("\(request.request)/\(request.part)", of: caller.id),
            id: isLast ? name.id : "\(name.id)/\(request.part)", fields: fields, body: request.body)
        client.request(Store.Create.self, create, retry: .untilDeadline) { [weak self] result in
            if case .failure(let failure) = result, failure.code == .exists {
                self?.names.forget(request.request, of: caller.id)
            }
            responder.complete(result)
        }
    }

    /// The newest deliberation is the newest last part: one that was never written to its end counts for nothing.
    private func readDeliberation(
        _ room: String, _ caller: BusName, _ responder: Responder<Toolbox.ReadDeliberation.Reply>
    ) {
        guard RoomName.isValid(room) else {
            let reason = "read_deliberation: there is no room \(room.prefix(80))"
            return responder.fail(ServiceFailure(.invalid, reason))
        }
        let prefix = DeliberationNames.prefix(of: caller.id, in: room)
        let newest = Store.List.Request(
            recordClass: .deliberation, prefix: prefix, descending: true, limit: Self.deliberationsMax)
        client.request(Store.List.self, newest, retry: .untilDeadline) { [weak self] result in
            switch result {
            case .failure(let failure): responder.fail(failure)
            case .success(let page):
                let own = page.records.first { record in
                    record.author == "\(caller)" && !record.id.dropFirst(prefix.count).contains("/")
                }
                guard let own else { return responder.reply(Toolbox.ReadDeliberation.Reply(record: nil)) }
                self?.client.request(Store.Get.self, Store.IDRequest(id: own.id), retry: .untilDeadline) {
                    responder.complete($0.map(Toolbox.ReadDeliberation.Reply.init(record:)))
                }
            }
        }
    }
}

extension Caller {
    /// The caller behind a name that the broker vouches for.
    init(_ name: BusName) {
        switch name.kind {
        case .agent: self = .agent(name.id)
        case .user, .client: self = .person(name.id)
        case .service: self = .service(name.id)
        }
    }
}
