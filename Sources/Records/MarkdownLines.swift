/// Reads Markdown line by line, as far as links, headings and passages need it.
///
/// The lines of a paragraph that a line of `=` or `-` makes a heading are one line here.
///
/// See: CommonMark 0.31 §4.3 (setext headings)
struct MarkdownLines: Sequence, IteratorProtocol {
    private var rest: Substring
    private var blocks = MarkdownBlocks()
    /// The lines whose kind is known.
    private var ready: ArraySlice<RecordLine> = []
    /// The lines of a paragraph that may become a heading.
    private var paragraph: [RecordLine] = []

    /// The lines of this body.
    init(_ body: some StringProtocol) { rest = Substring(body) }

    /// The next line.
    mutating func next() -> RecordLine? {
        while ready.isEmpty {
            guard let line = rest.takeLine() else {
                if paragraph.isEmpty { return nil }
                endParagraph()
                break
            }
            take(line)
        }
        return ready.popFirst()
    }

    private mutating func take(_ line: Substring) {
        var bytes = line
        let kind = bytes.withUTF8 { bytes in
            let isEnded = bytes.last == .newline
            return blocks.take(UnsafeBufferPointer(rebasing: bytes.dropLast(isEnded ? 1 : 0)))
        }
        switch kind {
        case .text(let continues):
            if !continues { endParagraph() }
            return paragraph.append(RecordLine(kind: .text, text: line, continues: continues))
        case .underline(let level): return endHeading(level, line)
        case .blank, .code, .hidden, .heading: endParagraph()
        }
        ready.append(RecordLine(kind: Self.kind(kind, line), text: line))
    }

    private static func kind(_ kind: MarkdownBlocks.LineKind, _ line: Substring) -> RecordLine.Kind {
        switch kind {
        case .blank: return .blank
        case .text, .underline: return .text
        case .code: return .code
        case .hidden: return .hidden
        case .heading(let level, let range):
            let start = line.utf8.index(line.startIndex, offsetBy: range.lowerBound)
            return .heading(level: level, text: String(line[start..<line.utf8.index(start, offsetBy: range.count)]))
        }
    }

    private mutating func endParagraph() {
        ready.append(contentsOf: paragraph)
        paragraph.removeAll(keepingCapacity: true)
    }

    /// The paragraph so far is a heading, unless it is too long for a title.
    private mutating func endHeading(_ level: Int, _ line: Substring) {
        let bytes = paragraph.reduce(0) { $0 + $1.text.utf8.count }
        guard let first = paragraph.first, bytes <= RecordLimits.headingBytesMax else {
            paragraph.append(RecordLine(kind: .text, text: line, continues: true))
            return endParagraph()
        }
        let text = paragraph.map { String($0.text.trimmed()) }.joined(separator: " ")
        let whole = first.text.base[first.text.startIndex..<line.endIndex]
        ready.append(RecordLine(kind: .heading(level: level, text: text), text: whole))
        paragraph.removeAll(keepingCapacity: true)
    }
}

extension Substring {
    /// Removes and returns the first line without its end; nil when there is none.
    mutating func takeLine() -> Substring? {
        if isEmpty { return nil }
        let end = utf8.firstIndex(of: .newline).map { utf8.index(after: $0) } ?? endIndex
        defer { self = self[end...] }
        return self[..<end]
    }

    /// Without blanks and line ends at its end.
    func trimmingEnd() -> Substring {
        var text = self
        while let byte = text.utf8.last {
            let isBlank = byte < 0x80 ? byte.isBlank : text.last?.isWhitespace == true
            guard isBlank else { break }
            text = byte < 0x80 ? Substring(text.utf8.dropLast()) : text.dropLast()
        }
        return text
    }

    /// Without blanks at its beginning.
    func trimmingStart() -> Substring {
        var text = self
        while let byte = text.utf8.first {
            let isBlank = byte < 0x80 ? byte.isBlank : text.first?.isWhitespace == true
            guard isBlank else { break }
            text = byte < 0x80 ? Substring(text.utf8.dropFirst()) : text.dropFirst()
        }
        return text
    }

    /// Without blanks at either end.
    func trimmed() -> Substring { trimmingStart().trimmingEnd() }
}

extension String {
    /// With a line end at its end, unless it is empty.
    func endingInNewline(_ end: String) -> String { isEmpty || last?.isNewline == true ? self : self + end }
}

extension UInt8 {
    /// Whether it is a blank or a line end in ASCII.
    fileprivate var isBlank: Bool { self == .space || (0x09...0x0d).contains(self) }
}
