import GRDB
import Records
import Services

/// The links from or to a record, followed from record to record. Each record is reached once, by the shortest path.
struct LinksRun: QueryRun {
    /// One step along the links.
    typealias Step = (_ id: RecordID, _ names: NameLookup) throws -> [Index.Link]

    private let follow: Step, depth: Int
    private var distance = 1
    private var found: [Index.Link] = [], seen: Set<RecordID>
    /// The records of this distance whose links are still to be followed, the last one first, and where those lead.
    private var edge: [RecordID], next: [RecordID: Index.Link] = [:]

    /// A walk that has not begun.
    init(from id: RecordID, depth: Int?, _ follow: @escaping Step) {
        self.follow = follow
        self.depth = IndexDatabase.limit(depth, 1, RecordLimits.linkDepthMax)
        seen = [id]
        edge = [id]
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> [Index.Link]? {
        let names = NameLookup(db: db)
        repeat {
            if let id = edge.popLast() {
                for link in try follow(id, names) where !seen.contains(link.id) {
                    let isAuthored = link.authored || next[link.id]?.authored == true
                    next[link.id] = Index.Link(
                        id: link.id, title: link.title, authored: isAuthored, depth: distance)
                }
            } else {
                let reached = next.keys.sorted()
                found += reached.compactMap { next[$0] }
                if reached.isEmpty || distance == depth || found.count >= RecordLimits.linksMax {
                    return Array(found.prefix(RecordLimits.linksMax))
                }
                seen.formUnion(reached)
                edge = reached.reversed()
                next = [:]
                distance += 1
            }
        } while !slice.isOver
        return nil
    }
}

/// The links to records that do not exist, record by record.
struct UnresolvedRun: QueryRun {
    /// The links, and whether there are more.
    typealias Answer = (links: [Index.UnresolvedLink], more: Bool)

    private let last: Index.UnresolvedLink?
    private var found: [Index.UnresolvedLink] = []
    /// The record with which the next step begins.
    private var from: RecordID

    /// A run that has not begun.
    ///
    /// - Parameter last: Only links after this one.
    init(after last: Index.UnresolvedLink? = nil) {
        self.last = last
        from = last?.id ?? ""
    }

    mutating func step(_ slice: Slice, in db: Database) throws -> Answer? {
        repeat {
            let page = try IndexDatabase.unresolvedLinks(from: from, after: last, in: db)
            found += page.links
            guard let next = page.next, found.count <= RecordLimits.linksMax else {
                return (Array(found.prefix(RecordLimits.linksMax)), found.count > RecordLimits.linksMax)
            }
            from = next
        } while !slice.isOver
        return nil
    }
}
