import Services

/// A link in the text: `[[target#fragment|text]]`.
public struct Wikilink: Hashable, Sendable {
    /// The target as written, but without a trailing `.md`.
    public var target: String
    /// The part of the record, after `#`.
    public var fragment: String?
    /// The words that a reader sees instead of the target, after `|`.
    public var text: String?

    /// A link with these parts; nil for a part that is not written.
    public init(target: String, fragment: String? = nil, text: String? = nil) {
        self.target = target
        self.fragment = fragment
        self.text = text
    }

    /// Reads the text between `[[` and `]]`.
    ///
    /// - Returns: Nil if there is no target, as in `[[#heading]]`, which links to the record itself.
    public init?(inner: some StringProtocol) {
        let whole = Substring(inner), bytes = whole.utf8
        let bar = bytes.firstIndex(of: .bar) ?? whole.endIndex
        // In a table the bar is written `\|`.
        let place = bytes[..<bar].last == .backslash ? whole[..<bytes.index(before: bar)] : whole[..<bar]
        let hash = place.utf8.firstIndex(of: .hash) ?? place.endIndex
        var target = place[..<hash].trimmed()
        if let id = RecordID.id(ofPath: target) { target = id }
        if target.isEmpty { return nil }
        self.target = String(target)
        fragment = Self.part(of: place, after: hash)
        text = Self.part(of: whole, after: bar)
    }

    private static func part(of text: Substring, after index: Substring.Index) -> String? {
        guard index < text.endIndex else { return nil }
        let part = text[text.utf8.index(after: index)...].trimmed()
        return part.isEmpty ? nil : String(part)
    }

    /// The records to which a body links, each once, in the order of the text. Code blocks and text between backticks
    /// contain no links.
    ///
    /// - Parameter path: The record's path; in org-mode, names of files are relative to it.
    public static func targets(in body: String, _ format: RecordFormat, path: String) -> [String] {
        var seen: Set<String> = []
        return LinkPlace.all(in: body, format, path: path).compactMap { $0.link?.target }
            .filter { seen.insert($0).inserted }.prefix(RecordLimits.listItemsMax).map(\.self)
    }
}

/// A link with its place.
enum LinkPlace {
    /// In Markdown, with the text between the brackets.
    case markdown(Wikilink, inner: Substring)
    /// In org-mode.
    case org(OrgLink)

    /// The link to a record; nil if it leads to a file that is not a record.
    var link: Wikilink? {
        switch self {
        case .markdown(let link, _): link
        case .org(let link): link.link
        }
    }

    /// The replacement and its place, for a record that moves; nil if the link stays.
    func replacement(_ move: RecordMove) -> (Range<String.Index>, String)? {
        switch self {
        case .markdown(let link, let inner):
            guard let target = move.renamed(link.target), let range = inner.firstRange(of: link.target) else {
                return nil
            }
            return (range, target)
        case .org(let link): return link.replacement(move)
        }
    }

    /// A text with new targets in some of its links; the text around a target stays unchanged.
    static func retarget(_ places: [LinkPlace], of text: Substring, _ move: RecordMove) -> String {
        var new = "", position = text.startIndex
        for place in places {
            guard let (range, target) = place.replacement(move) else { continue }
            new += text[position..<range.lowerBound] + target
            position = range.upperBound
        }
        return new + text[position...]
    }

    /// All links of a body, in its order.
    static func all(in body: String, _ format: RecordFormat, path: String) -> [LinkPlace] {
        var found: [LinkPlace] = [], paragraph: Range<String.Index>?
        func endParagraph() {
            if let paragraph { found += all(inLine: body[paragraph], format, path: path) }
            paragraph = nil
        }
        format.visitLines(of: body) { line in
            switch line.kind {
            // In org-mode the description of a link may continue in the next line.
            case .text where format == .org:
                paragraph = (paragraph?.lowerBound ?? line.text.startIndex)..<line.text.endIndex
            case .text, .heading:
                endParagraph()
                found += all(inLine: line.text, format, path: path)
            case .code, .blank, .hidden: endParagraph()
            }
            return true
        }
        endParagraph()
        return found
    }

