import Bus
import BusClient
import Rooms
import Services

// What comes over the bus.
extension RoomService {
    /// Serves `svc.coordinator.…`.
    func serveRequests() {
        client.serve(Coordinator.Post.self) { [unowned self] request, caller, responder in
            if let fullness, !state.isAnswered(request, from: caller) { return responder.fail(fullness) }
            step(.posted(request, caller: caller, asker: asker(caller) { responder.complete($0.post) }))
        }
        client.serve(Coordinator.Manage.self) { [unowned self] request, caller, responder in
            step(.managed(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        client.serve(Coordinator.Cancel.self) { [unowned self] request, caller, responder in
            step(.cancelAsked(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        client.serve(Coordinator.Save.self) { [unowned self] request, caller, responder in
            recall(request.room)
            step(.saveAsked(request, caller: caller, asker: asker(caller) { responder.complete($0.saved) }))
        }
        client.serve(Coordinator.Drop.self) { [unowned self] request, caller, responder in
            recall(request.room)
            step(.dropAsked(request, caller: caller, asker: asker(caller) { responder.complete($0.saved) }))
        }
        client.serve(Coordinator.Join.self) { [unowned self] request, caller, responder in
            if let fullness { return responder.fail(fullness) }
            step(.joinAsked(request, caller: caller, asker: asker(caller) { responder.complete($0.joined) }))
        }
        client.serve(Coordinator.Finish.self) { [unowned self] request, caller, responder in
            step(.finished(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        client.serve(Coordinator.Handoff.self) { [unowned self] request, caller, responder in
            step(.handedOff(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        client.serve(Coordinator.AskHandoff.self) { [unowned self] request, caller, responder in
            step(.handoffAsked(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        client.serve(Coordinator.Hello.self) { [unowned self] request, caller, responder in
            step(.greeted(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        client.serve(Coordinator.Progress.self) { [unowned self] request, caller, _ in
            step(.progressed(request, caller: caller))
        }
        client.serve(Coordinator.Tell.self) { [unowned self] request, caller, responder in
            step(.told(request, caller: caller, asker: asker(caller) { responder.complete($0.done) }))
        }
        serveQuestions()
    }

    /// Brings back what was said in a room, for a transcript of it; not when that would be too long for one.
    private func recall(_ room: RoomName) {
        guard outage == nil, let ledger = state.ledger[room], ledger.needsRecall,
            let entries = storage.history.readAll(ledger, bytesMax: RoomsLimits.recallBytesMax)
        else { return }
        state.recall(room, entries)
        recalled.append(room)
    }

    /// A question is answered at the end of the turn, when the state is no longer ahead of the disk.
    private func serveQuestions() {
        client.serve(Coordinator.History.self) { [unowned self] request, _, responder in
            afterCommit { [unowned self] in
                switch state.history(request, storage.history.readTexts) {
                case .success(let page): responder.reply(json: page.json)
                case .failure(let failure): responder.fail(failure)
                }
            }
        }
        client.serve(Coordinator.Settled.self) { [unowned self] request, _, responder in
            afterCommit { [unowned self] in responder.complete(state.settled(request, storage.history.read)) }
        }
        client.serve(Coordinator.Rooms.self) { [unowned self] _, _, responder in
            afterCommit { [unowned self] in responder.reply(state.rooms()) }
        }
    }

    /// Listens to what concerns the agents, and to the connection itself.
    func listen() {
        client.onConnect = { [unowned self] in step(.connected) }
        client.subscribe("records.changed") { [unowned self] message in
            if (try? message.decode(RecordsChanged.self))?.agents == true { step(.agentsChanged) }
        }
        client.subscribe("sys.child.>") { [unowned self] message in
            guard let child = try? message.decode(ChildEvent.self) else { return }
            step(.childChanged(child))
        }
        process.onReload = { [unowned self] in configure() }
    }

    /// Tells the state the settings that are in force now.
    func configure() {
        guard let settings = try? process.settings(CoordinatorSettings.self) else { return }
        retention = settings.retention ?? RetentionRules()
        trimSoon()
        step(
            .configured(
                defaultRoom: settings.defaultRoom, turnBudget: settings.turnBudget,
                turnTimeout: .milliseconds(settings.turnTimeoutMilliseconds)))
    }
}

// The answer of the state as the reply to each operation.
extension RoomsState.Answer {
    fileprivate var post: Result<Coordinator.Post.Reply, ServiceFailure> {
        if case .post(let reply) = self { return .success(reply) }
        return .failure(failure)
    }

    fileprivate var saved: Result<Coordinator.TranscriptReply, ServiceFailure> {
        if case .saved(let records) = self { return .success(Coordinator.TranscriptReply(records: records)) }
        return .failure(failure)
    }

    fileprivate var joined: Result<Coordinator.Join.Reply, ServiceFailure> {
        if case .joined(let reply) = self { return .success(reply) }
        return .failure(failure)
    }

    fileprivate var done: Result<Empty, ServiceFailure> {
        if case .done = self { return .success(Empty()) }
        return .failure(failure)
    }

    private var failure: ServiceFailure {
        switch self {
        case .refused(let failure): failure
        case .post, .saved, .joined, .done:
            preconditionFailure("the state answered another request than it was asked")
        }
    }
}
