import Services

/// A link in the text: `[[target#fragment|text]]`.
public struct Wikilink: Hashable, Sendable {
    /// The target as written, but without a trailing `.md` or `.org`.
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
        // `[[https://…]]` leads to the web.
        if target.isEmpty || target.utf8.firstRange(of: "://".utf8) != nil { return nil }
        self.target = String(target)
        fragment = Self.part(of: place, after: hash)
        text = Self.part(of: whole, after: bar)
    }

    private static func part(of text: Substring, after index: Substring.Index) -> String? {
        guard index < text.endIndex else { return nil }
        let part = text[text.utf8.index(after: index)...].trimmed()
        return part.isEmpty ? nil : String(part)
    }
}
