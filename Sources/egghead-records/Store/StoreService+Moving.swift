import BusClient
import LinuxSystem
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
                    write(Store.Move.self, request.request, caller, responder) { () throws(ServiceFailure) in
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
    private func move(_ request: Store.Move.Request, linkedFrom ids: [RecordID]) throws(ServiceFailure) -> Written {
        let to = request.to.rawValue
        if let objection = RecordID.objection(toNew: to) {
            throw ServiceFailure(.invalid, "the id \"\(to.prefix(80))\" \(objection); choose another")
        }
        let file = try holder(of: request.id)
        if file.entry.ownID != nil {
            throw ServiceFailure(
                .invalid, "\(file.path) names its id itself, with the key id; change that with egghead edit")
        }
        if ids.count >= RecordLimits.linksMax {
            throw ServiceFailure(
                .exhausted, "\(RecordLimits.linksMax) records or more link to \(request.id); move it by hand")
        }
        let path = RecordID.path(of: to, like: file.path)
        let (edits, left) = edits(from: file.path, to: path, linkedFrom: ids)
        let own = edits.first { $0.path.hasSameBytes(as: file.path) }
        // A file with exactly this text was written by this same move, which was interrupted.
        let isBegun =
            own.map { !$0.isSame && (try? directory.text(of: path))?.hasSameBytes(as: $0.new) == true } ?? false
        // The same letters may get another composition.
        let isOwnName = scanner.catalogue.holder(of: to)?.path.hasSameBytes(as: file.path) == true
        if isTaken(to) && !isBegun && (!isOwnName || directory.isTaken(path)) {
            throw ServiceFailure(.exists, "there is a record \"\(request.to)\" already; choose another id")
        }
        if let large = edits.first(where: { $0.new.utf8.count > RecordLimits.fileBytesMax }) {
            let bound = RecordLimits.fileBytesMax
            throw ServiceFailure(
                .exhausted, "nothing was moved: \(large.path) would be larger than \(bound) bytes; cut it in two")
        }
        let others = edits.filter { !$0.path.hasSameBytes(as: file.path) }
        // This same move may have written them before it was interrupted.
        for edit in others where edit.isSame { try directory.synchronize(edit.path) }
        try write(others.filter { !$0.isSame }, toMove: file.path) { () throws(ServiceFailure) in
            if let own, !own.isSame {
                if isBegun { try directory.synchronize(path) } else { _ = try write(own.new, to: path) }
                try directory.remove(file.path)
            } else {
                try directory.rename(file.path, to: path)
            }
        }
        scanner.lookForLastTime(at: file.path)
        scanner.look(at: path)
        return Written(
            id: request.to, revision: scanner.catalogue.holder(of: to)?.entry.revision.hexadecimal,
            left: RecordProblem.bounded(left, of: file.path))
    }

    /// Writes the records with links, and then does the rest. When any of it fails, the records that were written get
    /// their old texts back, unless the file has left its place and only that could not be synchronized.
    private func write(
        _ edits: [Edit], toMove path: String, then finish: () throws(ServiceFailure) -> Void
    ) throws(ServiceFailure) {
        var begun: [Edit] = []
        do throws(ServiceFailure) {
            for edit in edits {
                begun.append(edit)
                _ = try write(edit.new, to: edit.path)
            }
            try finish()
        } catch {
            if !directory.isTaken(path) {
                throw ServiceFailure(
                    error.code, "\(error.message); it has left its place, and a power cut may bring it back there")
            }
            for edit in begun where isMade(edit) { _ = try? write(edit.old, to: edit.path) }  // what stays is told
            let changed = begun.filter(isMade).map(\.path)
            if changed.isEmpty { throw error }
            let files = changed.joined(separator: ", ")
            throw ServiceFailure(
                error.code, "\(error.message); links in \(files) lead to the new place already, repeat the move")
        }
    }

    /// Whether the file has the new text, also if that could not be synchronized.
    private func isMade(_ edit: Edit) -> Bool {
        (try? directory.text(of: edit.path))?.hasSameBytes(as: edit.new) == true
    }

    /// A file whose links are updated, with its text before and after.
    private struct Edit {
        var path: String, old: String, new: String
        /// Whether the text stays, to the byte.
        var isSame: Bool { old.hasSameBytes(as: new) }
    }

    /// The texts with updated links, and the links that cannot be updated.
    private func edits(
        from old: String, to new: String, linkedFrom ids: [RecordID]
    ) -> (edits: [Edit], left: [RecordProblem]) {
        var edits: [Edit] = [], left: [RecordProblem] = []
        let paths = ids.compactMap { scanner.catalogue.holder(of: $0.rawValue)?.path }
        for path in Set((paths + [old]).map(ExactText.init)).sorted().map(\.text) {
            do throws(ServiceFailure) {
                let text = try directory.text(of: path)
                edits.append(Edit(path: path, old: text, new: text))
            } catch {
                left.append(
                    RecordProblem(path: path, line: nil, message: "its links are as they were: \(error.message)"))
            }
        }
        let links = edits.flatMap { edit in
            Record(path: edit.path, text: edit.old).linkNames.map { (name: $0, file: edit.path) }
        }
        let move = RecordMove(
            of: old, to: new, path: old, newPath: new,
            table: scanner.catalogue.linkTable(for: links, moving: [old, new]))
        for index in edits.indices {
            let path = edits[index].path
            let move = move.seen(from: path)
            let result = RecordFormat.parts(of: edits[index].old, at: path).retargetingLinks(move)
            edits[index].new = result.text.text
            let stale = result.left.isEmpty ? move.stale(in: edits[index].new) : []
            left += stale.map {
                RecordProblem(path: path, line: nil, message: "the link to \($0.target) was not changed")
            }
            left += result.left.map {
                RecordProblem(
                    path: path, line: nil, message: "this line was not changed, and may have to be: \($0)")
            }
        }
        return (edits, left + references(to: old, movingTo: new))
    }

    /// The references to a file that moves, and from it, that are written in other forms than links.
    private func references(to old: String, movingTo new: String) -> [RecordProblem] {
        var left: [RecordProblem] = []
        if Files.folder(of: old) != Files.folder(of: new), let text = try? directory.text(of: old) {
            for reference in ForeignReferences.inHTML(of: text, at: old) where scanner.catalogue.knows(reference.path) {
                let message = "\(reference.value) is in HTML and was not changed; it means \(reference.path)"
                left.append(RecordProblem(path: new, line: nil, message: message))
            }
        }
        let pages = scanner.catalogue.filesWithHTML(to: old).filter { !$0.hasSameBytes(as: old) }
        for path in pages.prefix(Self.filesWithPathsMax) {
            let message = "contains a link in HTML to \(old), which was not changed"
            left.append(RecordProblem(path: path, line: nil, message: message))
        }
        for path in scanner.catalogue.filesWithPaths.prefix(Self.filesWithPathsMax) {
            guard let text = try? directory.text(of: path), text.firstRange(of: old) != nil else { continue }
            left.append(RecordProblem(path: path, line: nil, message: "contains \(old) and was not changed"))
        }
        return left
    }

    /// The most canvases and bases of Obsidian that are read for a move, and the most records with HTML that are named.
    private static let filesWithPathsMax = 200
}
