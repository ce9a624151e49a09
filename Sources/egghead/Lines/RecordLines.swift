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

    /// What a person has to know of the answer to a search: that nothing is found, or that the query was not read as it
    /// was written; nil if it was.
    static func remark(on reply: Index.Search.Reply) -> String? {
        if reply.hits.isEmpty { return nothingFound }
        guard reply.readings.count > 1, let first = reply.readings.first, let last = reply.readings.last else {
            return nil
        }
        let start = first == .expression ? "nothing matches the expression" : "no record contains all of the words"
        switch last {
        case .expression: return nil
        case .allWords: return "\(start); these records contain all of its words"
        case .anyWord: return "\(start); these records contain some of \(first == .expression ? "its words" : "them")"
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
    static func problems(_ problems: [RecordProblem]) -> [String] {
        problems.map { problem in
            let line = problem.line.map { "\($0):" } ?? ""
            return SafeText.line("\(problem.path):\(line) \(problem.message)")
        }
    }
}
