import Bus
import BusClient
import Capabilities
import LinuxSystem
import Runtime
import Services

/// What the toolbox serves: the menu, calls of tools, the program's own search, and deliberations. Each is decided on
/// by `Authorization`, outside the process of whoever asks.
final class ToolboxService {
    private let process: ChildProcess
    private let client: BusClient
    private let grants: CallerGrants
    private let sources: ToolSources
    private let calls: ToolCalls
    private let deliberations: DeliberationService

    /// A toolbox for this process.
    ///
    /// - Throws: What keeps it from its journal of calls.
    init(process: ChildProcess) throws {
        self.process = process
        client = BusClient(child: process)
        grants = CallerGrants(client: client)
        sources = ToolSources(sources: [RecordTools(client: client)])
        let settings = try process.settings(ToolboxSettings.self)
        calls = try ToolCalls(
            process: process, client: client, sources: sources, directory: "\(settings.stateDirectory)/tools")
        deliberations = DeliberationService(client: client, log: process.log)
    }

    /// Serves everything; ready with the first connection.
    func start() {
        client.serve(Toolbox.Menu.self) { [unowned self] _, caller, responder in
            grants.ask(of: caller) { [unowned self] grants in
                responder.complete(grants.map { sources.menu(for: $0) })
            }
        }
        client.serve(Toolbox.SearchRecords.self) { [unowned self] request, caller, responder in
            grants.ask(of: caller) { [unowned self] grants in search(request, caller, grants, responder) }
        }
        calls.serve()
        deliberations.serve()
        client.onConnect = { [unowned self] in process.notifier.ready() }
    }

    /// The search that the program makes for each turn is bounded by the record as the model's own is.
    private func search(
        _ request: Index.Passages.Request, _ caller: Principal, _ grants: Result<[Grant]?, ServiceFailure>,
        _ responder: Responder<Index.Passages.Reply>
    ) {
        do throws(ServiceFailure) {
            let grants = try grants.get()
            let passages = AccessRequest(.searchRecords, on: .filteredRecords)
            try Authorization.authorize(caller, .searchRecords, requests: [passages], grants: grants)
            RecordSearch(client: client).passages(request, grants: grants) { responder.complete($0) }
        } catch {
            responder.fail(error)
        }
    }
}
