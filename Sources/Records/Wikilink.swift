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
        let whole = Substring(inner)
        let bar = whole.firstIndex(of: "|") ?? whole.endIndex
        // In a table the bar is written `\|`.
        let place = whole[..<bar].hasSuffix("\\") ? whole[..<bar].dropLast() : whole[..<bar]
        let hash = place.firstIndex(of: "#") ?? place.endIndex
        var target = place[..<hash].trimmed()
        if target.hasSuffix(RecordID.fileExtension) { target = target.dropLast(RecordID.fileExtension.count) }
        if target.isEmpty { return nil }
        self.target = String(target)
        fragment = Self.part(of: place, after: hash)
        text = Self.part(of: whole, after: bar)
    }

    private static func part(of text: Substring, after index: Substring.Index) -> String? {
        guard index < text.endIndex else { return nil }
        let part = text[text.index(after: index)...].trimmed()
        return part.isEmpty ? nil : String(part)
    }

    /// All links of a body, in its order; those in code blocks and between backticks are not links.
    public static func all(in body: String) -> [Wikilink] { places(in: body).map(\.link) }

    /// The body with other targets in some of its links; what stands around a target stays as it is.
    ///
    /// - Parameter renamed: The new target of a link, nil when it stays.
    public static func retargeting(_ body: String, _ renamed: (String) -> String?) -> String {
        var text = "", position = body.startIndex
        for place in places(in: body) {
            guard let target = renamed(place.link.target),
                let old = body[place.inner].firstRange(of: place.link.target)
            else { continue }
            text += body[position..<old.lowerBound] + target
            position = old.upperBound
        }
        return text + body[position...]
    }

    private static func places(in body: String) -> [(link: Wikilink, inner: Range<String.Index>)] {
        MarkdownLines(body).flatMap { line in
            switch line.kind {
            case .code, .blank: [(link: Wikilink, inner: Range<String.Index>)]()
            case .text, .heading: links(in: line.text)
            }
        }
    }

    /// The records that a body links to, each once, in the order of the text.
    public static func targets(in body: String) -> [String] {
        var seen: Set<String> = []
        return all(in: body).map(\.target).filter { seen.insert($0).inserted }.prefix(RecordLimits.listItemsMax).map(
            \.self)
    }

    private static func links(in line: Substring) -> [(link: Wikilink, inner: Range<String.Index>)] {
        var found: [(link: Wikilink, inner: Range<String.Index>)] = []
        let bytes = line.utf8
        guard bytes.contains(.leftBracket) else { return found }  // most lines
        var position = bytes.startIndex
        while position < bytes.endIndex {
            switch bytes[position] {
            case UInt8(ascii: "\\"):
                position = bytes.index(position, offsetBy: 2, limitedBy: bytes.endIndex) ?? bytes.endIndex
            case .backtick: position = endOfCodeSpan(line, from: position)
            case .leftBracket where bytes[position...].starts(with: "[[".utf8):
                let start = bytes.index(position, offsetBy: 2)
                guard let end = endOfLink(line, from: start) else {
                    position = bytes.index(after: position)
                    continue
                }
                if let link = Wikilink(inner: line[start..<end]) { found.append((link, start..<end)) }
                position = bytes.index(end, offsetBy: 2)
            case _: position = bytes.index(after: position)
            }
        }
        return found
    }

    /// Where `]]` stands; nil when another bracket opens first or the line ends.
    private static func endOfLink(_ line: Substring, from start: Substring.Index) -> Substring.Index? {
        var position = start
        while position < line.endIndex {
            let rest = line.utf8[position...]
            if rest.starts(with: "]]".utf8) { return position }
            if rest.first == .leftBracket { return nil }
            position = line.utf8.index(after: position)
        }
        return nil
    }

    /// Behind the code span that begins here, or behind its backticks when they are never closed.
    private static func endOfCodeSpan(_ line: Substring, from start: Substring.Index) -> Substring.Index {
        let bytes = line.utf8
        let opening = bytes[start...].prefix { $0 == .backtick }
        var position = opening.endIndex
        while let next = bytes[position...].firstIndex(of: .backtick) {
            let run = bytes[next...].prefix { $0 == .backtick }
            if run.count == opening.count { return run.endIndex }
            position = run.endIndex
        }
        return opening.endIndex
    }
}
