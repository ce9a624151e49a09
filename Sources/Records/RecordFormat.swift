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
        // Upper and lower case are the same, as in `README.MD`.
        let format = Self.allCases.first { format in
            let bytes = path.utf8, end = format.fileExtension.utf8
            return bytes.count > end.count
                && zip(bytes.suffix(end.count), end).allSatisfy { $0 == $1 || $0 | 0x20 == $1 && $1 >= 0x61 }
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
    /// The line with its end; of a heading with a line below it, all its lines.
    var text: Substring
    /// Whether a line of text continues the paragraph of the line before it.
    var continues = false
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
    /// - Returns: The text, and the lines whose links could not be updated; these are unchanged.
    func retargetingLinks(_ move: RecordMove) -> (text: Self, left: [String])
}
