import BusClient
import Capabilities
import Services

/// The tools that list records, each one request to the store or to the index, without what the grants do not take in.
struct RecordLists {
    /// The way to them.
    let client: BusClient

    private static let patience = Duration.seconds(30)
    /// How many records are told, and how many pages of the store are looked through for them.
    private static let listed = 100, pagesMax = 20
    /// The longest title and the most tags of a line.
    private static let titleMax = 120, tagsMax = 8

    /// Runs a call.
    ///
    /// - Throws: `invalid`, in words for the model.
    func run(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let sight = RecordSight(call.usable)
        switch call.tool {
        case .listRecords: list(try Self.list(call.arguments), sight, [], pages: 1, done)
        case .recentRecords:
            let count = try call.arguments.integer("count", in: 1...100) ?? 10
            let filter = RecordFilter(classes: sight.classes, tag: try call.arguments.optionalText("tag"))
            // Of the newest some may be left out.
            ask(Index.Recent.self, .init(filter: filter, limit: 100), done) { reply in
                let seen = reply.records.filter { sight.sees($0.id, $0.recordClass) }.prefix(count)
                let isPart = reply.records.count == 100 && seen.count < count
                let remark = isPart ? "Of the 100 notes that were changed last you see no more." : ""
                return Self.text(
                    seen.map { "\($0.updated) \(Self.line($0))" } + (isPart && !seen.isEmpty ? [remark] : []),
                    or: isPart ? remark : "No such notes.") + Self.remark(reply.rebuilding)
            }
        case .findLinks: try links(Index.Links.self, call, sight, "It points to no note that you see.", done)
        case _: try links(Index.Backlinks.self, call, sight, "No note that you see points to it.", done)
        }
    }

    /// Looks through the store's pages until there is something to tell.
    private func list(
        _ request: Store.List.Request, _ sight: RecordSight, _ found: [RecordSummary], pages: Int,
        _ done: @escaping (ToolOutcome) -> Void
    ) {
        client.request(Store.List.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let page):
                let seen = found + page.records.filter { sight.sees($0.id, $0.recordClass) }
                if page.more, seen.count < Self.listed, pages < Self.pagesMax, let last = page.records.last {
                    var next = request
                    next.after = last.id
                    return list(next, sight, seen, pages: pages + 1, done)
                }
                let told = seen.prefix(Self.listed)
                // Only what is seen is named, also where it goes on.
                let hasMore = page.more || seen.count > told.count
                let remark = told.last.map { "There may be more after \($0.id).\n" } ?? "There may be more.\n"
                done(
                    RecordTools.outcome(
                        (hasMore ? remark : "") + Self.text(told.map(Self.datedLine), or: "No such notes.")))
            }
        }
    }

    private func links<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ call: AuthorizedCall, _ sight: RecordSight, _ nothing: String,
        _ done: @escaping (ToolOutcome) -> Void
    ) throws(ServiceFailure) where Operation.Request == Index.LinksRequest, Operation.Reply == Index.LinkReply {
        let id = RecordID(try call.arguments.text("id"))
        ask(operation, .init(id: id), done) { reply in
            // The index does not tell the classes of links, so grants for some classes show none.
            let seen = sight.sees(id, nil) ? reply.links.filter { sight.sees($0.id, nil) } : []
            let lines = seen.map { link in
                "[[\(link.id)]] \(link.title.map { String($0.prefix(Self.titleMax)) } ?? "(there is no such note)")"
            }
            return Self.text(lines, or: nothing) + Self.remark(reply.rebuilding)
        }
    }

    private func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, _ done: @escaping (ToolOutcome) -> Void,
        _ text: @escaping (Operation.Reply) -> String
    ) {
        client.request(operation, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let reply): done(RecordTools.outcome(text(reply)))
            }
        }
    }

    private static func list(_ arguments: ToolArguments) throws(ServiceFailure) -> Store.List.Request {
        var recordClass: RecordClass?
        if let name = try arguments.optionalText("class") {
            recordClass = RecordClass(rawValue: name)
            if recordClass == nil {
                let known = RecordClass.allCases.map(\.rawValue).joined(separator: ", ")
                throw ServiceFailure(.invalid, "list_records: there is no class \(name.prefix(40)); there are \(known)")
            }
        }
        return Store.List.Request(
            recordClass: recordClass, prefix: try arguments.optionalText("prefix"),
            after: try arguments.optionalText("after").map { RecordID($0) }, limit: listed)
    }

    /// With the day on which it was changed last: what is old is looked for in whole lists.
    private static func datedLine(_ record: RecordSummary) -> String { "\(record.updated.prefix(10)) \(line(record))" }

    private static func line(_ record: RecordSummary) -> String {
        let tags = record.tags.prefix(tagsMax).map { "  #\($0.prefix(40))" }.joined()
        return "[[\(record.id)]] \(record.title.prefix(titleMax))\(tags)"
    }

    private static func remark(_ isRebuilding: Bool) -> String {
        isRebuilding ? "\n[The index is being made anew; there may be more later.]" : ""
    }

    private static func text(_ lines: [String], or nothing: String) -> String {
        lines.isEmpty ? nothing : lines.map(\.onOneLine).joined(separator: "\n")
    }
}

/// Which records an agent sees that may search for some.
struct RecordSight {
    private let grants: [Grant]

    /// The sight of an authority.
    init(_ authority: Authority) { grants = authority.grants(of: .searchRecords) }

    /// The classes of which it may see a record; the usual ones when no grant names any.
    var classes: [RecordClass]? {
        let named = grants.flatMap { $0.scope[.classes] ?? [] }.compactMap { RecordClass(rawValue: $0) }
        if named.isEmpty { return nil }
        return RecordClass.allCases.filter { named.contains($0) || $0 == .durable || $0 == .inbox }
    }

    /// Whether it sees a record.
    ///
    /// - Parameter recordClass: Its class; without it, grants for some classes do not count.
    func sees(_ id: RecordID, _ recordClass: RecordClass?) -> Bool {
        grants.contains { grant in
            (recordClass != nil || grant.scope[.classes] == nil) && grant.covers(.record(id, recordClass))
        }
    }
}
