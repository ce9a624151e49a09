/// The marks that models put around thoughts, in bytes. A small letter of a mark stands for the capital one, too.
enum ThoughtMarks {
    /// A mark, or another text, in bytes.
    typealias Bytes = ArraySlice<UInt8>

    /// What stands before thoughts and behind them. Each mark ends with its own.
    static let pairs: [(begin: [UInt8], end: [UInt8])] = (tags.map { ("<\($0)>", "</\($0)>") } + others).map {
        (Array($0.utf8), Array($1.utf8))
    }

    /// The ends of thoughts whose beginning a template may have written: vendors' own. The others' names are common
    /// words, and answers have elements of those names.
    static let unopenedEnds = pairs.map(\.end).filter { end in
        !commonTags.contains { end.elementsEqual("</\($0)>".utf8) }
    }

    /// DeepSeek, Qwen and most others; MiniMax and Seed; models that were told to think.
    private static let tags = ["think", "mm:think", "seed:think"] + commonTags
    private static let commonTags = ["thinking", "thought", "reasoning", "analysis"]

    /// Mistral, Kimi, Command and Gemma.
    private static let others = [
        ("[THINK]", "[/THINK]"), ("◁think▷", "◁/think▷"), ("<|start_thinking|>", "<|end_thinking|>"),
        ("<|channel>thought", "<channel|>"),
    ]

    /// What Gemma's mark leaves of itself where a server takes out the special tokens.
    static let bareChannel = Array("thought\n".utf8)

    /// What Command puts around the words.
    static let response = (begin: Array("<|start_response|>".utf8), end: Array("<|end_response|>".utf8))

    /// The longest mark behind thoughts, in bytes.
    static let endLengthMax = pairs.map(\.end.count).max() ?? 1

    /// Whether a text begins with a mark.
    static func begins(_ text: some Sequence<UInt8>, with mark: some Sequence<UInt8>) -> Bool {
        text.starts(with: mark) { isSame($1, $0) }
    }

    /// Whether a text is the beginning of a mark.
    static func may(_ text: Bytes, become mark: [UInt8]) -> Bool {
        text.count < mark.count && mark.starts(with: text) { isSame($0, $1) }
    }

    /// How many bytes at the end of a text may be the beginning of one of several marks.
    static func heldLength(_ text: Bytes, _ marks: [[UInt8]]) -> Int {
        let longest = (marks.map(\.count).max() ?? 1) - 1
        return text.suffix(longest).indices.first { place in marks.contains { may(text[place...], become: $0) } }
            .map { text.endIndex - $0 } ?? 0
    }

    /// The first of several marks in a text.
    static func first(of marks: [[UInt8]], in text: Bytes) -> (range: Range<Int>, mark: [UInt8])? {
        for place in text.indices {
            if let mark = marks.first(where: { begins(text[place...], with: $0) }) {
                return (place..<place + mark.count, mark)
            }
        }
        return nil
    }

    /// A text without the blanks at its head.
    static func withoutBlanks(_ text: Bytes) -> Bytes { text.drop(while: isBlank) }

    /// Whether a byte is a blank or ends a line.
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isSame(_ marked: UInt8, _ byte: UInt8) -> Bool {
        marked == byte || (0x61...0x7A).contains(marked) && marked & 0xDF == byte
    }
}
