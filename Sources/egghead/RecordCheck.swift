import Services

/// What `egghead check` finds: the problems of the files, and the links to records that do not exist.
enum RecordCheck {
    /// All problems, in the order of their paths and lines.
    ///
    /// - Parameters:
    ///   - problems: What the store knows of the files.
    ///   - unresolved: The links to records that do not exist.
    ///   - texts: The text of each record that such a link stands in, by the record's id. Without it the problem has no
    ///     line.
    static func problems(
        _ problems: [RecordProblem], unresolved: [Index.UnresolvedLink], texts: [RecordID: String]
    ) -> [RecordProblem] {
        let links = unresolved.map { link in
            RecordProblem(
                path: link.path, line: line(of: link.target, in: texts[link.id] ?? ""),
                message: "links to \(link.target), which does not exist")
        }
        return (problems + links).sorted { ($0.path, $0.line ?? 0) < ($1.path, $1.line ?? 0) }
    }

    /// The first line, from 1, that holds a target as it is written.
    private static func line(of target: String, in text: String) -> Int? {
        text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains(target) }.map { $0 + 1 }
    }
}
