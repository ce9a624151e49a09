import BusClient
import Records
import Services

extension StoreService {
    /// Begins to serve moves. The index says which records link to the record.
    func serveMoves() {
        client.serve(Store.Move.self) { [unowned self] request, caller, responder in
            client.request(
                Index.Backlinks.self, .init(id: request.id), deadline: Self.backlinksPatience, retry: .untilDeadline
            ) { [unowned self] result in
                switch result {
                case .success(let reply):
                    write(request.request, caller, responder) { () throws(ServiceFailure) in
                        try move(request, linkedFrom: reply.links.map(\.id))
                    }
                case .failure(let failure): responder.fail(failure)
                }
            }
        }
    }

    /// How long the index may take to say which records link to a record.
    private static let backlinksPatience = Duration.seconds(5)

    /// All new texts are made before any is written; then the records with links are written, and the record itself
    /// last. A move that is interrupted in between is finished by repeating it.
    private func move(
        _ request: Store.Move.Request, linkedFrom ids: [RecordID]
    ) throws(ServiceFailure) -> (id: RecordID, revision: String?) {
        let from = request.id.rawValue, to = request.to.rawValue
        if let objection = RecordID.objection(to: to) {
            throw ServiceFailure(.invalid, "the id \"\(to.prefix(80))\" \(objection); choose another")
        }
        let file = try holder(of: request.id), path = RecordID.path(of: to, in: RecordFormat.of(file.path))
        if file.entry.ownID != nil {
            throw ServiceFailure(
                .invalid, "\(file.path) names its id itself, with the key id; change that with egghead edit")
        }
        if ids.count >= RecordLimits.linksMax {
            throw ServiceFailure(
                .exhausted, "\(RecordLimits.linksMax) records or more link to \(request.id); move it by hand")
        }
        let names = scanner.catalogue.names(of: from)
        var edits: [(path: String, old: String, new: String)] = []
        for id in Set(ids + [request.id]).sorted() {
            // A record that is now missing links to nothing.
            guard let place = scanner.catalogue.holder(of: id.rawValue)?.path, let old = try? directory.text(of: place)
            else {
                continue
            }
            let newPath = id == request.id ? path : place
            let move = RecordMove(from: from, to: to, path: place, newPath: newPath, names: names)
            let text = try Self.edit("change the links of \(id)") { () throws(RecordEditError) -> any RecordText in
                try RecordFormat.parts(of: old, at: place).retargetingLinks(move)
            }
            edits.append((place, old, text.text))
        }
        let own = edits.first { $0.path == file.path }
        // A file with exactly this text was written by this same move, which was interrupted.
        let isBegun = own.map { $0.new != $0.old && (try? directory.text(of: path)) == $0.new } ?? false
        if isTaken(to) && !isBegun {
            throw ServiceFailure(.exists, "there is a record \"\(request.to)\" already; choose another id")
        }
        for edit in edits where edit.path != file.path && edit.new != edit.old {
            _ = try write(edit.new, to: edit.path)
        }
        if let own, own.new != own.old {
            if !isBegun { _ = try write(own.new, to: path) }
            try directory.remove(file.path)
        } else {
            try directory.rename(file.path, to: path)
        }
        scanner.lookForLastTime(at: file.path)
        scanner.look(at: path)
        return (request.to, scanner.catalogue.holder(of: to)?.entry.revision.hexadecimal)
    }
}
