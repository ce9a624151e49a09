/// Finds the ends of formulas, `$…$` within a line and `$$…$$` over several, in a text of one block.
///
/// A formula within a line begins and ends without a blank inside, and no digit follows it, as after the price `$5`.
/// What was looked for in vain is not looked for again, so that all formulas together take time in proportion to the
/// length of the text.
///
/// See: Obsidian help, "Math"; pandoc, tex_math_dollars; org-mode manual, "LaTeX fragments"
struct FormulaScanner {
    /// The offset before which no formula within a line ends.
    private var lineEnd = 0
    /// Whether no further `$$` follows the last one.
    private var isWithoutDouble = false

    /// The offset after the formula that begins at a `$`; the offset after the `$` or `$$` when none begins there.
    mutating func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let isDouble = start + 1 < bytes.count && bytes[start + 1] == .dollar
        return isDouble ? endOfDouble(in: bytes, from: start) : endInLine(of: bytes, from: start)
    }

    private mutating func endOfDouble(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        if !isWithoutDouble {
            var end = start + 2
            while end + 1 < bytes.count {
                if bytes[end] == .dollar, bytes[end + 1] == .dollar { return end + 2 }
                end += 1
            }
            isWithoutDouble = true
        }
        return start + 2
    }

    private mutating func endInLine(of bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        func isBlank(_ position: Int) -> Bool {
            position >= bytes.count || MarkdownCursor.isBlank(bytes[position]) || bytes[position] == .newline
        }
        func isDigit(_ position: Int) -> Bool { position < bytes.count && (0x30...0x39).contains(bytes[position]) }
        guard !isBlank(start + 1), start >= lineEnd else { return start + 1 }
        var position = start + 1
        while position < bytes.count, bytes[position] != .newline {
            let isEnd = bytes[position] == .dollar && position > start + 1 && !isBlank(position - 1)
            if isEnd, !isDigit(position + 1) { return position + 1 }
            position += bytes[position] == .backslash ? 2 : 1
        }
        lineEnd = position
        return start + 1
    }
}
