import Services

/// A record in org-mode, split into parts. Joined again they are the same bytes.
///
///     :PROPERTIES:                  head
///     :ID: incidents/outage
///     :END:
///     #+title: Broker outage
///     #+filetags: :ops:broker:
///     <one empty line>
///     The text …                    body
///
/// Only comments and empty lines may precede the drawer. Its properties are keys, and so are the settings `title`,
/// `filetags` (as `tags`), `author` and `date` (as `created`) at the top, unless a property has the same name. Case
/// does not matter.
///
/// See: Org Syntax, "Property Drawers" and "Keywords"
public struct OrgText: RecordText, Hashable {
    /// The path of the file, to which names of other files are relative.
    let path: String
    /// The byte order mark, if there is one.
    let mark: String
    /// The lines before the body, with their ends.
    var head: [String]
    /// The rest.
    public var body: String
    /// The error in the drawer, if any.
    private(set) var problem: FrontmatterError?
    /// The lines of the properties in the head; nil without a drawer.
    var drawer: Range<Int>?

    /// The whole text.
    public var text: String { mark + head.joined() + body }

    /// Splits the text of a file.
    public init(_ text: String, path: String) {
        self.path = path
        mark = text.unicodeScalars.first == "\u{feff}" ? "\u{feff}" : ""
        let text = mark.isEmpty ? text : String(text.unicodeScalars.dropFirst())
        var rest = Substring(text), lines: [Substring] = []
        var drawer: Range<Int>?, problem: FrontmatterError?, headCount = 0
        while let line = rest.takeLine() {
            lines.append(line)
            let content = line.trimmed()
            if drawer == nil && headCount == 0 && OrgLine.drawer(content) == "properties" {
                let begin = lines.count
                do throws(FrontmatterError) {
                    while try Self.takeProperty(&rest, into: &lines) {}
                    drawer = begin..<lines.count - 1
                } catch {
                    problem = error
                    break
                }
                headCount = lines.count
            } else if OrgLine.keyword(content) != nil {
                headCount = lines.count
            } else if !content.isEmpty && content != "#" && !content.hasPrefix("# ") {
                break
            }
        }
        if headCount > 0, headCount < lines.count, lines[headCount].allSatisfy(\.isWhitespace) { headCount += 1 }
        head = lines.prefix(headCount).map(String.init)
        body = headCount == 0 ? text : String(text[lines[headCount - 1].endIndex...])
        self.drawer = drawer
        self.problem = problem
    }

    /// - Returns: Whether the drawer continues.
    private static func takeProperty(
        _ rest: inout Substring, into lines: inout [Substring]
    ) throws(FrontmatterError) -> Bool {
        guard let line = rest.takeLine() else { throw FrontmatterError(line: lines.count, "has no :END:") }
        lines.append(line)
        let content = line.trimmed()
        if content.lowercased() == ":end:" { return false }
        guard OrgLine.property(content) != nil else {
            throw FrontmatterError(line: lines.count, "holds a line that is not `:KEY: value`")
        }
        return true
    }

    /// See `RecordText`.
    public func fields() throws(FrontmatterError) -> [String: JSONValue] {
        if let problem { throw problem }
        if head.reduce(0, { $0 + $1.utf8.count }) > RecordLimits.frontmatterBytesMax {
            throw FrontmatterError(line: 1, "is longer than \(RecordLimits.frontmatterBytesMax) bytes")
        }
        var fields: [String: JSONValue] = [:]
        for entry in entries.values {
            // Org-mode appends the values of all lines `:KEY+:`.
            if entry.isProperty, entry.lines.count > 1, !entry.key.hasSuffix("+") {
                throw FrontmatterError(line: entry.lines[1] + 1, "has the same key twice: \(entry.key)")
            }
            fields[entry.key] = OrgValue.read(entry.value, under: entry.key, path: path)
        }
        return fields
    }

    /// See `RecordText`.
    public func line(of key: String) -> Int? { entries[key].map { $0.lines[0] + 1 } }

