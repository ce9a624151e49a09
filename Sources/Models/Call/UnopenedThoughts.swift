import Services

/// Thoughts at the head of an answer whose server has kept the mark to itself that begins them, as those do whose
/// template ends with it. They look like words until the mark comes that ends them.
///
/// A mark counts where it begins or ends a line that is no code, when no mark that begins thoughts stands before it: an
/// answer about such marks names both. Nor does one count that is spoken of: the line before ends with a colon, or it
/// stands between the words of a sentence, on their line or on one of its own.
public enum UnopenedThoughts {
    /// How many bytes of an answer are such thoughts, with the mark and the blanks behind it; nil when none are, or
    /// when nothing else is there.
    public static func bytes(in answer: String) -> Int? {
        var answer = answer
        return answer.withUTF8 { bytes in
            var place = 0, isCode = false, isAnnounced = false, isInSentence = false
            while place < bytes.count {
                let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
                let line = trimmed(bytes[place..<end])
                if line.starts(with: "```".utf8) { isCode.toggle() }
                if !isCode, !isIndented(bytes[place..<end]), let first = line.firstIndex(where: isMarkBegin) {
                    if begins(line[first...]) { return nil }
                    let isWord = isAnnounced || isInSentence && goesOn(bytes, behind: end)
                    if !isWord, let thoughtsEnd = endMark(in: line) {
                        return wordsBegin(bytes, from: thoughtsEnd)
                    }
                }
                if !line.isEmpty { isAnnounced = endsWithColon(line) }
                isInSentence = !line.isEmpty && !endsSentence(line)
                place = end + 1
            }
            return nil
        }
    }

    /// Whether a whole answer has begun with such thoughts; nil when it does not tell, as one that was cut or that
    /// calls tools.
    public static func areBegun(_ outcome: ChatOutcome, _ answer: String) -> Bool? {
        if outcome.thoughtBytes != nil { return true }
        return outcome.stopReason == .end && answer.contains { !$0.isWhitespace } ? false : nil
    }

    /// What the answers of a model have told of how they begin.
    public struct Habit: Hashable, Sendable {
        private var count = 0

        /// Nothing is known.
        public init() {}

        /// Whether the next answer will begin within thoughts: two have, one after the other, and none since has not.
        /// One alone may have been about the marks.
        public var isKnown: Bool { count >= 2 }

        /// Notes whether another answer has.
        public mutating func note(_ hasBegunWithin: Bool) { count = hasBegunWithin ? min(count + 1, 2) : 0 }
    }

    private typealias Line = Slice<UnsafeBufferPointer<UInt8>>

    /// Every byte of an answer is asked for it.
    private static func isMarkBegin(_ byte: UInt8) -> Bool { markBegins.contains(byte) }

    private static let markBegins = Array(Set(ThoughtMarks.pairs.compactMap(\.begin.first)))

    private static func trimmed(_ line: Line) -> Line {
        let last = line.lastIndex { !ThoughtMarks.isBlank($0) }.map { $0 + 1 } ?? line.startIndex
        return line[..<last].drop(while: ThoughtMarks.isBlank)
    }

    /// Whether a line is code in Markdown because it is indented.
    private static func isIndented(_ line: Line) -> Bool {
        line.starts(with: "    ".utf8) || line.starts(with: "\t".utf8)
    }

    private static func endsWithColon(_ line: Line) -> Bool {
        [":", "："].contains { (colon: String) in line.suffix(colon.utf8.count).elementsEqual(colon.utf8) }
    }

    /// Whether a mark that begins thoughts stands in a line, also as a tag with attributes, or one that is empty.
    private static func begins(_ line: Line) -> Bool {
        line.indices.contains { place in
            isMarkBegin(line[place])
                && ThoughtMarks.pairs.contains { begin, _ in
                    let rest = line[place...]
                    guard ThoughtMarks.begins(rest, with: begin.dropLast()) else { return false }
                    let last = rest.dropFirst(begin.count - 1).first
                    return last == begin.last || last.map { " /\t".utf8.contains($0) } == true
                }
        }
    }

    /// Whether a sentence goes on in the line behind a place, where no empty line is between.
    private static func goesOn(_ bytes: UnsafeBufferPointer<UInt8>, behind end: Int) -> Bool {
        let next = bytes[end...].dropFirst().first
        return next.map { (0x61...0x7A).contains($0) } == true
    }

    /// Where a mark ends that begins or ends a line, and ends thoughts.
    private static func endMark(in line: Line) -> Int? {
        for end in ThoughtMarks.unopenedEnds {
            if ThoughtMarks.begins(line, with: end) {
                let rest = line.dropFirst(end.count)
                return isWithinSentence(rest) ? nil : rest.startIndex
            }
            let last = line.suffix(end.count)
            if ThoughtMarks.begins(last, with: end) {
                return isWord(line[..<last.startIndex]) ? nil : line.endIndex
            }
        }
        return nil
    }

    /// Whether a line goes on with a blank and a small letter: `</think> ends them`.
    private static func isWithinSentence(_ rest: Line) -> Bool {
        rest.first.map(ThoughtMarks.isBlank) == true
            && rest.first { !ThoughtMarks.isBlank($0) }.map { (0x61...0x7A).contains($0) } == true
    }

    /// Whether a mark is a word of the sentence before it: `It ends with </think>`, `- </think>`. Behind thoughts it
    /// stands without a blank, or behind the end of a sentence.
    private static func isWord(_ text: Line) -> Bool {
        guard text.last.map(ThoughtMarks.isBlank) == true, text.contains(where: { !ThoughtMarks.isBlank($0) })
        else { return false }
        return !endsSentence(text)
    }

    private static func endsSentence(_ line: Line) -> Bool {
        line.last { !ThoughtMarks.isBlank($0) }.map(".!?)".utf8.contains) == true
    }

    private static func wordsBegin(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) -> Int? {
        bytes[place...].firstIndex { !ThoughtMarks.isBlank($0) }
    }
}
