import Services

/// A link with its place.
enum LinkPlace {
    /// `[[target]]` in Markdown, with the text between the brackets.
    case wikilink(Wikilink, inner: Substring)
    /// `[words](target)` in Markdown.
    case path(MarkdownPath)
    /// In org-mode.
    case org(OrgLink)

    /// The wikilink; nil for a link by a path, and for one in org-mode that leads to a file that is not a record.
    var link: Wikilink? {
        switch self {
        case .wikilink(let link, _): link
        case .path: nil
        case .org(let link): link.link
        }
    }

    /// What the link names; nil in org-mode if it leads to a file that is not a record.
    var name: LinkName? {
        switch self {
        case .wikilink(let link, _): LinkName(link.target, .wikilink)
        case .path(let path): path.name
        case .org(let link): link.link.map { LinkName($0.target, .wikilink) }
        }
    }

    /// The replacement and its place, for a record that moves; nil if the link stays.
    func replacement(_ move: RecordMove) -> (Range<String.Index>, String)? {
        switch self {
        case .wikilink(let link, let inner):
            guard let target = move.renamed(link.target), let range = inner.utf8.firstRange(of: link.target.utf8)
            else { return nil }
            return (range, target)
        case .path(let path):
            let range = path.written.startIndex..<path.written.endIndex
            return move.renamed(path).map { (range, $0) }
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
}

/// The links and the tags of a text, in its order.
struct TextMarks {
    /// The links.
    var links: [LinkPlace] = []
    /// The tags, without `#`. In org-mode there are none.
    var tags: [Substring] = []

    /// The links and tags of a body. Code and comments contain none.
    ///
    /// - Parameter path: The record's path; in org-mode, names of files are relative to it.
    init(in body: String, _ format: RecordFormat, path: String) {
        var paragraph: Range<String.Index>?
        format.visitLines(of: body) { line in
            // In org-mode the description of a link may continue in the next line.
            let continues = line.kind == .text && (line.continues || format == .org)
            if !continues, let whole = paragraph {
                add(body[whole], format, path: path)
                paragraph = nil
            }
            switch line.kind {
            case .text: paragraph = (paragraph?.lowerBound ?? line.text.startIndex)..<line.text.endIndex
            case .heading: add(line.text, format, path: path)
            case .code, .blank, .hidden: break
            }
            return true
        }
        if let paragraph { add(body[paragraph], format, path: path) }
    }

    /// The links and tags of a text that is a single paragraph.
    init(inParagraph text: Substring, _ format: RecordFormat, path: String) { add(text, format, path: path) }

    private mutating func add(_ text: Substring, _ format: RecordFormat, path: String) {
        var copy = text
        func part(_ range: Range<Int>) -> Substring {
            let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
            return text[start..<text.utf8.index(start, offsetBy: range.count)]
        }
        switch format {
        case .markdown:
            for item in copy.withUTF8({ MarkdownInlines.items(in: $0) }) {
                switch item {
                case .wikilink(let range):
                    let inner = part(range)
                    if let link = Wikilink(inner: inner) { links.append(.wikilink(link, inner: inner)) }
                case .destination(let range, let isInAngles):
                    if let path = MarkdownPath(part(range), isInAngles: isInAngles) { links.append(.path(path)) }
                case .tag(let range): tags.append(part(range))
                }
            }
        case .org:
            let ranges = copy.withUTF8 { bytes in
                var scanner = OrgLinkScanner(bytes)
                return scanner.places()
            }
            links += ranges.compactMap { OrgLink(inner: part($0), path: path).map(LinkPlace.org) }
        }
    }

    /// The targets of the links of one style, each once.
    func targets(_ style: LinkStyle) -> [String] {
        var seen: Set<String> = [], targets: [String] = []
        for link in links {
            guard let name = link.name, name.style == style, seen.insert(name.target).inserted else { continue }
            targets.append(name.target)
            if targets.count == RecordLimits.listItemsMax { break }
        }
        return targets
    }
}
