import BusClient
import Records
import Runtime
import Services

// The index knows the names of records, and the store those of other files, such as pictures: here both meet.

extension StoreService {
    /// Begins to serve the questions about links whose answers depend on files that are not records.
    func serveLinks() {
        client.serve(Store.Links.self) { [unowned self] request, _, responder in
            client.request(Index.Links.self, request, deadline: Self.linksPatience) { [unowned self] result in
                responder.complete(result.map { withAttachments($0, of: request) })
            }
        }
        client.serve(Store.Unresolved.self) { [unowned self] _, _, responder in
            unresolved(Self.unresolvedPagesMax, found: [], after: nil, responder)
        }
    }

    /// How long the index may take to answer.
    private static let linksPatience = Duration.seconds(10)
    /// The most pages of the index for one answer; a vault of many pictures has many links to none of its records.
    private static let unresolvedPagesMax = 20

    /// Titles for the links to files that are not records.
    private func withAttachments(_ reply: Index.LinkReply, of request: Index.LinksRequest) -> Index.LinkReply {
        guard let file = scanner.catalogue.holder(of: request.id.rawValue)?.path,
            reply.links.contains(where: { $0.title == nil })
        else { return reply }
        let styles: [LinkStyle] = [.wikilink, .path]
        let names = reply.links.filter { $0.title == nil }.flatMap { link in
            styles.map { (name: LinkName(link.id.rawValue, $0), file: file) }
        }
        let table = scanner.catalogue.linkTable(for: names, withRecords: false)
        var reply = reply
        for index in reply.links.indices where reply.links[index].title == nil {
            let target = reply.links[index].id.rawValue
            let path = styles.lazy.compactMap { table.path(of: LinkName(target, $0), from: file) }.first
            if let path { reply.links[index] = reply.links[index].attached(at: path) }
        }
        return reply
    }

    /// Asks the index page by page, and leaves out the links to files that are not records.
    private func unresolved(
        _ pages: Int, found: [Index.UnresolvedLink], after last: Index.UnresolvedLink?,
        _ responder: Responder<Index.Unresolved.Reply>
    ) {
        client.request(Index.Unresolved.self, .init(after: last), deadline: Self.linksPatience) {
            [unowned self] result in
            switch result {
            case .failure(let failure): responder.fail(failure)
            case .success(let page):
                let table = scanner.catalogue.linkTable(
                    for: page.links.map { (name: $0.name, file: $0.path) }, withRecords: false)
                let all = found + page.links.filter { table.path(of: $0.name, from: $0.path) == nil }
                if page.more && all.count < RecordLimits.linksMax && pages > 1 {
                    return unresolved(pages - 1, found: all, after: page.links.last, responder)
                }
                responder.reply(
                    Index.Unresolved.Reply(
                        links: Array(all.prefix(RecordLimits.linksMax)),
                        more: page.more || all.count > RecordLimits.linksMax, rebuilding: page.rebuilding))
            }
        }
    }
}

extension Index.UnresolvedLink {
    /// What the link names.
    fileprivate var name: LinkName { LinkName(target, style) }
}

extension Index.Link {
    /// The link, when it leads to a file that is not a record.
    fileprivate func attached(at path: String) -> Index.Link {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return Index.Link(id: RecordID(path), title: name, authored: authored, depth: depth)
    }
}
