import Services
import Terminal

/// What the commands for records print.
enum RecordLines {
    /// `egghead recent`: the date to the minute, the id and the title of each record.
    ///
    /// - Parameter clock: Formats an RFC 3339 date.
    static func recent(_ records: [RecordSummary], clock: (String) -> String) -> [String] {
        records.map { SafeText.line("\(clock($0.updated))  \($0.id)  \($0.title)") }
    }

    /// `egghead tags`: how many records have each tag, and the tag.
    static func tags(_ tags: [Index.TagCount]) -> [String] {
        TextTable.lines(tags.map { [String($0.count), SafeText.line($0.tag)] }, .byBlock)
    }

    /// `egghead links` and `egghead backlinks`: the id and the title of each record, indented by its distance.
    static func links(_ links: [Index.Link]) -> [String] {
        links.map { link in
            let indent = String(repeating: "  ", count: max(1, link.depth) - 1)
            let kind = link.authored ? "" : "  (in the text)"
            return indent + SafeText.line("\(link.id)  \(link.title ?? "does not exist")") + kind
        }
    }

    /// `egghead search`: the id and the title of each record, and a line with the text around the match.
    static func search(_ hits: [SearchHit]) -> [String] {
        hits.flatMap { hit in
            let words = hit.snippet.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            return [
                "\(SafeText.line(hit.record.id.rawValue))  \(SafeText.line(hit.record.title))",
                "    \(SafeText.line(words))",
            ]
        }
    }

    /// What is said when there is nothing.
    static let nothingFound = "nothing found"

    /// What a person has to know of the answer to a search, a line each: that the query was not read as it was typed,
    /// and that nothing is found; none if nothing has to be said.
    static func remarks(on reply: Index.Search.Reply) -> [String] {
        remarks(reply.objection, reply.readings, isEmpty: reply.hits.isEmpty, what: "record")
    }

    /// What a person has to know of an answer to a query; see `remarks(on:)`.
    ///
    /// - Parameter what: What was searched for, in the singular.
    static func remarks(
        _ objection: SearchObjection?, _ readings: [SearchReading], isEmpty: Bool, what: String
    ) -> [String] {
        [objection.map(remark), isEmpty ? nothingFound : remark(on: readings, what)].compactMap { $0 }
    }

    private static func remark(_ objection: SearchObjection) -> String {
        switch objection {
        case .longExpression:
            "the expression has more than 24 words or 2,048 bytes; its first words are searched for, without operators"
        case .brokenExpression:
            "the expression cannot be read, look at its parentheses; its words are searched for, without operators"
        case .longQuery: "only the first 24 words, in 2,048 bytes, are searched for"
        }
    }

    /// That a later reading than the first has found something.
    private static func remark(on readings: [SearchReading], _ what: String) -> String? {
        guard readings.count > 1, let first = readings.first, let last = readings.last else { return nil }
        let start = first == .expression ? "nothing matches the expression" : "no \(what) contains all of the words"
        switch last {
        case .expression: return nil
        case .allWords: return "\(start); these \(what)s contain all of its words"
        case .anyWord: return "\(start); these \(what)s contain some of \(first == .expression ? "its words" : "them")"
        }
    }

    /// `egghead search --passages`: the record and the headings of each passage, and below them its lines that are not
    /// empty.
    static func passages(_ passages: [Passage]) -> [String] {
        passages.flatMap { passage in
            [SafeText.line(([passage.id.rawValue] + passage.headings).joined(separator: " › "))]
                + SafeText.block(passage.text).split(separator: "\n").map { "    \($0)" }
        }
    }

    /// `egghead get`: the text of a record without the end of its last line.
    static func body(_ record: RecordReply) -> String {
        SafeText.block(record.body.hasSuffix("\n") ? String(record.body.dropLast()) : record.body)
    }

    /// `egghead check`: the place and the message of each problem.
    static func problems(_ problems: [RecordProblem]) -> [String] { problems.map { SafeText.line("\($0)") } }
}