    /// A key with its lines.
    struct Entry {
        /// In lower case, by its name in Markdown.
        var key: String
        /// The lines in the head, from 0: several settings of one name are joined.
        var lines: [Int]
        /// The values as they are written, in these lines.
        var values: [Substring]
        /// Whether it is in the drawer.
        var isProperty: Bool

        /// The value.
        var value: Substring { values.count == 1 ? values[0] : Substring(values.joined(separator: " ")) }
    }

    /// The properties and settings that are keys of the record.
    var entries: [String: Entry] {
        var entries: [String: Entry] = [:]
        for (index, line) in head.enumerated() {
            let isProperty = drawer?.contains(index) == true
            guard let (key, value) = isProperty ? OrgLine.property(line[...]) : Self.setting(line) else { continue }
            if entries[key]?.isProperty == isProperty {
                entries[key]?.lines.append(index)
                entries[key]?.values.append(value)
            } else if entries[key] == nil {
                entries[key] = Entry(key: key, lines: [index], values: [value], isProperty: isProperty)
            }
        }
        return entries
    }

    private static func setting(_ line: String) -> (name: String, value: Substring)? {
        guard let (name, value) = OrgLine.keyword(Substring(line).trimmed()), let key = settings[name] else {
            return nil
        }
        return (key, value)
    }

    /// The settings that are keys of the record.
    private static let settings = ["title": "title", "filetags": "tags", "author": "author", "date": "created"]
}

/// Values in org-mode's form: the rest of a line.
enum OrgValue {
    /// The value of a text.
    ///
    /// A text that begins with a bracket, a brace or a quote is read as YAML, so that a list or a text with line ends
    /// can be a property too; otherwise the rules of `Frontmatter` hold.
    static func read(_ text: Substring, under key: String, path: String = "") -> JSONValue {
        if text.isEmpty { return .null }
        if key == "links", let links = links(text, path: path) { return links }
        // `[2026-03-14 Sat]` is a date in org-mode, and a title may be in brackets.
        let isText = Frontmatter.isText(key) && !["tags", "links", "aliases"].contains(key)
        let isList = !isText && (text.utf8.first == .leftBracket || text.utf8.first == .leftBrace)
        if isList || text.utf8.first == .quote,
            let value = try? Frontmatter(yaml: "value: \(text)\n").fields["value"]
        {
            return Frontmatter.asRead(value, under: key)
        }
        if key == "tags" {
            return .array(text.split { $0 == ":" || $0 == "," || $0.isWhitespace }.map { .string(String($0)) })
        }
        return (Frontmatter.isText(key) ? nil : Frontmatter.plainValue(String(text))) ?? .string(String(text))
    }

    /// `[[a]] [[b]]`, or `a, b`.
    private static func links(_ text: Substring, path: String) -> JSONValue? {
        let places = TextMarks(inParagraph: text, .org, path: path).links
        if !places.isEmpty { return .array(places.compactMap { $0.link.map { .string($0.target) } }) }
        if text.utf8.first == .leftBracket || text.utf8.first == .quote { return nil }
        return .array(text.split(separator: ",").map { .string(String($0.trimmed())) })
    }

    /// The value as a property; a setting can contain only plain texts and tags.
    ///
    /// - Returns: Nil if it cannot be written so.
    static func write(_ value: JSONValue, under key: String, asProperty isProperty: Bool) -> String? {
        let plain: String
        switch value {
        case .string(let text): plain = text
        case .array(let items) where key == "tags":
            let tags = items.compactMap(\.scalarText)
            plain = isProperty ? tags.joined(separator: " ") : ":\(tags.joined(separator: ":")):"
        case .array(let items) where key == "links":
            plain = items.compactMap(\.scalarText).map { "[[\($0)]]" }.joined(separator: " ")
        case _: plain = FrontmatterWriter.flow(value)
        }
        let meant = Frontmatter.asRead(value, under: key)
        for text in isProperty ? [plain, FrontmatterWriter.flow(value), FrontmatterWriter.quoted(plain)] : [plain] {
            let isOneLine = !text.unicodeScalars.contains { $0.isControl || $0 == "\u{2028}" || $0 == "\u{2029}" }
            if isOneLine, Substring(text).trimmed() == text[...], read(text[...], under: key) == meant { return text }
        }
        return nil
    }
}
