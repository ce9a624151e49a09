/// A place in a line of Markdown: the first byte after the marks of the quotes and list items that was not read yet.
///
/// Columns are counted from 0, and a tab goes on to the next multiple of four.
///
/// See: CommonMark 0.31 §2.2
struct MarkdownCursor {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// The offset of the first byte that is neither a blank nor read.
    private var position = 0
    /// Its column.
    private var column = 0
    /// The column at which the content of the innermost quote or item begins.
    var margin = 0

    /// At the beginning of a line, which has to stay in memory.
    init(_ line: UnsafeBufferPointer<UInt8>) {
        bytes = line
        skipBlanks()
    }

    /// How far the rest is indented.
    var indent: Int { column - margin }
    /// Whether nothing but blanks is left.
    var isBlank: Bool { position == bytes.count }
    /// The first byte of the rest.
    var byte: UInt8? { isBlank ? nil : bytes[position] }
    /// The rest without its indentation.
    var rest: Slice<UnsafeBufferPointer<UInt8>> { bytes[position...] }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case .space: column += 1
            case .tab: column += 4 - column % 4
            case UInt8(ascii: "\r"): column += 1
            case _: return
            }
            position += 1
        }
    }

    /// Reads `>` and a blank after it, if the rest begins so.
    mutating func takeQuoteMark() -> Bool {
        guard indent < 4, byte == UInt8(ascii: ">") else { return false }
        position += 1
        column += 1
        margin = column
        if position < bytes.count, Self.isBlank(bytes[position]) { margin += 1 }
        skipBlanks()
        return true
    }

    /// Reads the mark of a list item, if the rest begins with one.
    ///
    /// - Parameter isInterrupting: Whether the item would end a paragraph; then it needs content and the number 1.
    /// - Returns: How much further than its surroundings the item's content is indented.
    mutating func takeListMarker(interrupting isInterrupting: Bool) -> Int? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        guard digits.count <= 9, let mark = rest.dropFirst(digits.count).first else { return nil }
        guard digits.isEmpty ? "-*+".utf8.contains(mark) : ".)".utf8.contains(mark) else { return nil }
        let length = digits.count + 1
        if let next = rest.dropFirst(length).first, !Self.isBlank(next) { return nil }
        if isInterrupting {
            if !digits.isEmpty && !(digits.count == 1 && digits.first == UInt8(ascii: "1")) { return nil }
            if rest.dropFirst(length).allSatisfy(Self.isBlank) { return nil }
        }
        position += length
        column += length
        let end = column, old = margin
        skipBlanks()
        // After more than four blanks the content is indented code.
        margin = isBlank || column - end > 4 ? end + 1 : column
        return margin - old
    }

    /// The heading that the rest is, with the range of its text in the line; a heading that is too long for a title
    /// counts as text.
    func heading() -> (level: Int, text: Range<Int>)? {
        let level = rest.prefix { $0 == .hash }.count
        guard (1...6).contains(level), rest.count <= RecordLimits.headingBytesMax else { return nil }
        var start = position + level, end = bytes.count
        guard start == end || Self.isBlank(bytes[start]) else { return nil }
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        var close = end
        while close > start, bytes[close - 1] == .hash { close -= 1 }
        if close == start || Self.isBlank(bytes[close - 1]) { end = close }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        return (level, start..<end)
    }

    /// The line of a code block's fence that the rest is; `isBare` says whether nothing follows, as at its end.
    func fence() -> (byte: UInt8, length: Int, isBare: Bool)? {
        guard let byte, byte == .backtick || byte == UInt8(ascii: "~") else { return nil }
        let length = rest.prefix { $0 == byte }.count, info = rest.dropFirst(length)
        if length < 3 || byte == .backtick && info.contains(.backtick) { return nil }
        return (byte, length, info.allSatisfy(Self.isBlank))
    }

    /// 1 for a line of `=`, 2 for a line of `-`.
    var underlineLevel: Int? {
        guard let byte, byte == UInt8(ascii: "=") || byte == .dash else { return nil }
        let isUnderline = rest.drop { $0 == byte }.allSatisfy(Self.isBlank)
        return isUnderline ? byte == .dash ? 2 : 1 : nil
    }

    /// Whether the rest is a rule, such as `* * *`.
    var isRule: Bool {
        guard let byte, "*-_".utf8.contains(byte) else { return false }
        return rest.allSatisfy { $0 == byte || Self.isBlank($0) } && rest.count { $0 == byte } >= 3
    }

    /// Whether the rest is the line below the head of a table, such as `|---|:-:|`.
    var isTableDelimiter: Bool {
        guard let byte, "|:-".utf8.contains(byte) else { return false }
        return rest.allSatisfy { "|:-".utf8.contains($0) || Self.isBlank($0) } && rest.contains(.bar)
            && rest.contains(.dash)
    }

    /// Whether the rest begins with a mark and contains no second one.
    func opens(_ mark: StaticString) -> Bool {
        guard rest.starts(with: UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount)) else {
            return false
        }
        return !Self.contains(rest.dropFirst(mark.utf8CodeUnitCount), mark)
    }

    /// Whether the rest contains an odd number of `%%`.
    var hasOddCommentMarks: Bool {
        guard rest.contains(UInt8(ascii: "%")) else { return false }
        var isOdd = false, position = self.position
        while position + 1 < bytes.count {
            if bytes[position] == UInt8(ascii: "%"), bytes[position + 1] == UInt8(ascii: "%") {
                isOdd.toggle()
                position += 1
            }
            position += 1
        }
        return isOdd
    }

    /// Whether the rest contains a text.
    ///
    /// - Parameter count: The bytes of the rest before it.
    func holds(_ text: StaticString, after count: Int = 0) -> Bool { Self.contains(rest.dropFirst(count), text) }

    private static func contains(_ bytes: Slice<UnsafeBufferPointer<UInt8>>, _ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        var start = bytes.startIndex
        while let next = bytes[start...].firstIndex(of: wanted[0]) {
            if bytes[next...].starts(with: wanted) { return true }
            start = next + 1
        }
        return false
    }

    /// Whether a byte is a blank or the first byte of a line end.
    static func isBlank(_ byte: UInt8) -> Bool { byte == .space || byte == .tab || byte == UInt8(ascii: "\r") }
}
