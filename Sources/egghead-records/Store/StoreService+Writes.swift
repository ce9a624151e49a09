import Bus
import BusClient
import Records
import Runtime
import Services

/// The answer to a write, or the callers that wait for it.
enum WriteAnswer {
    /// The file is written; the index has not answered yet.
    case waiting([Responder<WriteReply>])
    /// The first answer.
    case given(WriteReply)
}

/// A write that was made, with the operation that its id is for.
struct RememberedWrite {
    /// The operation's name.
    let operation: String
    /// What its callers get.
    var answer: WriteAnswer
}

/// A change that is on the disk.
struct Written {
    /// The record's id.
    var id: RecordID
    /// Its revision; nil after a deletion.
    var revision: String?
    /// The links that a move could not update.
    var left: [RecordProblem] = []
}

extension StoreService {
    /// How long a write waits for the index before it is answered without it.
    private static let indexPatience = Duration.milliseconds(200)

    /// Begins to serve writes.
    func serveWrites() {
        client.serve(Store.Create.self) { [unowned self] request, caller, responder in
            write(Store.Create.self, request.request, caller, responder) { () throws(ServiceFailure) in
                try create(request)
            }
        }
        client.serve(Store.Update.self) { [unowned self] request, caller, responder in
            write(Store.Update.self, request.request, caller, responder) { () throws(ServiceFailure) in
                try update(request)
            }
        }
        client.serve(Store.Replace.self) { [unowned self] request, caller, responder in
            write(Store.Replace.self, request.request, caller, responder) { () throws(ServiceFailure) in
                try replace(request)
            }
        }
        client.serve(Store.Delete.self) { [unowned self] request, caller, responder in
            write(Store.Delete.self, request.request, caller, responder) { () throws(ServiceFailure) in
                try delete(request)
            }
        }
    }

