import Services

/// A link that stands in the text: `[[target#fragment|text]]`.
public struct Wikilink: Hashable, Sendable {
    /// The record meant, as written but for a trailing `.md`.
    public var target: String
    /// The part of it behind `#`.
    public var fragment: String?
    /// What a reader sees instead of the target, behind `|`.
    public var text: String?

    /// A link's parts.
    public init(target: String, fragment: String? = nil, text: String? = nil) {
        self.target = target
        self.fragment = fragment
        self.text = text
    }

    /// Reads what stands between `[[` and `]]`.
    ///
    /// - Returns: Nil when there is no target, as in `[[#heading]]`, which links to the record itself.
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

    /// The records that a body links to, each once, in the order of the text. What stands in code blocks and between
    /// backticks is no link.
    ///
    /// - Parameter path: Where the record lies: org-mode names files as seen from there.
    public static func targets(in body: String, _ format: RecordFormat, path: String) -> [String] {
        var seen: Set<String> = []
        return LinkPlace.all(in: body, format, path: path).compactMap { $0.link?.target }
            .filter { seen.insert($0).inserted }.prefix(RecordLimits.listItemsMax).map(\.self)
    }
}

/// A link and where it stands.
enum LinkPlace {
    /// In Markdown, with what stands between the brackets.
    case markdown(Wikilink, inner: Substring)
    /// In org-mode.
    case org(OrgLink)

    /// What it says; nil when it leads to a file that is no record.
    var link: Wikilink? {
        switch self {
        case .markdown(let link, _): link
        case .org(let link): link.link
        }
    }

    /// What to write where, for a record that moves; nil when the link stays.
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

    /// A text with other targets in some of these links of it; what stands around a target stays as it is.
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
            // In org-mode the description of a link may go on in the next line.
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

/// Where in a line something stands between `[[` and `]]`, and not between backticks: a scanner of bytes, because every
/// line of every note goes through it.
struct LinkScanner {
    private let line: UnsafeBufferPointer<UInt8>
    private let format: RecordFormat
    /// Where the last run of backticks of each length begins, once somebody has asked.
    private var lastRuns: [Int: Int]?
    /// Whether no `]]` follows.
    private var isWithoutEnd = false

    /// A scanner of one line.
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

    /// Where `]]` stands; nil when another bracket opens first or the line ends. In org-mode `][` stands between the
    /// target and its description, in which brackets mean nothing.
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

    /// Whether org-mode shows what stands there as it is: `=[[a]]=` or `~[[a]]~`.
    private func isVerbatim(_ start: Int, _ end: Int) -> Bool {
        guard format == .org, start > 0, end < line.count else { return false }
        return line[start - 1] == line[end] && (line[end] == UInt8(ascii: "=") || line[end] == UInt8(ascii: "~"))
    }

    /// Behind the code span that begins here, or behind its backticks when they are never closed.
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

    /// Where the last run of a length begins. It is looked up, because to look for each length would take as long as
    /// the line for each.
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
