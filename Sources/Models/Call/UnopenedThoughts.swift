/// Thoughts at the head of an answer whose server has kept the mark to itself that begins them, as those do whose
/// template ends with it. They look like words until the mark comes that ends them.
///
/// A mark counts where it begins or ends a line that is no code, when no mark that begins thoughts stands before it: an
/// answer about such marks names both.
public enum UnopenedThoughts {
    /// How many bytes of an answer are such thoughts, with the mark and the blanks behind it; nil when none are, or
    /// when nothing else is there.
    public static func bytes(in answer: String) -> Int? {
        var answer = answer
        return answer.withUTF8 { bytes in
            var place = 0, isCode = false
            while place < bytes.count {
                let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
                let line = trimmed(bytes[place..<end])
                if line.starts(with: "```".utf8) { isCode.toggle() }
                if !isCode, let first = line.firstIndex(where: isMarkBegin) {
                    if begins(line[first...]) { return nil }
                    if let thoughtsEnd = endMark(in: line) { return wordsBegin(bytes, from: thoughtsEnd) }
                }
                place = end + 1
            }
            return nil
        }
    }

    private typealias Line = Slice<UnsafeBufferPointer<UInt8>>

    private static func isBlank(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    private static func isMarkBegin(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "<") || byte == UInt8(ascii: "[")
    }

    private static func trimmed(_ line: Line) -> Line {
        let last = line.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? line.startIndex
        return line[..<last].drop(while: isBlank)
    }

    /// Whether a mark that begins thoughts stands in a line.
    private static func begins(_ line: Line) -> Bool {
        line.indices.contains { place in
            isMarkBegin(line[place])
                && ThinkingFilter.marks.contains { line[place...].starts(with: $0.begin.utf8) }
        }
    }

    /// Where a mark ends that begins or ends a line, and ends thoughts.
    private static func endMark(in line: Line) -> Int? {
        for (_, end) in ThinkingFilter.marks {
            if line.starts(with: end.utf8) { return line.startIndex + end.utf8.count }
            if line.suffix(end.utf8.count).elementsEqual(end.utf8) { return line.endIndex }
        }
        return nil
    }

    private static func wordsBegin(_ bytes: UnsafeBufferPointer<UInt8>, from place: Int) -> Int? {
        bytes[place...].firstIndex { !isBlank($0) }
    }
}
