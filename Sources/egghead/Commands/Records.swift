import ArgumentParser
import Services
import Terminal

/// `egghead search QUERY`
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Searches the records.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @OptionGroup var filter: FilterOptions
    @Flag(help: "The passages that answer a question best, as agents are given them.") var passages = false
    @Argument(help: "Words, or a query in the syntax of SQLite's FTS5.") var query: [String]

    func run() throws {
        if passages { return try printPassages() }
        let request = Index.Search.Request(
            query: query.joined(separator: " "), filter: filter.filter, limit: filter.limit)
        let reply = try NodeSession.ask(Store.Search.self, request, of: place)
        if format.isJSON { return Output.print(json: reply.hits) }
        for hit in reply.hits {
            Output.print("\(SafeText.line(hit.record.id.rawValue))  \(SafeText.line(hit.record.title))")
            let words = hit.snippet.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            Output.print("    \(SafeText.line(words))")
        }
    }

    private func printPassages() throws {
        let request = Index.Passages.Request(
            question: query.joined(separator: " "), filter: filter.filter, limit: filter.limit)
        let passages = try NodeSession.ask(Store.Passages.self, request, of: place).passages
        if format.isJSON { return Output.print(json: passages) }
        for passage in passages {
            Output.print(SafeText.line(([passage.id.rawValue] + passage.headings).joined(separator: " › ")))
            for line in SafeText.block(passage.text).split(separator: "\n") { Output.print("    \(line)") }
        }
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
        Output.print(SafeText.block(record.body.hasSuffix("\n") ? String(record.body.dropLast()) : record.body))
    }
}
