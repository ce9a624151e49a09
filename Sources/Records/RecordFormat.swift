import Services

extension RecordFormat {
    /// The extension of the files, with its dot.
    public var fileExtension: String {
        switch self {
        case .markdown: ".md"
        case .org: ".org"
        }
    }

    /// The name of the part with the keys, for messages.
    var nameOfKeys: String {
        switch self {
        case .markdown: "frontmatter"
        case .org: "drawer"
        }
    }

    /// The format of the file under a path; nil if the file is not a record.
    public init?(path: some StringProtocol) {
        let format = Self.allCases.first { format in
            let bytes = path.utf8, end = format.fileExtension.utf8
            return bytes.count > end.count && bytes.suffix(end.count).elementsEqual(end)
        }
        guard let format else { return nil }
        self = format
    }

    /// The format of a record's file; Markdown if the name has no known extension.
    public static func of(_ path: String) -> RecordFormat { RecordFormat(path: path) ?? .markdown }

    /// Splits the text of a record's file into parts.
    ///
    /// - Parameter path: The file's path.
    public static func parts(of text: String, at path: String) -> any RecordText {
        switch of(path) {
        case .markdown: MarkdownText(text)
        case .org: OrgText(text, path: path)
        }
    }

    /// A new record's text.
    ///
    /// - Throws: If a key or value cannot be written.
    public func create(fields: [String: JSONValue], body: String) throws(RecordEditError) -> any RecordText {
        switch self {
        case .markdown: try MarkdownText.create(fields: fields, body: body)
        case .org: try OrgText.create(fields: fields, body: body)
        }
    }

    /// Visits the lines of a body one after the other, until the closure returns that it wants no more.
    func visitLines(of body: some StringProtocol, _ visit: (RecordLine) -> Bool) {
        switch self {
        case .markdown: for line in MarkdownLines(body) where !visit(line) { return }
        case .org: for line in OrgLines(body) where !visit(line) { return }
        }
    }
}

/// A line of a body with its end.
struct RecordLine {
    /// The kinds of lines.
    enum Kind: Equatable {
        case blank
        case text
        /// A line of a code block, its fences included.
        case code
        case heading(level: Int, text: String)
        /// Settings, comments and properties, which a reader of the exported text does not see.
        case hidden
    }

    var kind: Kind
    var text: Substring
}

/// A record's text in two parts, which joined again are the same bytes: the part with the keys, and the body.
public protocol RecordText: Sendable {
    /// The whole text.
    var text: String { get }
    /// The text below the keys.
    var body: String { get }

    /// Every key and its value.
    ///
    /// - Throws: If they cannot be read.
    func fields() throws(FrontmatterError) -> [String: JSONValue]

    /// The line of a key in the file, from 1, if there is such a key.
    func line(of key: String) -> Int?

    /// The text with some keys set or removed (`null`), and with another body if there is one. All other lines stay
    /// unchanged.
    ///
    /// - Throws: If the keys are broken, or a key or value cannot be written.
    func updating(fields changes: [String: JSONValue], body newBody: String?) throws(RecordEditError) -> Self

    /// The text with updated links to a record that gets another id.
    ///
    /// - Parameters:
    ///   - move: The ids and paths before and after.
    /// - Throws: If the key `links` cannot be written.
    func retargetingLinks(_ move: RecordMove) throws(RecordEditError) -> Self
}

/// The change of a record's id, and with it of its path.
public struct RecordMove: Hashable, Sendable {
    /// The old and the new id.
    public var old: String, new: String
    /// The path of the file whose links are updated, before and after; they differ only for the record itself.
    public var path: String, newPath: String
    /// Which links by the last part of an id lead to the record now.
    public var names: Names

    /// Which of the links that contain no whole id lead to a record.
    public enum Names: Hashable, Sendable {
        /// None: such links mean another record.
        case none
        /// Those that are the last part of its id, in any case of letters, except these, which are ids themselves.
        case lastPart(except: Set<String>)
    }

    /// A move, from the view of the links of one file.
    public init(from old: String, to new: String, path: String, newPath: String, names: Names) {
        self.old = old
        self.new = new
        self.path = path
        self.newPath = newPath
        self.names = names
    }

    /// The new target of a link; nil if it stays. A link by the last part of the id stays if the new id ends with the
    /// same part.
    func renamed(_ target: String) -> String? {
        if target == old { return new }
        guard case .lastPart(let others) = names, !target.contains("/"), !others.contains(target) else { return nil }
        let oldName = RecordID.lastPart(of: old)
        return target.lowercased() != oldName || oldName == RecordID.lastPart(of: new) ? nil : new
    }

    /// The value of a key `links` with new targets; nil if none of them changes.
    func renamed(_ links: JSONValue) -> JSONValue? {
        switch links {
        case .string(let text):
            let isWikilink = text.hasPrefix("[[") && text.hasSuffix("]]")
            guard let link = Wikilink(inner: isWikilink ? text.dropFirst(2).dropLast(2) : text[...]),
                let target = renamed(link.target), let range = text.firstRange(of: link.target)
            else { return nil }
            return .string(text[..<range.lowerBound] + target + text[range.upperBound...])
        case .array(let items):
            let changed = items.map { renamed($0) }
            return changed.contains { $0 != nil } ? .array(zip(changed, items).map { $0 ?? $1 }) : nil
        case .null, .bool, .integer, .number, .object: return nil
        }
    }
}
