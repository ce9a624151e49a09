/// Finds links and tags in a paragraph or another text of one block: not in code, which may go on over lines, nor in
/// HTML tags, comments and formulas.
///
/// It is a scanner of bytes, because every line of every record is scanned; the time is in proportion to the length,
/// whatever the text.
///
/// See: CommonMark 0.31 §6; Obsidian help, "Internal links", "Tags", "Comments"
struct MarkdownInlines {
    /// What is found; ranges are offsets of bytes.
    enum Item: Equatable {
        /// The text between `[[` and `]]`.
        case wikilink(Range<Int>)
        /// Where `[words](destination)` or `[words]: destination` leads; whether it stands between `<` and `>`.
        case destination(Range<Int>, isInAngles: Bool)
        /// A tag without its `#`.
        case tag(Range<Int>)
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var items: [Item] = []
    private var position = 0
    /// The offsets of the brackets that are open.
    private var brackets: [Int] = []
    /// The start of the last run of backticks of each length, once it was needed.
    private var lastRuns: [Int: Int]?
    /// The ends that do not follow, by their first byte.
    private var missing: Set<UInt8> = []
    private var formulas = FormulaScanner()

    /// A scanner of one text, which has to stay in memory while it scans.
    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Everything that is found, in the order of the text.
    static func items(in bytes: UnsafeBufferPointer<UInt8>) -> [Item] {
        guard bytes.contains(where: { $0 == .leftBracket || $0 == .hash }) else { return [] }  // most lines
        var scanner = MarkdownInlines(bytes)
        scanner.scan()
        return scanner.items
    }

    private mutating func scan() {
        while position < bytes.count {
            switch bytes[position] {
            case .backslash: position += 2
            case .backtick: position = endOfCode(from: position)
            case UInt8(ascii: "<"): position = endOfMarkup(from: position)
            case UInt8(ascii: "%"): position = endOfPercentComment()
            case .dollar: position = formulas.end(in: bytes, from: position)
            case .leftBracket: takeLeftBracket()
            case .rightBracket: takeRightBracket()
            case .hash: takeTag()
            case _: position += 1
            }
        }
    }

    private func byte(_ position: Int) -> UInt8? { bytes.indices.contains(position) ? bytes[position] : nil }

    private func isBlank(_ position: Int) -> Bool {
        byte(position).map { MarkdownCursor.isBlank($0) || $0 == .newline } ?? true
    }

    private mutating func takeLeftBracket() {
        guard byte(position + 1) == .leftBracket, let end = endOfWikilink(from: position + 2) else {
            brackets.append(position)
            position += 1
            return
        }
        items.append(.wikilink(position + 2..<end))
        position = end + 2
    }

    /// The offset of `]]`; nil if another bracket opens first or the line ends.
    private func endOfWikilink(from start: Int) -> Int? {
        var position = start
        while let byte = byte(position), byte != .leftBracket, byte != .newline {
            if byte == .rightBracket, self.byte(position + 1) == .rightBracket { return position }
            position += 1
        }
        return nil
    }

    private mutating func takeRightBracket() {
        let open = brackets.popLast(), next = byte(position + 1)
        position += 1
        guard let open else { return }
        if next == UInt8(ascii: "(") {
            guard let destination = destination(from: position + 1), let end = endOfLink(from: destination.end) else {
                return
            }
            items.append(.destination(destination.range, isInAngles: destination.isInAngles))
            position = end
        } else if next == .colon, isAtLineStart(open), byte(open + 1) != UInt8(ascii: "^") {
            // `[^1]:` begins a footnote.
            guard let destination = destination(from: position + 1),
                let end = endOfTitle(from: destination.end), isAtLineEnd(end)
            else { return }
            items.append(.destination(destination.range, isInAngles: destination.isInAngles))
            position = end
        }
    }

    private func isAtLineStart(_ position: Int) -> Bool {
        var start = position
        while start > 0, " >\t".utf8.contains(bytes[start - 1]) { start -= 1 }
        return start == 0 || bytes[start - 1] == .newline
    }

    private func isAtLineEnd(_ position: Int) -> Bool {
        var end = position
        while let byte = byte(end), MarkdownCursor.isBlank(byte) { end += 1 }
        return end == bytes.count || bytes[end] == .newline
    }

    /// The destination after `(` or `:`, and the offset after it.
    private func destination(from start: Int) -> (range: Range<Int>, isInAngles: Bool, end: Int)? {
        var start = start
        while start < bytes.count, isBlank(start) { start += 1 }
        var end = start
        if byte(start) == UInt8(ascii: "<") {
            while let byte = byte(end + 1), byte != UInt8(ascii: ">") {
                if byte == .newline || byte == UInt8(ascii: "<") { return nil }
                end += byte == .backslash ? 2 : 1
            }
            guard end + 1 < bytes.count else { return nil }
            return (start + 1..<end + 1, true, end + 2)
        }
        var depth = 0
        while let byte = byte(end), !isBlank(end) {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth < 0 { break }
            if depth > Self.parenthesesMax { return nil }
            end += byte == .backslash ? 2 : 1
        }
        end = min(end, bytes.count)
        return depth > 0 || end == start ? nil : (start..<end, false, end)
    }

    private static let parenthesesMax = 32

