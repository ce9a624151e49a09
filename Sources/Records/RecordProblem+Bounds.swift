import Services

extension RecordProblem {
    /// As many problems as fit one answer on the bus, each in a line that a person can read; a last one says how many
    /// there are besides.
    ///
    /// - Parameter path: The record that the last one is about.
    public static func bounded(_ problems: [RecordProblem], of path: String) -> [RecordProblem] {
        var told: [RecordProblem] = [], bytes = 0
        for problem in problems.prefix(RecordLimits.problemsMax) {
            let short = problem.short
            bytes += short.path.utf8.count + short.message.utf8.count
            if bytes > RecordLimits.problemBytesMax { break }
            told.append(short)
        }
        let more = problems.count - told.count
        if more == 0 { return told }
        let message = "not listed: \(Counted.words(more, "more reference"))"
        return told + [RecordProblem(path: path, line: nil, message: message)]
    }

    private var short: RecordProblem {
        guard message.utf8.count > RecordLimits.problemMessageBytesMax else { return self }
        var short = self
        short.message = message.prefix(bytesMax: RecordLimits.problemMessageBytesMax) + "…"
        return short
    }
}