    /// Makes a write unless it was made before, and answers when it is on the disk and the index has it, or after 200
    /// ms.
    ///
    /// A refusal is not remembered: a retry is decided again. It changes nothing, unless it is the disk that refuses
    /// to synchronize a name: the file then has its new text, which a power cut may take back.
    func write<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: String, _ caller: Principal, _ responder: Responder<WriteReply>,
        _ change: () throws(ServiceFailure) -> Written
    ) {
        let key = AnswerMemory<RememberedWrite>.Key(caller: "\(caller)", request: request)
        guard (1...RecordLimits.requestIDBytesMax).contains(request.utf8.count) else {
            return responder.fail(ServiceFailure(.invalid, "a write needs a `request` id of 1 to 200 bytes"))
        }
        if var known = answers[key] {
            if known.operation != Operation.name {
                let reason = "the request id \"\(request)\" was used for \(known.operation); make a new one"
                return responder.fail(ServiceFailure(.invalid, reason))
            }
            switch known.answer {
            case .given(let reply): return responder.reply(reply)
            case .waiting(let others): known.answer = .waiting(others + [responder])
            }
            return answers.remember(known, for: key)
        }
        do throws(ServiceFailure) {
            let written = try change()
            answers.remember(RememberedWrite(operation: Operation.name, answer: .waiting([responder])), for: key)
            waitForIndex(written, key)
        } catch {
            responder.fail(error)
        }
    }

    private func waitForIndex(_ written: Written, _ key: AnswerMemory<RememberedWrite>.Key) {
        let answer = { [unowned self] (isIndexed: Bool) in
            guard var known = answers[key], case .waiting(let waiting) = known.answer else { return }
            let reply = WriteReply(
                id: written.id, revision: written.revision, indexed: isIndexed,
                left: written.left.isEmpty ? nil : written.left)
            known.answer = .given(reply)
            answers.remember(known, for: key)
            for responder in waiting { responder.reply(reply) }
        }
        let timer = process.loop.schedule(after: Self.indexPatience) { answer(false) }
        feed.whenIndexed(written.id.rawValue) {
            timer.cancel()
            answer(true)
        }
        settled()
        // Also if the file has the text that it had: the index says at once that it has this revision.
        feed.addIfAwaited(written.id.rawValue)
    }

    private func create(_ request: Store.Create.Request) throws(ServiceFailure) -> Written {
        let format = request.format ?? .markdown
        var fields = request.fields
        if let id = request.id, fields["id"] == .string(id.rawValue) { fields["id"] = nil }
        if fields["id"] != nil {
            throw ServiceFailure(.invalid, "the key id is not \"\(request.id?.rawValue ?? "")\"; leave it out")
        }
        let text = try Self.edit("create \(request.id?.rawValue ?? "")") {
            () throws(RecordEditError) -> any RecordText in
            try format.create(fields: fields, body: request.body)
        }
        let id = try newID(request, text.text), path = RecordID.path(of: id, in: format)
        if isTaken(id) {
            if let file = holder(of: id, ifItIs: text.text) {
                try directory.synchronize(file.path)
                return Written(id: RecordID(id), revision: file.entry.revision.hexadecimal)
            }
            throw ServiceFailure(.exists, "there is a record \"\(id)\" already; choose another id, or update that one")
        }
        return Written(id: RecordID(id), revision: try write(text.text, to: path))
    }

    /// The record whose file has exactly this text: this same request has written it, before the store or its answer
    /// was lost.
    private func holder(of id: String, ifItIs text: String) -> Catalogue.Holder? {
        guard let file = try? holder(of: RecordID(id)), (try? directory.text(of: file.path)) == text else { return nil }
        return file
    }

    private func newID(_ request: Store.Create.Request, _ text: String) throws(ServiceFailure) -> String {
        if !scanner.isComplete {
            throw ServiceFailure(.unavailable, "the records are still being read; try again in a moment")
        }
        if let id = request.id?.rawValue {
            guard let objection = RecordID.objection(toNew: id) else { return id }
            throw ServiceFailure(.invalid, "the id \"\(id.prefix(80))\" \(objection); choose another")
        }
        let title = request.fields["title"]?.string ?? Record(path: "", text: request.body).title
        let slug = RecordID.slug(of: title)
        var id = slug, number = 1
        while isTaken(id), holder(of: id, ifItIs: text) == nil {
            number += 1
            id = "\(slug)-\(number)"
        }
        return id
    }

    /// Whether there is a record of this id, or any file at its path.
    func isTaken(_ id: String) -> Bool {
        scanner.catalogue.has(id) || RecordID.paths(of: id).contains(where: directory.isTaken)
    }

    private func update(_ request: Store.Update.Request) throws(ServiceFailure) -> Written {
        let file = try current(request.id, revision: request.revision)
        if let id = request.fields["id"], id != .string(request.id.rawValue) {
            throw ServiceFailure(.invalid, "an update cannot change the id of \"\(request.id)\"; create another record")
        }
        let old = RecordFormat.parts(of: try directory.text(of: file.path), at: file.path)
        let text = try Self.edit("update \(request.id)") { () throws(RecordEditError) -> any RecordText in
            try old.updating(fields: request.fields, body: request.body)
        }
        guard text.text.hasSameBytes(as: old.text) else {
            try refuseBrokenAgent(text.text, at: file.path)
            return Written(id: file.id, revision: try write(text.text, to: file.path))
        }
        try directory.synchronize(file.path)
        return Written(id: file.id, revision: file.entry.revision.hexadecimal)
    }

    /// A key that nobody understands leaves an agent with its previous record, and whoever changes a key wants the
    /// change to be in force.
    private func refuseBrokenAgent(_ text: String, at path: String) throws(ServiceFailure) {
        let record = Record(path: path, text: text)
        guard record.recordClass == .agent, record.agent == nil, let problem = record.problems.first else { return }
        throw ServiceFailure(.invalid, "update \(record.id): \(problem.message)")
    }

    /// The new text may have another id, because a person edits the whole file.
    private func replace(_ request: Store.Replace.Request) throws(ServiceFailure) -> Written {
        let file = try current(request.id, revision: request.revision), path = file.path
        let id = Record(path: path, text: request.text).id
        if RecordID(id) != file.id, scanner.catalogue.has(id) {
            throw ServiceFailure(.exists, "there is a record \"\(id)\" already; choose another id")
        }
        return Written(id: RecordID(id), revision: try write(request.text, to: path))
    }

    private func delete(_ request: Store.Delete.Request) throws(ServiceFailure) -> Written {
        let file = try current(request.id, revision: request.revision)
        try directory.discard(file.path)
        scanner.lookForLastTime(at: file.path)
        return Written(id: file.id, revision: nil)
    }

    /// The record, if it is still the revision that the caller has read.
    private func current(_ id: RecordID, revision: String?) throws(ServiceFailure) -> Catalogue.Holder {
        let file = try holder(of: id)
        if let revision, revision != file.entry.revision.hexadecimal {
            throw ServiceFailure(
                .stale,
                "\"\(id)\" has changed since revision \(revision.prefix(32)); read it again and repeat the change")
        }
        return file
    }

    /// - Returns: The revision of the written text.
    func write(_ text: String, to path: String) throws(ServiceFailure) -> String {
        if text.utf8.count > RecordLimits.fileBytesMax {
            throw ServiceFailure(
                .invalid, "\(path) would be larger than \(RecordLimits.fileBytesMax) bytes; cut it in two")
        }
        // Also after a refusal, because the file has its new text if only its name could not be synchronized.
        defer { scanner.look(at: path) }
        try directory.write(text, to: path)
        return Digest(of: text.utf8).hexadecimal
    }

    static func edit(
        _ attempt: String, _ change: () throws(RecordEditError) -> any RecordText
    ) throws(ServiceFailure) -> any RecordText {
        do throws(RecordEditError) { return try change() } catch {
            throw ServiceFailure(.invalid, "cannot \(attempt): \(error)")
        }
    }
}
