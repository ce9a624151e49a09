/// Takes the thinking out of an answer whose server sends it among the words: `<think>…</think>` at the head, also
/// several times, and a `</think>` there whose beginning the server has kept to itself. The same marks further on are
/// words. Some models have marks of other names; each ends with its own.
struct ThinkingFilter {
    private enum Phase {
        /// What has come may still begin a mark. Behind another mark the blanks before the answer are dropped.
        case head(String, isBehindMark: Bool)
        /// Within thinking; the end of what has come may begin the mark of its end.
        case thinking(String, end: String)
        case words
    }

    private var phase = Phase.head("", isBehindMark: false)

    /// DeepSeek, Qwen and most others; models that were told to think; Mistral, MiniMax and Seed.
    private static let marks =
        ["think", "thinking", "thought", "reasoning", "mm:think", "seed:think"].map { ("<\($0)>", "</\($0)>") }
        + [("[THINK]", "[/THINK]")]

    /// At the head of an answer.
    init() {}

    /// Takes the next piece.
    ///
    /// - Returns: The words in it, with those that were held back.
    mutating func take(_ piece: String) -> String {
        switch phase {
        case .words: return piece
        case .head(let held, let isBehindMark): return takeHead(held + piece, isBehindMark)
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
        if Self.marks.contains(where: { $0.hasPrefix(head) || $1.hasPrefix(head) }) {
            phase = .head(isBehindMark ? String(head) : text, isBehindMark: isBehindMark)
            return ""
        }
        phase = .words
        return isBehindMark ? String(head) : text
    }

    /// The words that are held back when the answer ends: what might have begun a mark was none.
    mutating func finish() -> String {
        guard case .head(let held, _) = phase else { return "" }
        phase = .words
        return held
    }
}
