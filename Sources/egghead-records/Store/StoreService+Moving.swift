import Bus
import Records
import Services

extension StoreService {
    /// Begins to take moves. Who links to the record is the index's to say.
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

    /// How long the index may take to say who links to a record.
    private static let backlinksPatience = Duration.seconds(5)

    /// The links first and the file last: a move that breaks off in between is finished by doing it again.
    private func move(
        _ request: Store.Move.Request, linkedFrom ids: [String]
    ) throws(ServiceFailure) -> (id: String, revision: String?) {
        if let objection = RecordID.objection(to: request.to) {
            throw ServiceFailure(.invalid, "the id \"\(request.to.prefix(80))\" \(objection); choose another")
        }
        let file = try holder(of: request.id), path = RecordID.path(of: request.to, in: RecordFormat.of(file.path))
        if file.entry.ownID != nil {
            throw ServiceFailure(
                .invalid, "\(file.path) names its id itself, with the key id; change that with egghead edit")
        }
        if isTaken(request.to) {
            throw ServiceFailure(.exists, "there is a record \"\(request.to)\" already; choose another id")
        }
        if ids.count >= RecordLimits.linksMax {
            throw ServiceFailure(
                .exhausted, "\(RecordLimits.linksMax) records or more link to \(request.id); move it by hand")
        }
        for id in Set(ids + [request.id]).sorted() { try retargetLinks(of: id, request, movedTo: path) }
        try directory.rename(file.path, to: path)
        scanner.look(at: file.path)
        scanner.look(at: path)
        return (request.to, scanner.catalogue.holder(of: request.to)?.entry.revision.hexadecimal)
    }

    private func retargetLinks(
        of id: String, _ request: Store.Move.Request, movedTo newPath: String
    ) throws(ServiceFailure) {
        // One that has gone meanwhile links to nothing.
        guard let path = scanner.catalogue.holder(of: id)?.path, let old = try? directory.text(of: path) else {
            return
        }
        let move = RecordMove(
            from: request.id, to: request.to, path: path, newPath: id == request.id ? newPath : path)
        let text = try Self.edit("change the links of \(id)") { () throws(RecordEditError) -> any RecordText in
            try RecordFormat.of(path).parts(of: old).retargetingLinks(move)
        }
        if text.text != old { _ = try write(text.text, to: path) }
    }
}
