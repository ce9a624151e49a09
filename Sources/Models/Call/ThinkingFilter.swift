/// Takes the thinking out of an answer whose server sends it among the words: `<think>…</think>` at the head, and a
/// `</think>` there whose beginning the server has kept to itself. The same marks further on are words.
struct ThinkingFilter {
    private enum Phase {
        /// What has come may still begin a mark.
        case head(String)
        /// Within thinking; the end of what has come may begin the mark of its end.
        case thinking(String)
        /// After a mark: line ends and blanks before the answer are dropped.
        case gap
        case words
    }

    private var phase = Phase.head("")
    private static let begin = "<think>", end = "</think>"

    /// At the head of an answer.
    init() {}

    /// Takes the next piece.
    ///
    /// - Returns: The words in it, with those that were held back.
    mutating func take(_ piece: String) -> String {
        switch phase {
        case .words: return piece
        case .gap:
            let words = piece.drop(while: \.isWhitespace)
            if !words.isEmpty { phase = .words }
            return String(words)
        case .head(let held): return takeHead(held + piece)
        case .thinking(let held):
            let thoughts = held + piece
            guard let mark = thoughts.firstRange(of: Self.end) else {
                phase = .thinking(String(thoughts.suffix(Self.end.count - 1)))
                return ""
            }
            phase = .gap
            return take(String(thoughts[mark.upperBound...]))
        }
    }

    private mutating func takeHead(_ text: String) -> String {
        let head = text.drop(while: \.isWhitespace)
        for (mark, next) in [(Self.begin, Phase.thinking("")), (Self.end, Phase.gap)] {
            if head.hasPrefix(mark) {
                phase = next
                return take(String(head.dropFirst(mark.count)))
            }
            if mark.hasPrefix(head) {
                phase = .head(text)
                return ""
            }
        }
        phase = .words
        return text
    }

    /// The words that are held back when the answer ends: what might have begun a mark was none.
    mutating func finish() -> String {
        guard case .head(let held) = phase else { return "" }
        phase = .words
        return held
    }
}