    /// All links of a line.
    static func all(inLine line: Substring, _ format: RecordFormat, path: String) -> [LinkPlace] {
        var copy = line
        let ranges = copy.withUTF8 { (bytes) -> [Range<Int>] in
            var scanner = LinkScanner(line: bytes, format)
            return scanner.places()
        }
        return ranges.compactMap { range in
            let start = line.utf8.index(line.startIndex, offsetBy: range.lowerBound)
            let inner = line[start..<line.utf8.index(start, offsetBy: range.count)]
            switch format {
            case .markdown: return Wikilink(inner: inner).map { .markdown($0, inner: inner) }
            case .org: return OrgLink(inner: inner, path: path).map(LinkPlace.org)
            }
        }
    }
}

/// Finds the texts between `[[` and `]]` in a line, except between backticks: a scanner of bytes, because every line of
/// every record is scanned.
struct LinkScanner {
    private let line: UnsafeBufferPointer<UInt8>
    private let format: RecordFormat
    /// The start of the last run of backticks of each length, once it was needed.
    private var lastRuns: [Int: Int]?
    /// Whether no `]]` follows.
    private var isWithoutEnd = false

    /// A scanner of one line in a format; the line must stay in memory while it scans.
    init(line: UnsafeBufferPointer<UInt8>, _ format: RecordFormat) {
        self.line = line
        self.format = format
    }

    /// The ranges between the brackets, in offsets of bytes.
    mutating func places() -> [Range<Int>] {
        var found: [Range<Int>] = []
        guard line.contains(.leftBracket) else { return found }  // most lines
        var position = 0
        while position < line.count {
            switch line[position] {
            case .backslash where format == .markdown: position += 2
            case .backtick where format == .markdown: position = endOfCodeSpan(from: position)
            case .leftBracket where position + 1 < line.count && line[position + 1] == .leftBracket:
                guard let end = endOfLink(from: position + 2) else {
                    position += 1
                    continue
                }
                if !isVerbatim(position, end + 2) { found.append(position + 2..<end) }
                position = end + 2
            case _: position += 1
            }
        }
        return found
    }

    /// The offset of `]]`; nil if another bracket opens first or the line ends. In org-mode `][` separates the target
    /// from its description, in which brackets have no meaning.
    private mutating func endOfLink(from start: Int) -> Int? {
        if isWithoutEnd { return nil }
        var isDescription = false
        for position in start..<max(start, line.count - 1) {
            if line[position] == .rightBracket && line[position + 1] == .rightBracket { return position }
            if line[position] != .leftBracket || isDescription { continue }
            guard format == .org, line[position - 1] == .rightBracket else { return nil }
            isDescription = true
        }
        isWithoutEnd = true
        return nil
    }

    /// Whether org-mode shows the text verbatim: `=[[a]]=` or `~[[a]]~`.
    private func isVerbatim(_ start: Int, _ end: Int) -> Bool {
        guard format == .org, start > 0, end < line.count else { return false }
        return line[start - 1] == line[end] && (line[end] == UInt8(ascii: "=") || line[end] == UInt8(ascii: "~"))
    }

    /// The offset after the code span that begins here, or after its backticks if they are never closed.
    private mutating func endOfCodeSpan(from start: Int) -> Int {
        let opening = endOfBackticks(from: start)
        guard lastRun(of: opening - start) > start else { return opening }
        var position = opening
        while let next = nextBacktick(from: position) {
            let end = endOfBackticks(from: next)
            if end - next == opening - start { return end }
            position = end
        }
        return opening
    }

    /// The start of the last run of a length. It is stored, because a search for each length would take as long as a
    /// scan of the line for each.
    private mutating func lastRun(of length: Int) -> Int {
        if let lastRuns { return lastRuns[length] ?? 0 }
        var runs: [Int: Int] = [:], position = 0
        while let next = nextBacktick(from: position) {
            position = endOfBackticks(from: next)
            runs[position - next] = next
        }
        lastRuns = runs
        return runs[length] ?? 0
    }

    private func nextBacktick(from start: Int) -> Int? { line[start...].firstIndex(of: .backtick) }

    private func endOfBackticks(from start: Int) -> Int {
        line[start...].firstIndex { $0 != .backtick } ?? line.count
    }
}