    /// The offset after `)`, which may follow a title.
    private func endOfLink(from start: Int) -> Int? {
        guard var end = endOfTitle(from: start) else { return nil }
        while end < bytes.count, isBlank(end) { end += 1 }
        return byte(end) == UInt8(ascii: ")") ? end + 1 : nil
    }

    /// The offset after a title in quotes or parentheses; the start if there is none, nil if it does not end.
    private func endOfTitle(from start: Int) -> Int? {
        var position = start
        while position < bytes.count, isBlank(position) { position += 1 }
        guard position > start, let open = byte(position), "\"'(".utf8.contains(open) else { return start }
        let close = open == UInt8(ascii: "(") ? UInt8(ascii: ")") : open
        position += 1
        while let byte = byte(position), byte != close {
            if byte == open { return nil }
            position += byte == .backslash ? 2 : 1
        }
        return position < bytes.count ? position + 1 : nil
    }

    private mutating func takeTag() {
        let start = position + 1
        position = start
        guard start == 1 || isBlank(start - 2) else { return }
        var isName = false, isNumber = true
        while let (scalar, length) = scalar(at: position), Self.isTag(scalar) {
            if scalar.properties.numericType == nil { isNumber = false }
            if !"-_/".unicodeScalars.contains(scalar) { isName = true }
            position += length
        }
        var end = position
        while end > start, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
        if isName && !isNumber && end - start <= Self.tagBytesMax { items.append(.tag(start..<end)) }
    }

    private static let tagBytesMax = 200

    private func scalar(at position: Int) -> (Unicode.Scalar, length: Int)? {
        guard let first = byte(position) else { return nil }
        if first < 0x80 { return (Unicode.Scalar(first), 1) }
        let length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        let text = String(decoding: bytes[position..<min(position + length, bytes.count)], as: UTF8.self)
        return text.unicodeScalars.first.map { ($0, length) }
    }

    /// Whether a tag may contain a character: letters, digits, `_`, `-`, `/`, and symbols outside of ASCII.
    private static func isTag(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x80:
            scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value)
                || "-_/".unicodeScalars.contains(scalar)
        case 0x200d: true  // joins the parts of an emoji
        case 0x80..<0xc0, 0x2000..<0x2070, 0x2e00..<0x2e80, 0x3000..<0x3004, 0x3008..<0x3012, 0xff00..<0xff10: false
        case _: !scalar.properties.isWhitespace
        }
    }

    /// The offset after a comment between two `%%` that begins here, or after its mark if it does not end.
    private mutating func endOfPercentComment() -> Int {
        let byte = bytes[position]
        guard self.byte(position + 1) == byte else { return position + 1 }
        if !missing.contains(byte) {
            var end = position + 2
            while end + 1 < bytes.count {
                if bytes[end] == byte, bytes[end + 1] == byte { return end + 2 }
                end += 1
            }
            missing.insert(byte)
        }
        return position + 2
    }

    /// The offset after a comment, a tag of HTML or an address in angle brackets that begins here, or after `<` if it
    /// does not end.
    private mutating func endOfMarkup(from start: Int) -> Int {
        if bytes[start...].starts(with: "<!--".utf8) { return endOfComment(from: start) }
        guard let next = byte(start + 1), (0x61...0x7a).contains(next | 0x20) || next == UInt8(ascii: "/") else {
            return start + 1
        }
        var position = start + 1, quote: UInt8?
        while let byte = byte(position) {
            if let open = quote {
                if byte == open { quote = nil }
            } else {
                switch byte {
                case UInt8(ascii: ">"): return position + 1
                case UInt8(ascii: "<"): return start + 1
                // A quote that is part of an address or a word begins no value.
                case .quote where bytes[position - 1] == UInt8(ascii: "="): quote = byte
                case .apostrophe where bytes[position - 1] == UInt8(ascii: "="): quote = byte
                case _: break
                }
            }
            position += 1
        }
        return start + 1
    }

    private mutating func endOfComment(from start: Int) -> Int {
        let mark = UInt8(ascii: "-")
        if missing.contains(mark) { return start + 1 }
        var position = start + 2
        while position + 2 < bytes.count {
            if bytes[position...].starts(with: "-->".utf8) { return position + 3 }
            position += 1
        }
        missing.insert(mark)
        return start + 1
    }

    /// The offset after the code span that begins here, or after its backticks if they are never closed.
    private mutating func endOfCode(from start: Int) -> Int {
        let opening = endOfBackticks(from: start)
        guard lastRun(of: opening - start) > start else { return opening }
        var position = opening
        while let next = bytes[position...].firstIndex(of: .backtick) {
            let end = endOfBackticks(from: next)
            if end - next == opening - start { return end }
            position = end
        }
        return opening
    }

    /// The start of the last run of a length. It is stored, because a search for each length would take as long as a
    /// scan of the text for each.
    private mutating func lastRun(of length: Int) -> Int {
        if let lastRuns { return lastRuns[length] ?? 0 }
        var runs: [Int: Int] = [:], position = 0
        while let next = bytes[position...].firstIndex(of: .backtick) {
            position = endOfBackticks(from: next)
            runs[position - next] = next
        }
        lastRuns = runs
        return runs[length] ?? 0
    }

    private func endOfBackticks(from start: Int) -> Int {
        bytes[start...].firstIndex { $0 != .backtick } ?? bytes.count
    }
}
