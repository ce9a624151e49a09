import Bus
import GRDB
import LinuxSystem
import Runtime
import Services

/// `egghead-records index`: answers questions about records from the database, and takes over what the store sends.
///
/// Only `store` and `toolbox` can ask: the broker lets nobody else publish here. A damaged database ends the process;
/// its successor, and the store that restarts with it, build a new one.
final class IndexService {
    private let process: ChildProcess
    private let client: BusClient
    private let directory: String
    private let database: IndexDatabase
    private var isRebuilding: Bool

    /// Opens the database.
    ///
    /// - Throws: When it can be neither opened nor made.
    init(process: ChildProcess, client: BusClient) throws {
        self.process = process
        self.client = client
        directory = try process.settings(IndexSettings.self).stateDirectory
        try Files.makeDirectories(directory, mode: 0o750)
        let log = process.log, path = "\(directory)/\(IndexDatabase.fileName)"
        database = try IndexDatabase(directory: directory) { reason in
            log.warning("index.discarded", ["path": path, "reason": reason, "next": "rebuild"])
        }
        isRebuilding = database.isNew
        log.info(
            "index.opened", ["path": path, "records": "\(try database.recordCount())", "new": "\(database.isNew)"])
    }

    /// Begins to answer.
    func start() throws {
        serve(Index.Revisions.self) { [database] in try database.revisions(after: $0.after) }
        serve(Index.Apply.self) { [unowned self] in try apply($0) }
        serve(Index.Search.self) { [unowned self] in
            Index.Search.Reply(hits: try database.search($0), rebuilding: isRebuilding)
        }
        serve(Index.Passages.self) { [database] in Index.Passages.Reply(passages: try database.passages($0)) }
        serve(Index.Links.self) { [database] in try database.links(of: $0.id, depth: $0.depth) }
        serve(Index.Backlinks.self) { [database] in try database.backlinks(of: $0.id, depth: $0.depth) }
        serve(Index.Recent.self) { [database] in try database.recent($0) }
        serve(Index.Tags.self) { [database] in try database.tags($0) }
        serve(Index.Unresolved.self) { [database] _ in try database.unresolvedLinks() }
        try showStatus()
        process.notifier.ready()
    }

    private func apply(_ request: Index.Apply.Request) throws -> Empty {
        try database.apply(request)
        if isRebuilding && !request.rebuilding {
            process.log.notice("index.rebuilt", ["records": "\(try database.recordCount())"])
        }
        isRebuilding = request.rebuilding
        try showStatus()
        return Empty()
    }

    private func showStatus() throws {
        let count = try database.recordCount()
        process.notifier.status(isRebuilding ? "rebuilding, \(count) records so far" : "\(count) records")
    }

    private func serve<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ answer: @escaping (Operation.Request) throws -> Operation.Reply
    ) {
        client.serve(operation) { [unowned self] request, _, responder in
            do {
                responder.reply(try answer(request))
            } catch let error as DatabaseError where error.isDamage {
                responder.fail(
                    ServiceFailure(.unavailable, "the index is damaged and is being rebuilt; try again soon"))
                giveUp(error)
            } catch {
                process.log.error("index.failed", ["operation": Operation.name, "error": "\(error)"])
                responder.fail(ServiceFailure(.internalError, "the index could not answer \(Operation.name): \(error)"))
            }
        }
    }

    /// Leaves nothing of the database, so that the successor begins a new one.
    private func giveUp(_ error: DatabaseError) {
        process.log.error("index.damaged", ["path": directory, "error": "\(error)", "next": "delete and rebuild"])
        _ = try? IndexDatabase.delete(directory: directory)  // the successor looks for damage again
        process.loop.stop(.temporaryFailure)
    }
}
