import ArgumentParser
import Control
import Services

/// The options that select records, and how many.
struct FilterOptions: ParsableArguments {
    @Option(name: .customLong("class"), help: "Only this class; may be given more than once.")
    var classes: [RecordClass] = []
    @Option(help: "Only records with this tag, or one below it.") var tag: String?
    @Option(help: "Only records of this author.") var author: String?
    @Option(help: "Only records changed then or later, such as 2026-03-01.", transform: DatePrefix.init(option:))
    var since: DatePrefix?
    @Option(help: "Only records changed then or before.", transform: DatePrefix.init(option:)) var until: DatePrefix?
    @Option(parsing: .unconditional, help: "The most to print, 1 to 100.", transform: WholeNumber.reader(1...100))
    var limit: Int?

    /// The filter for the store. Without `--class` the store decides which classes are meant.
    var filter: RecordFilter {
        RecordFilter(
            classes: classes.isEmpty ? nil : classes, tag: tag, author: author, since: since?.text, until: until?.text)
    }

    /// Whether no record is left out by one of them.
    var selectsAll: Bool { classes.isEmpty && tag == nil && author == nil && since == nil && until == nil }

    func validate() throws {
        if let since, let until, since.text.prefix(until.text.count) > until.text {
            throw ValidationError("--since \(since.text) is after --until \(until.text); an earlier date is wanted")
        }
    }
}

extension RecordClass: ExpressibleByArgument {}

extension DatePrefix {
    /// The date of an option.
    ///
    /// - Throws: What is wanted instead, when there is no such date.
    init(option text: String) throws {
        guard let date = DatePrefix(text) else {
            throw ValidationError("a date such as 2026, 2026-03, 2026-03-01 or 2026-03-01T10:30Z, in UTC, is wanted")
        }
        self = date
    }
}

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
        Output.print(RecordLines.recent(records, clock: LocalClock.dateAndMinute))
    }
}

/// `egghead tags`
struct Tags: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the tags with the number of records of each.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @OptionGroup var filter: FilterOptions

    func run() throws {
        let tags = try NodeSession.ask(Store.Tags.self, .init(filter: filter.filter), of: place).tags
        let shown = Array(tags.prefix(filter.limit ?? tags.count))
        if format.isJSON { return Output.print(json: shown) }
        Output.print(RecordLines.tags(shown))
    }
}

/// The common part of `links` and `backlinks`: an id, and how many links are followed from it.
protocol LinksCommand: ParsableCommand {
    associatedtype Operation: ServiceOperation
    where Operation.Request == Index.LinksRequest, Operation.Reply == Index.LinkReply
    /// The node.
    var place: Place { get }
    /// The format of the output.
    var format: Format { get }
    /// How many links are followed one after another, 1 to 5.
    var depth: Int { get }
    /// The id of the record to start from.
    var id: RecordID { get }
}

extension LinksCommand {
    func run() throws {
        _ = try NodeSession.ask(Store.Get.self, .init(id: id), of: place)  // fails if there is no such record
        let links = try NodeSession.ask(Operation.self, .init(id: id, depth: depth), of: place).links
        if format.isJSON { return Output.print(json: links) }
        Output.print(RecordLines.links(links))
    }
}

/// `egghead links ID`
struct Links: LinksCommand {
    typealias Operation = Store.Links
    static let configuration = CommandConfiguration(abstract: "Lists the links from a record.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(
        parsing: .unconditional, help: "How many links to follow one after the other, 1 to 5.",
        transform: WholeNumber.reader(1...5))
    var depth = 1
    @Argument(help: "The record's id.") var id: RecordID
}

/// `egghead backlinks ID`
struct Backlinks: LinksCommand {
    typealias Operation = Store.Backlinks
    static let configuration = CommandConfiguration(abstract: "Lists the links to a record.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(
        parsing: .unconditional, help: "How many links to follow one after the other, 1 to 5.",
        transform: WholeNumber.reader(1...5))
    var depth = 1
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
        let known = try NodeSession.ask(Store.Problems.self, Empty(), of: place).problems
        let unresolved = try NodeSession.ask(Store.Unresolved.self, Empty(), of: place)
        var texts: [RecordID: String] = [:]
        for link in unresolved.links {
            if texts[link.id] == nil {
                texts[link.id] = (try? NodeSession.ask(Store.Text.self, .init(id: link.id), of: place).text) ?? ""
            }
        }
        let problems = RecordCheck.problems(known, unresolved: unresolved.links, texts: texts)
        if format.isJSON { Output.print(json: problems) } else { Output.print(RecordLines.problems(problems)) }
        if unresolved.more { Output.complain("there are more broken links") }
        if !problems.isEmpty { throw CommandFailure(.failure) }
    }
}
