/// A text in which each `*` stands for any text, also none.
///
/// It is compared byte by byte: two spellings of a character that look alike are two names of a file.
struct TextPattern: Hashable {
    private let bytes: [UInt8]

    /// A pattern.
    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    /// Whether a text is the pattern's.
    func matches(_ text: some StringProtocol) -> Bool { matches(Array(text.utf8)) }

    /// Whether every text of another pattern is one of this one. Some that are are not found: `a*b` and `a*c*b`, say,
    /// are, `a**` and `a*` are not.
    func contains(_ other: TextPattern) -> Bool {
        // A star of the other one is a byte that nothing but a star of this one takes in.
        matches(other.bytes)
    }

    /// Whether it has no star and is a text.
    func isOnly(_ text: String) -> Bool { !bytes.contains(UInt8(ascii: "*")) && bytes.elementsEqual(text.utf8) }

    /// Goes back to the last star alone: in time that grows with the product of the lengths and no faster.
    private func matches(_ text: [UInt8]) -> Bool {
        var place = 0, index = 0, star: Int?, retry = 0
        while index < text.count {
            if place < bytes.count, bytes[place] == UInt8(ascii: "*") {
                star = place
                retry = index
                place += 1
            } else if place < bytes.count, bytes[place] == text[index], text[index] != UInt8(ascii: "*") {
                place += 1
                index += 1
            } else if let star {
                retry += 1
                index = retry
                place = star + 1
            } else {
                return false
            }
        }
        return bytes[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
