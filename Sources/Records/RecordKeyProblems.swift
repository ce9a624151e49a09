import Services

/// Finds values of known keys that say nothing because of a slip: the record is read all the same.
enum RecordKeyProblems {
    /// What is wrong with the keys of a record.
    ///
    /// - Parameter text: The parts of its file, for the lines.
    static func all(_ fields: [String: JSONValue], _ text: any RecordText, path: String) -> [RecordProblem] {
        var problems: [RecordProblem] = []
        func report(_ key: String, _ message: String) {
            problems.append(RecordProblem(path: path, line: text.line(of: key), message: message))
        }
        if let title = fields["title"], title != .null, title.scalarText == nil {
            report("title", "the title is a list or a map, and is not used; put quotes round it")
        }
        if let tags = fields["tags"] {
            if tags == .null, text.isComment(behind: "tags") {
                report("tags", "the tags are a comment for YAML, because they begin with #; write them without it")
            } else if !isTags(tags) {
                report("tags", "the tags are neither words nor a list of words; write them as [a, b]")
            }
        }
        if let name = fields["class"], name != .null {
            if name.scalarText == nil {
                report("class", "the class is a list or a map, and the record counts as durable; write one word")
            } else if let word = name.scalarText, RecordClass(rawValue: word) == nil,
                let meant = RecordClass(rawValue: word.lowercased())
            {
                report(
                    "class", "the class \(word) is unknown, and the record counts as durable; write \(meant.rawValue)")
            }
        }
        return problems
    }

    private static func isTags(_ value: JSONValue) -> Bool {
        switch value {
        case .string, .integer, .number, .null: true
        case .bool, .object: false
        case .array(let items): items.allSatisfy { $0.scalarText != nil || $0 == .null }
        }
    }
}

extension RecordText {
    /// Whether the value of a key is only a comment.
    fileprivate func isComment(behind key: String) -> Bool {
        guard let number = line(of: key) else { return false }
        let lines = text.split(separator: "\n", maxSplits: number, omittingEmptySubsequences: false)
        guard number <= lines.count, let colon = lines[number - 1].utf8.firstIndex(of: .colon) else { return false }
        let line = lines[number - 1]
        return line[line.utf8.index(after: colon)...].trimmed().utf8.first == .hash
    }
}
