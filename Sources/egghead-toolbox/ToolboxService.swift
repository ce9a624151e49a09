import Bus
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

    /// The deliberations looked at for one of the caller's own, should another agent's folder have the same name.
    private static let deliberationsMax = 20

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
        client.relay(Toolbox.SearchRecords.self, to: Index.Passages.self) { [unowned self] _, caller in
            refusal(caller, .searchRecords)
        }
        calls.serve()
        client.serve(Toolbox.WriteDeliberation.self) { [unowned self] request, caller, responder in
            if let refusal = refusal(caller, .writeDeliberation) { return responder.fail(refusal) }
            writeDeliberation(request, caller, responder)
        }
        client.serve(Toolbox.ReadDeliberation.self) { [unowned self] _, caller, responder in
            if let refusal = refusal(caller, .readDeliberation) { return responder.fail(refusal) }
            readDeliberation(caller, responder)
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
        let name = names.name(for: request.request, of: caller.id, at: Clock.timestamp())
        var fields = request.fields
        fields["id"] = nil
        fields["class"] = .string(RecordClass.deliberation.rawValue)
        fields["author"] = .string("\(caller)")
        fields["created"] = .string(name.created)
        let create = Store.Create.Request(
            request: DeliberationNames.requestID(request.request, of: caller.id),
            id: name.id, fields: fields, body: request.body)
        client.request(Store.Create.self, create, retry: .untilDeadline) { [weak self] result in
            if case .failure(let failure) = result, failure.code == .exists {
                self?.names.forget(request.request, of: caller.id)
            }
            responder.complete(result)
        }
    }

    private func readDeliberation(_ caller: BusName, _ responder: Responder<Toolbox.ReadDeliberation.Reply>) {
        let newest = Store.List.Request(
            recordClass: .deliberation, prefix: DeliberationNames.prefix(of: caller.id), descending: true,
            limit: Self.deliberationsMax)
        client.request(Store.List.self, newest, retry: .untilDeadline) { [weak self] result in
            switch result {
            case .failure(let failure): responder.fail(failure)
            case .success(let page):
                guard let own = page.records.first(where: { $0.author == "\(caller)" }) else {
                    return responder.reply(Toolbox.ReadDeliberation.Reply(record: nil))
                }
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
