import ArgumentParser
import Services
import Terminal

/// Which records, and how many.
struct FilterOptions: ParsableArguments {
    @Option(name: .customLong("class"), help: "Only this class; may be given more than once.")
    var classes: [RecordClass] = []
    @Option(help: "Only records with this tag, or one below it.") var tag: String?
    @Option(help: "Only records of this author.") var author: String?
    @Option(help: "Only records changed then or later, such as 2026-03-01.") var since: String?
    @Option(help: "Only records changed then or before.") var until: String?
    @Option(help: "The most to print, up to 100.") var limit: Int?

    var filter: RecordFilter {
        RecordFilter(
            classes: classes.isEmpty ? nil : classes, tag: tag, author: author, since: since, until: until)
    }

    func validate() throws {
        if let limit, !(1...100).contains(limit) { throw ValidationError("--limit \(limit): 1 to 100 is wanted") }
        for date in [since, until].compactMap(\.self) where !date.allSatisfy({ "0123456789-:.TZ".contains($0) }) {
            throw ValidationError("\(date.prefix(40)) is no date such as 2026-03-01")
        }
    }
}

extension RecordClass: ExpressibleByArgument {}

/// `egghead recent`
struct Recent: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the records changed last, newest first.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @OptionGroup var filter: FilterOptions

    func run() throws {
        let request = Index.Recent.Request(filter: filter.filter, limit: filter.limit)
        let records = try NodeSession.ask(Store.Recent.self, request, of: place).records
        if format.isJSON { return Output.print(json: records) }
        for record in records {
            Output.print(SafeText.line("\(record.updated.prefix(16))  \(record.id)  \(record.title)"))
        }
    }
}

/// `egghead tags`
struct Tags: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the tags with how many records have each.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @OptionGroup var filter: FilterOptions

    func run() throws {
        let tags = try NodeSession.ask(Store.Tags.self, .init(filter: filter.filter), of: place).tags
        let shown = Array(tags.prefix(filter.limit ?? tags.count))
        if format.isJSON { return Output.print(json: shown) }
        for line in TextTable.lines(shown.map { [String($0.count), SafeText.line($0.tag)] }, .byBlock) {
            Output.print(line)
        }
    }
}

/// What `links` and `backlinks` have in common.
protocol LinksCommand: ParsableCommand {
    associatedtype Operation: ServiceOperation
    where Operation.Request == Index.LinksRequest, Operation.Reply == Index.LinkReply
    var place: Place { get }
    var format: Format { get }
    var depth: Int { get }
    var id: RecordID { get }
}

extension LinksCommand {
    func validate() throws {
        if !(1...5).contains(depth) { throw ValidationError("--depth \(depth): 1 to 5 is wanted") }
    }

    func run() throws {
        _ = try NodeSession.ask(Store.Get.self, .init(id: id), of: place)  // that there is such a record
        let links = try NodeSession.ask(Operation.self, .init(id: id, depth: depth), of: place).links
        if format.isJSON { return Output.print(json: links) }
        for link in links {
            let indent = String(repeating: "  ", count: link.depth - 1)
            let kind = link.authored ? "" : "  (in the text)"
            Output.print(indent + SafeText.line("\(link.id)  \(link.title ?? "does not exist")") + kind)
        }
    }
}

/// `egghead links ID`
struct Links: LinksCommand {
    typealias Operation = Store.Links
    static let configuration = CommandConfiguration(abstract: "Lists what a record points to.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(help: "How many links to follow one behind the other.") var depth = 1
    @Argument(help: "The record's id.") var id: RecordID
}

/// `egghead backlinks ID`
struct Backlinks: LinksCommand {
    typealias Operation = Store.Backlinks
    static let configuration = CommandConfiguration(abstract: "Lists what points to a record.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(help: "How many links to follow one behind the other.") var depth = 1
    @Argument(help: "The record's id.") var id: RecordID
}

/// `egghead check`
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Lists what is wrong with records: broken links, clashing ids, bad frontmatter. Status 1 if anything is."
    )

    @OptionGroup var place: Place
    @OptionGroup var format: Format

    func run() throws {
        var problems = try NodeSession.ask(Store.Problems.self, Empty(), of: place).problems
        let unresolved = try NodeSession.ask(Store.Unresolved.self, Empty(), of: place)
        var texts: [RecordID: String] = [:]
        for link in unresolved.links {
            if texts[link.id] == nil {
                texts[link.id] = (try? NodeSession.ask(Store.Text.self, .init(id: link.id), of: place).text) ?? ""
            }
            problems.append(
                RecordProblem(
                    path: link.path, line: Self.line(of: link.target, in: texts[link.id] ?? ""),
                    message: "links to \(link.target), which does not exist"))
        }
        problems.sort { ($0.path, $0.line ?? 0) < ($1.path, $1.line ?? 0) }
        if format.isJSON { Output.print(json: problems) }
        for problem in problems where !format.isJSON {
            let line = problem.line.map { "\($0):" } ?? ""
            Output.print(SafeText.line("\(problem.path):\(line) \(problem.message)"))
        }
        if unresolved.more { Output.complain("there are more broken links than these") }
        if !problems.isEmpty { throw CommandFailure(.failure) }
    }

    /// The first line that holds a target as it is written.
    private static func line(of target: String, in text: String) -> Int? {
        text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(target) }.map { $0 + 1 }
    }
}
