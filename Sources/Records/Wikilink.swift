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
        return places(in: body, format, path: path).map(\.link.target).filter { seen.insert($0).inserted }
            .prefix(RecordLimits.listItemsMax).map(\.self)
    }

    /// The body with other targets in some of its links; what stands around a target stays as it is.
    static func retargeting(_ body: String, in format: RecordFormat, _ move: RecordMove) -> String {
        var text = "", position = body.startIndex
        for place in places(in: body, format, path: move.path) {
            guard let (range, target) = place.replacement(move) else { continue }
            text += body[position..<range.lowerBound] + target
            position = range.upperBound
        }
        return text + body[position...]
    }

    /// All links of a body, in its order.
    static func places(in body: String, _ format: RecordFormat, path: String) -> [LinkPlace] {
        var found: [LinkPlace] = []
        format.visitLines(of: body) { line in
            switch line.kind {
            case .code, .blank, .hidden: break
            case .text, .heading:
                var text = line.text
                for range in text.withUTF8({ LinkScanner(line: $0, format).places }) {
                    let start = body.utf8.index(line.text.startIndex, offsetBy: range.lowerBound)
                    let inner = start..<body.utf8.index(start, offsetBy: range.count)
                    if let place = LinkPlace(body[inner], format, path: path) { found.append(place) }
                }
            }
            return true
        }
        return found
    }
}

/// A link and where it stands.
struct LinkPlace {
    /// What it says.
    var link: Wikilink
    /// Where its target is written.
    private var written: Substring
    /// Whether that is the name of a file and not an id.
    private var isFile = false

    /// Reads what stands between two brackets.
    ///
    /// - Returns: Nil when that is no link to a record.
    init?(_ inner: Substring, _ format: RecordFormat, path: String) {
        switch format {
        case .markdown:
            guard let link = Wikilink(inner: inner) else { return nil }
            (self.link, written) = (link, inner)
        case .org:
            guard let link = OrgLink(inner: inner, path: path) else { return nil }
            (self.link, written, isFile) = (link.link, link.target, link.isFile)
        }
    }

    /// What to write where, for a record that moves; nil when the link stays.
    func replacement(_ move: RecordMove) -> (Range<String.Index>, String)? {
        guard isFile else {
            guard let target = move.renamed(link.target), let range = written.firstRange(of: link.target) else {
                return nil
            }
            return (range, target)
        }
        let isMoved = link.target == move.old
        guard isMoved || move.path != move.newPath, let format = RecordFormat(path: written) else { return nil }
        let target = RecordID.path(of: isMoved ? move.new : link.target, in: format)
        return (written.startIndex..<written.endIndex, OrgLink.relativePath(to: target, from: move.newPath))
    }
}

/// Where in a line something stands between `[[` and `]]`, and not between backticks: a scanner of bytes, because every
/// line of every note goes through it.
struct LinkScanner {
    private let line: UnsafeBufferPointer<UInt8>
    private let format: RecordFormat

    /// A scanner of one line.
    init(line: UnsafeBufferPointer<UInt8>, _ format: RecordFormat) {
        self.line = line
        self.format = format
    }

    /// The ranges between the brackets, in offsets of bytes.
    var places: [Range<Int>] {
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
    /// target and its description.
    private func endOfLink(from start: Int) -> Int? {
        for position in start..<max(start, line.count - 1) {
            if line[position] == .rightBracket && line[position + 1] == .rightBracket { return position }
            let isDescription = format == .org && line[position - 1] == .rightBracket
            if line[position] == .leftBracket && !isDescription { return nil }
        }
        return nil
    }

    /// Whether org-mode shows what stands there as it is: `=[[a]]=` or `~[[a]]~`.
    private func isVerbatim(_ start: Int, _ end: Int) -> Bool {
        guard format == .org, start > 0, end < line.count else { return false }
        return line[start - 1] == line[end] && (line[end] == UInt8(ascii: "=") || line[end] == UInt8(ascii: "~"))
    }

    /// Behind the code span that begins here, or behind its backticks when they are never closed.
    private func endOfCodeSpan(from start: Int) -> Int {
        let opening = endOfBackticks(from: start)
        var position = opening
        while let next = line[position...].firstIndex(of: .backtick) {
            let end = endOfBackticks(from: next)
            if end - next == opening - start { return end }
            position = end
        }
        return opening
    }

    private func endOfBackticks(from start: Int) -> Int {
        line[start...].firstIndex { $0 != .backtick } ?? line.count
    }
}
