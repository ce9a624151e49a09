/// Where a passage is in a text, when it is to be there once.
public enum PassageSearch: Hashable, Sendable {
    /// It is not there.
    case none
    /// It is there once.
    case one(Range<String.Index>)
    /// It is there more often, or overlaps itself.
    case several

    /// Looks for a passage, byte by byte, in time that grows with the lengths alone.
    ///
    /// - Precondition: The passage is not empty.
    ///
    /// See: Knuth, Morris, Pratt, Fast pattern matching in strings
    public static func only(_ passage: String, in text: String) -> PassageSearch {
        let pattern = Array(passage.utf8)
        precondition(!pattern.isEmpty, "an empty passage is everywhere")
        let borders = borders(of: pattern)
        var matched = 0, end: Int?
        for (index, byte) in text.utf8.enumerated() {
            while matched > 0, pattern[matched] != byte { matched = borders[matched - 1] }
            if pattern[matched] == byte { matched += 1 }
            guard matched == pattern.count else { continue }
            if end != nil { return .several }
            end = index + 1
            matched = borders[matched - 1]
        }
        guard let end else { return .none }
        let upper = text.utf8.index(text.startIndex, offsetBy: end)
        return .one(text.utf8.index(upper, offsetBy: -pattern.count)..<upper)
    }

    /// For each beginning of a pattern the length of its longest border.
    private static func borders(of pattern: [UInt8]) -> [Int] {
        var borders = [Int](repeating: 0, count: pattern.count), length = 0
        for index in pattern.indices.dropFirst() {
            while length > 0, pattern[length] != pattern[index] { length = borders[length - 1] }
            if pattern[length] == pattern[index] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}
