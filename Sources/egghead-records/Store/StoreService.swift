import Bus
import BusClient
import LinuxSystem
import Records
import Runtime
import Services

/// `egghead-records store`: owns the files, and answers requests for them.
///
/// It may read and write below the records directory, and needs no other right.
final class StoreService {
    let process: ChildProcess
    let client: BusClient
    let directory: RecordDirectory
    let scanner: Scanner
    let feed: IndexFeed
    private let declarer: AgentDeclarer
    /// The first answers to writes, and the callers that wait for an answer.
    var answers = AnswerMemory<RememberedWrite>()
    private var isScanning = false
    private var isReady = false

    /// Opens the directory, and creates it if it is missing.
    ///
    /// - Throws: If it cannot be created, or nothing in it can be watched.
    init(process: ChildProcess, client: BusClient) throws {
        self.process = process
        self.client = client
        let root = try process.settings(StoreSettings.self).recordsDirectory
        try Files.makeDirectories(root)
        // The directory itself may be a symbolic link; below it none is followed.
        directory = RecordDirectory(root: try Files.resolved(root))
        scanner = Scanner(directory: directory, loop: process.loop, log: process.log)
        feed = IndexFeed(client: client, process: process, scanner: scanner, directory: directory)
        declarer = AgentDeclarer(process: process, scanner: scanner)
    }

    /// Begins to serve and to scan; reports READY when every file has been read once.
    func start() throws {
        feed.onRefused = { [unowned self] path, message in
            scanner.report(RecordProblem(path: path, line: nil, message: message))
        }
        serveReads()
        serveWrites()
        serveMoves()
        serveLinks()
        relayToIndex()
        client.onConnect = { [unowned self] in feed.resynchronize() }
        client.subscribe(SubjectPattern(.child(ServiceName.index.rawValue))) { [unowned self] message in
            if (try? message.decode(ChildEvent.self))?.event == .ready { feed.resynchronize() }
        }
        scanner.recall = { [unowned self] path in feed.held(of: path) }
        scanner.onRead = { [unowned self] record, stamp in feed.add(record, stamp: stamp) }
        scanner.onSettled = { [unowned self] in settled() }
        feed.onAsked = { [unowned self] in scan() }
        process.loop.schedule(after: Self.memoryPatience) { [unowned self] in scan() }
    }

    private var agents = AgentList()

    /// How long the index may take to say what it holds, before every file is read.
    private static let memoryPatience = Duration.seconds(2)

    /// Begins the first scan, once.
    private func scan() {
        if isScanning { return }
        isScanning = true
        process.log.info("records.scanning", ["path": directory.root])
        scanner.rescan()
    }

    /// A slice of the scan has ended: publishes what has changed.
    func settled() {
        guard scanner.isComplete else { return feed.proceed() }
        let changes = scanner.catalogue.takeChanges()
        if changes.isEmpty && isReady { return feed.proceed() }
        if changes.agents { declarer.agentsChanged() }
        if isReady {
            feed.add(changes.changed + changes.removed)
            publish(changes)
        } else {
            becomeReady()
        }
        feed.proceed()
        let problems = scanner.catalogue.problems.count
        let records = Counted.words(scanner.catalogue.count, "record")
        process.notifier.status(records + (problems == 0 ? "" : ", \(Counted.words(problems, "problem"))"))
    }

    private func becomeReady() {
        isReady = true
        let count = scanner.catalogue.count, problems = scanner.catalogue.problems.count
        process.log.info("records.scanned", ["records": "\(count)", "problems": "\(problems)"])
        // Subscribers of the store's predecessor have missed the changes since: the event says that agents may have
        // changed.
        client.publish(RecordsChanged(changed: [], removed: [], agents: true), to: .recordsChanged)
        process.notifier.ready()
    }

    /// The most ids of one event; more make several events.
    private static let idsPerEventMax = 1_000

    private func publish(_ changes: Catalogue.Changes) {
        var changed = changes.changed[...], removed = changes.removed[...], isFirst = true
        while isFirst || !changed.isEmpty || !removed.isEmpty {
            let event = RecordsChanged(
                changed: changed.prefix(Self.idsPerEventMax).map { RecordID($0) },
                removed: removed.prefix(Self.idsPerEventMax).map { RecordID($0) },
                agents: changes.agents && isFirst)
            client.publish(event, to: .recordsChanged)
            changed = changed.dropFirst(Self.idsPerEventMax)
            removed = removed.dropFirst(Self.idsPerEventMax)
            isFirst = false
        }
    }

