/// Reads Markdown line by line, as far as links, headings and passages need it.
///
/// See: CommonMark 0.31 §4.2 (ATX headings), §4.4 and §4.5 (code blocks)
struct MarkdownLines: Sequence, IteratorProtocol {
    private var rest: Substring
    private var fence: (byte: UInt8, length: Int)?
    private var isAfterBlank = true
    private var isInIndentedCode = false
    private var isInList = false

    /// The lines of this body.
    init(_ body: some StringProtocol) { rest = Substring(body) }

    /// The next line.
    mutating func next() -> RecordLine? {
        rest.takeLine().map { RecordLine(kind: classify($0), text: $0) }
    }

    private mutating func classify(_ line: Substring) -> RecordLine.Kind {
        let trimmed = line.utf8.drop { $0 == .space || $0 == .tab }
        let content = Substring(trimmed).trimmingEnd()
        let indent = line.utf8.distance(from: line.startIndex, to: trimmed.startIndex)
        if let open = fence {
            if let close = fenceRun(content), close.byte == open.byte, close.length >= open.length, close.info.isEmpty {
                fence = nil
            }
            return .code
        }
        defer { isAfterBlank = content.isEmpty }
        if content.isEmpty { return isInIndentedCode ? .code : .blank }
        if let open = fenceRun(content), open.byte != .backtick || !open.info.utf8.contains(.backtick) {
            fence = (open.byte, open.length)
            return .code
        }
        isInIndentedCode =
            (indent >= 4 || line.utf8.first == .tab) && !isInList && (isAfterBlank || isInIndentedCode)
        if isInIndentedCode { return .code }
        if indent < 4, let heading = heading(content) {
            isInList = false
            return heading
        }
        if isListItem(content) {
            isInList = true
        } else if indent == 0 && isAfterBlank {
            isInList = false
        }
        return .text
    }

    private func fenceRun(_ content: Substring) -> (byte: UInt8, length: Int, info: Substring)? {
        guard let byte = content.utf8.first, byte == .backtick || byte == UInt8(ascii: "~") else { return nil }
        let run = content.utf8.prefix { $0 == byte }
        return run.count >= 3 ? (byte, run.count, content[run.endIndex...]) : nil
    }

    private func heading(_ content: Substring) -> RecordLine.Kind? {
        // A heading becomes a title and is above every passage of its section; a longer one counts as text.
        guard content.utf8.count <= RecordLimits.headingBytesMax else { return nil }
        let marks = content.utf8.prefix { $0 == .hash }
        guard (1...6).contains(marks.count) else { return nil }
        let after = content[marks.endIndex...]
        guard after.isEmpty || after.utf8.first == .space || after.utf8.first == .tab else { return nil }
        var text = after.trimmingStart()
        let tail = text.utf8.reversed().prefix { $0 == .hash }.count
        if tail > 0 {
            let start = text.utf8.index(text.endIndex, offsetBy: -tail)
            if start == text.startIndex || isBlank(text.utf8[text.utf8.index(before: start)]) {
                text = text[..<start].trimmingEnd()
            }
        }
        return .heading(level: marks.count, text: String(text))
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == .space || byte == .tab }

    private func isListItem(_ content: Substring) -> Bool {
        let digits = content.utf8.prefix { (0x30...0x39).contains($0) }
        let marker = content[digits.endIndex...].utf8
        guard let first = marker.first else { return false }
        let isMarker = digits.isEmpty ? "-*+".utf8.contains(first) : digits.count <= 9 && ".)".utf8.contains(first)
        let next = marker.dropFirst().first
        return isMarker && (next == nil || next == .space || next == .tab)
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
