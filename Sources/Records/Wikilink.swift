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
        var found: [(link: Wikilink, inner: Range<String.Index>)] = []
        for line in MarkdownLines(body) {
            switch line.kind {
            case .code, .blank: break
            case .text, .heading:
                var text = line.text
                let places = text.withUTF8 { LinkPlaces(line: $0).all }
                for place in places {
                    let start = body.utf8.index(line.text.startIndex, offsetBy: place.lowerBound)
                    let inner = start..<body.utf8.index(start, offsetBy: place.count)
                    if let link = Wikilink(inner: body[inner]) { found.append((link, inner)) }
                }
            }
        }
        return found
    }

    /// The records that a body links to, each once, in the order of the text.
    public static func targets(in body: String) -> [String] {
        var seen: Set<String> = []
        return all(in: body).map(\.target).filter { seen.insert($0).inserted }.prefix(RecordLimits.listItemsMax).map(
            \.self)
    }
}

/// Where in a line something stands between `[[` and `]]`, and not between backticks: a scanner of bytes, because every
/// line of every note goes through it.
struct LinkPlaces {
    private let line: UnsafeBufferPointer<UInt8>

    /// A scanner of one line.
    init(line: UnsafeBufferPointer<UInt8>) { self.line = line }

    /// The ranges between the brackets, in offsets of bytes.
    var all: [Range<Int>] {
        var found: [Range<Int>] = []
        guard line.contains(.leftBracket) else { return found }  // most lines
        var position = 0
        while position < line.count {
            switch line[position] {
            case .backslash: position += 2
            case .backtick: position = endOfCodeSpan(from: position)
            case .leftBracket where position + 1 < line.count && line[position + 1] == .leftBracket:
                guard let end = endOfLink(from: position + 2) else {
                    position += 1
                    continue
                }
                found.append(position + 2..<end)
                position = end + 2
            case _: position += 1
            }
        }
        return found
    }

    /// Where `]]` stands; nil when another bracket opens first or the line ends.
    private func endOfLink(from start: Int) -> Int? {
        for position in start..<max(start, line.count - 1) {
            if line[position] == .rightBracket && line[position + 1] == .rightBracket { return position }
            if line[position] == .leftBracket { return nil }
        }
        return nil
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
