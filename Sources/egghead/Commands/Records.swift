import ArgumentParser
import Control
import Services

/// `egghead search QUERY`
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Searches the records, or what was said in rooms.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @OptionGroup var filter: FilterOptions
    @Flag(help: "Print the passages that answer a question best, as agents get them.") var passages = false
    @Flag(help: "Search what was said in rooms, and print the newest messages first.") var rooms = false
    @Option(name: [.short, .long], help: "Only this room, with --rooms.") var room: String?
    @Argument(help: "Words, or an expression: \"two words\", pre*, a AND b, a OR b, a NOT b, title:word, tags:, id:.")
    var query: [String]

    func validate() throws {
        if rooms && passages {
            throw ValidationError("--rooms and --passages exclude each other; leave one of them out")
        }
        if rooms && !filter.selectsAll {
            throw ValidationError("--class, --tag, --author, --since and --until select records; leave them out")
        }
        if room != nil && !rooms { throw ValidationError("--room needs --rooms") }
    }

    func run() throws {
        if rooms { return try printMessages() }
        if passages { return try printPassages() }
        let request = Index.Search.Request(
            query: query.joined(separator: " "), filter: filter.filter, limit: filter.limit)
        let reply = try NodeSession.ask(Store.Search.self, request, of: place)
        for remark in RecordLines.remarks(on: reply) { Output.complain(remark) }
        if format.isJSON { return Output.print(json: reply.hits) }
        Output.print(RecordLines.search(reply.hits))
    }

    private func printMessages() throws {
        let request = Index.SearchRooms.Request(
            query: query.joined(separator: " "), room: try room.map { try RoomName(typed: $0, "search") },
            limit: filter.limit)
        let reply = try NodeSession.ask(Store.SearchRooms.self, request, of: place)
        for remark in RoomLines.remarks(on: reply) { Output.complain(remark) }
        if format.isJSON { return Output.print(json: reply.hits) }
        Output.print(RoomLines.search(reply.hits, clock: LocalClock.dateAndMinute))
    }

    private func printPassages() throws {
        let request = Index.Passages.Request(
            question: query.joined(separator: " "), filter: filter.filter, limit: filter.limit)
        let passages = try NodeSession.ask(Store.Passages.self, request, of: place).passages
        if passages.isEmpty { Output.complain(RecordLines.nothingFound) }
        if format.isJSON { return Output.print(json: passages) }
        Output.print(RecordLines.passages(passages))
    }
}

/// `egghead get ID`
struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints a record.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Argument(help: "The record's id.") var id: RecordID

    func run() throws {
        let record = try NodeSession.ask(Store.Get.self, .init(id: id), of: place)
        if format.isJSON { return Output.print(json: record) }
        Output.print(RecordLines.body(record))
    }
}
