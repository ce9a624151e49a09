/// Finds the texts between `[[` and `]]` in a paragraph of org-mode: a scanner of bytes, because every line of every
/// record is scanned.
struct OrgLinkScanner {
    private let line: UnsafeBufferPointer<UInt8>
    /// Whether no `]]` follows.
    private var isWithoutEnd = false

    /// A scanner of one text, which must stay in memory while it scans.
    init(_ line: UnsafeBufferPointer<UInt8>) { self.line = line }

    /// The ranges between the brackets, in offsets of bytes.
    mutating func places() -> [Range<Int>] {
        var found: [Range<Int>] = []
        guard line.contains(.leftBracket) else { return found }  // most lines
        var position = 0, formulas = FormulaScanner()
        while position < line.count {
            switch line[position] {
            case .leftBracket where position + 1 < line.count && line[position + 1] == .leftBracket:
                guard let end = endOfLink(from: position + 2) else {
                    position += 1
                    continue
                }
                if !isVerbatim(position, end + 2) { found.append(position + 2..<end) }
                position = end + 2
            case .dollar: position = formulas.end(in: line, from: position)
            case _: position += 1
            }
        }
        return found
    }

    /// The offset of `]]`; nil if another bracket opens first or the text ends. `][` separates the target from its
    /// description, in which brackets have no meaning.
    private mutating func endOfLink(from start: Int) -> Int? {
        if isWithoutEnd { return nil }
        var isDescription = false
        for position in start..<max(start, line.count - 1) {
            if line[position] == .rightBracket && line[position + 1] == .rightBracket { return position }
            if line[position] != .leftBracket || isDescription { continue }
            guard line[position - 1] == .rightBracket else { return nil }
            isDescription = true
        }
        isWithoutEnd = true
        return nil
    }

    /// Whether org-mode shows the text verbatim: `=[[a]]=` or `~[[a]]~`.
    private func isVerbatim(_ start: Int, _ end: Int) -> Bool {
        guard start > 0, end < line.count else { return false }
        return line[start - 1] == line[end] && (line[end] == UInt8(ascii: "=") || line[end] == UInt8(ascii: "~"))
    }
}
