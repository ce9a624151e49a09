/// Takes the thinking out of an answer whose server sends it among the words: `<think>…</think>` at the head, also
/// several times, and a `</think>` there whose beginning the server has kept to itself. The same marks further on are
/// words. Some models have marks of other names; each ends with its own.
///
/// A model that is known to begin within thoughts is heard when they end, or when its answer does; see
/// `UnopenedThoughts` for the first such answer.
struct ThinkingFilter {
    private enum Phase {
        /// What has come may still begin a mark. Behind another mark the blanks before the answer are dropped.
        case head(String, isBehindMark: Bool)
        /// Within thinking; the end of what has come may begin the mark of its end.
        case thinking(String, end: String)
        /// Within what is thinking if a mark of its end comes, and the answer if none does.
        case unopened(String)
        case words
    }

    private var phase: Phase

    /// DeepSeek, Qwen and most others; models that were told to think; Mistral, MiniMax and Seed.
    static let marks: [(begin: String, end: String)] =
        ["think", "thinking", "thought", "reasoning", "mm:think", "seed:think"].map { ("<\($0)>", "</\($0)>") }
        + [("[THINK]", "[/THINK]")]

    /// At the head of an answer.
    ///
    /// - Parameter isWithin: Whether the model is known to begin within thoughts.
    init(isWithin: Bool = false) {
        phase = isWithin ? .unopened("") : .head("", isBehindMark: false)
    }

    /// Takes the next piece.
    ///
    /// - Returns: The words in it, with those that were held back.
    mutating func take(_ piece: String) -> String {
        switch phase {
        case .words: return piece
        case .head(let held, let isBehindMark): return takeHead(held + piece, isBehindMark)
        case .unopened(let held): return takeUnopened(held, piece)
        case .thinking(let held, let end):
            let thoughts = held + piece
            guard let mark = thoughts.firstRange(of: end) else {
                phase = .thinking(String(thoughts.suffix(end.count - 1)), end: end)
                return ""
            }
            phase = .head("", isBehindMark: true)
            return take(String(thoughts[mark.upperBound...]))
        }
    }

    private mutating func takeUnopened(_ held: String, _ piece: String) -> String {
        phase = .words  // so that the text has one owner and is not copied
        var held = held
        let news = held.suffix(Self.endLengthMax - 1) + piece
        held += piece
        let end = Self.marks.compactMap { news.firstRange(of: $0.end)?.upperBound }.min()
        if let end {
            phase = .head("", isBehindMark: true)
            return take(String(news[end...]))
        }
        let head = held.drop(while: \.isWhitespace).prefix(Self.endLengthMax)
        // A server that sends the mark after all.
        if Self.marks.contains(where: { head.hasPrefix($0.begin) }) { return takeHead(held, false) }
        if held.utf8.count > ModelLimits.answerBytesMax { return held }
        phase = .unopened(held)
        return ""
    }

    private static let endLengthMax = marks.map(\.end.count).max() ?? 1

    private mutating func takeHead(_ text: String, _ isBehindMark: Bool) -> String {
        let head = text.drop(while: \.isWhitespace)
        for (begin, end) in Self.marks {
            if head.hasPrefix(begin) {
                phase = .thinking("", end: end)
                return take(String(head.dropFirst(begin.count)))
            }
            if head.hasPrefix(end) {
                phase = .head("", isBehindMark: true)
                return take(String(head.dropFirst(end.count)))
            }
        }
        if Self.marks.contains(where: { $0.begin.hasPrefix(head) || $0.end.hasPrefix(head) }) {
            phase = .head(isBehindMark ? String(head) : text, isBehindMark: isBehindMark)
            return ""
        }
        phase = .words
        return isBehindMark ? String(head) : text
    }

    /// The words that are held back when the answer ends: what might have begun a mark was none.
    mutating func finish() -> String {
        defer { phase = .words }
        return switch phase {
        case .head(let held, _), .unopened(let held): held
        case .thinking, .words: ""
        }
    }
}
