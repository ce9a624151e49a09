import Services

/// What the notes hold about a question.
enum Grounding: Hashable {
    /// These passages, best first; none when nothing is relevant.
    case passages([Passage])
    /// The search failed; the reason in words for people.
    case unavailable(String)

    /// The passages, if any.
    var passages: [Passage] {
        switch self {
        case .passages(let passages): passages
        case .unavailable: []
        }
    }
}

/// The program's part of an answer by a model that cannot be trusted with facts: the passages word for word, and a mark
/// that says whose words come after them.
///
///     [[guides/rollback]] · Rollback › When a release is bad
///     > Run `deploy --to previous`.
///
///     *In the words of a small local model, to be checked against the notes:*
///
///     …
struct GroundedAnswer: Hashable {
    /// What the notes hold.
    var grounding: Grounding
    /// Whether the model runs on this machine.
    var isLocal: Bool
    /// Whether no agent has answered in the room before.
    var isFirst: Bool

    /// Everything before the model's own words.
    var preface: String {
        switch grounding {
        case .passages(let passages) where passages.isEmpty: "The notes hold nothing about this.\n\n\(mark)\n\n"
        case .passages(let passages): "\(Self.quote(passages))\n\n\(mark)\n\n"
        case .unavailable(let reason): "The notes could not be searched: \(reason)\n\n\(mark)\n\n"
        }
    }

    private var mark: String {
        if !isLocal { return Self.remoteMark }
        return isFirst ? Self.firstMark : Self.localMark
    }

    private static let localMark = "*In the words of a small local model, to be checked against the notes:*"
    private static let remoteMark =
        "*In the words of a model that cannot look things up, to be checked against the notes:*"
    private static let firstMark =
        "*What follows is in the words of a small local model, which knows little and errs often: check it against the "
        + "notes. A provider in `config.yml` gives real answers.*"

    /// The passages as Markdown: for each its record's `[[id]]` and place, then its words as a block quote.
    static func quote(_ passages: [Passage]) -> String {
        passages.map { "[[\($0.id)]] · \($0.place)\n\(blockQuote($0.text))" }.joined(separator: "\n\n")
    }

    /// Text as a Markdown block quote, every line as it is; blank lines at either end are left out.
    static func blockQuote(_ text: String) -> String {
        trimmed(text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...])
            .map { $0.isEmpty ? ">" : "> \($0)" }
            .joined(separator: "\n")
    }

    /// The model's own words in an answer that this type began; another answer is returned as it is.
    ///
    /// A later prompt holds them without the quotes, which would cost tokens twice and be imitated.
    static func modelWords(in answer: String) -> String {
        let lines = answer.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let mark = lines.firstIndex(where: { [localMark, remoteMark, firstMark].contains(String($0)) }) else {
            return answer
        }
        return trimmed(lines[(mark + 1)...]).joined(separator: "\n")
    }

    /// The lines without blank ones at either end.
    private static func trimmed(_ lines: ArraySlice<Substring>) -> ArraySlice<Substring> {
        let isBlank = { (line: Substring) in line.allSatisfy(\.isWhitespace) }
        var lines = lines.drop(while: isBlank)
        while let last = lines.last, isBlank(last) { lines.removeLast() }
        return lines
    }
}