    private func serveReads() {
        client.serve(Store.Get.self) { [unowned self] request, _, responder in
            responder.complete(Result { () throws(ServiceFailure) in try get(request.id) })
        }
        client.serve(Store.Text.self) { [unowned self] request, _, responder in
            responder.complete(Result { () throws(ServiceFailure) in try text(of: request.id) })
        }
        client.serve(Store.List.self) { [unowned self] request, _, responder in
            responder.complete(whenRead { list(request) })
        }
        client.serve(Store.Agents.self) { [unowned self] request, _, responder in
            responder.complete(whenRead { agents.page(request, of: scanner.catalogue) })
        }
        client.serve(Store.Agent.self) { [unowned self] request, _, responder in
            responder.complete(Result { () throws(ServiceFailure) in try agent(request.id) })
        }
        client.serve(Store.Problems.self) { [unowned self] _, _, responder in
            responder.reply(Store.Problems.Reply(problems: scanner.catalogue.problems))
        }
    }

    /// Answers from the complete catalogue. During the first scan, files that are not yet read would count as deleted.
    private func whenRead<Reply>(_ reply: () -> Reply) -> Result<Reply, ServiceFailure> {
        isReady ? .success(reply()) : .failure(Self.stillReading)
    }

    private static let stillReading = ServiceFailure(
        .unavailable, "the records are still being read; try again in a moment")

    /// Relays the caller's own bytes to the index, whose answer goes to the caller: the store decodes neither.
    private func relayToIndex() {
        client.relay(Store.Search.self, to: Index.Search.self)
        client.relay(Store.Passages.self, to: Index.Passages.self)
        client.relay(Store.Backlinks.self, to: Index.Backlinks.self)
        client.relay(Store.Recent.self, to: Index.Recent.self)
        client.relay(Store.Tags.self, to: Index.Tags.self)
        client.relay(Store.SearchRooms.self, to: Index.SearchRooms.self)
    }

    /// The summaries of a page of files. A file that changes just now may be missing, or have another class.
    private func list(_ request: Store.List.Request) -> Store.List.Reply {
        let page = scanner.catalogue.list(request)
        var reply = Store.List.Reply(records: [], more: page.more), bytes = 0
        for file in page.files {
            guard case .record(let record, let stamp) = directory.look(at: file.path) else { continue }
            let summary = record.summary(updated: stamp.updated)
            bytes += summary.payloadBytes
            if bytes > RecordLimits.pageBytesMax && !reply.records.isEmpty {
                reply.more = true
                break
            }
            reply.records.append(summary)
        }
        return reply
    }

    /// One record from its file at this moment, also if the watcher has not reported a change yet.
    private func get(_ id: RecordID) throws(ServiceFailure) -> RecordReply {
        let holder = try holder(of: id)
        let record = Record(path: holder.path, text: try directory.text(of: holder.path))
        return RecordReply(
            summary: record.summary(updated: holder.entry.updated), fields: record.fields, body: record.body,
            isBroken: record.isFrontmatterBroken ? true : nil)
    }

    private func agent(_ id: RecordID) throws(ServiceFailure) -> AgentDefinition {
        if !isReady { throw Self.stillReading }
        guard let agent = agents.current(scanner.catalogue).first(where: { $0.id.record == id }) else {
            if scanner.catalogue.ignored(id.rawValue) != nil { throw notFound(id) }
            let names = agents.current(scanner.catalogue).map(\.id.rawValue)
            let hint = NearestName.hint(for: id.rawValue, among: names)
            let advice = hint.isEmpty ? "; egghead agents lists them" : hint
            throw ServiceFailure(.notFound, "there is no agent \(id.rawValue.prefix(80))\(advice)")
        }
        return agent
    }

    private func text(of id: RecordID) throws(ServiceFailure) -> Store.Text.Reply {
        let path = try holder(of: id).path, text = try directory.text(of: path)
        return Store.Text.Reply(path: path, text: text, revision: Digest(of: text.utf8).hexadecimal)
    }

    /// The file of a record, examined again just now.
    func holder(of id: RecordID) throws(ServiceFailure) -> Catalogue.Holder {
        if !isReady { throw Self.stillReading }
        guard let path = scanner.catalogue.holder(of: id.rawValue)?.path else { throw notFound(id) }
        scanner.look(at: path)
        guard let holder = scanner.catalogue.holder(of: id.rawValue) else { throw notFound(id) }
        return holder
    }

    private func notFound(_ id: RecordID) -> ServiceFailure {
        if let problem = scanner.catalogue.ignored(id.rawValue) {
            return ServiceFailure(.notFound, "\(problem.path): \(problem.message)")
        }
        if id == BuiltInAgent.id.record {
            let replace = "a record of that id and `class: agent` replaces it"
            return ServiceFailure(
                .notFound, "the agent \(id) is built in: it has no record, and cannot be edited or retired; \(replace)")
        }
        let name = id.rawValue.prefix(80)
        let hint = scanner.catalogue.record(meantBy: String(name)).map { "did you mean \($0)?" }
        return ServiceFailure(
            .notFound, "there is no record \"\(name)\"; \(hint ?? "search for it with egghead search")")
    }
}
