import Services

/// A record in org-mode, cut into its parts. Joined again they are the same bytes.
///
///     :PROPERTIES:                  head
///     :ID: incidents/outage
///     :END:
///     #+title: Broker outage
///     #+filetags: :ops:broker:
///     <one empty line>
///     The text …                    body
///
/// The drawer is the file's first thing but for comments and empty lines. Its properties are keys, and so are the
/// settings `title`, `filetags` (as `tags`), `author` and `date` (as `created`) at the top, unless a property has the
/// same name. Upper and lower case are the same.
///
/// See: Org Syntax, "Property Drawers" and "Keywords"
public struct OrgText: RecordText, Hashable {
    /// The lines before the body, with their ends.
    var head: [String]
    /// The rest.
    public var body: String
    /// What is wrong with the drawer.
    private(set) var problem: FrontmatterError?
    /// The lines of the properties in the head; nil without a drawer.
    private(set) var drawer: Range<Int>?

    /// The whole text again.
    public var text: String { head.joined() + body }

    /// Cuts a text.
    public init(_ text: String) {
        var rest = Substring(text), lines: [Substring] = []
        var drawer: Range<Int>?, problem: FrontmatterError?, headCount = 0
        while let line = OrgLine.take(&rest) {
            lines.append(line)
            let content = Self.withoutMark(line).trimmed()
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

    /// A byte order mark may be the file's first character.
    private static func withoutMark(_ line: Substring) -> Substring {
        line.unicodeScalars.first == "\u{feff}" ? Substring(line.unicodeScalars.dropFirst()) : line
    }

    /// - Returns: Whether the drawer goes on.
    private static func takeProperty(
        _ rest: inout Substring, into lines: inout [Substring]
    ) throws(FrontmatterError) -> Bool {
        guard let line = OrgLine.take(&rest) else { throw FrontmatterError(line: lines.count, "has no :END:") }
        lines.append(line)
        let content = line.trimmed()
        if content.lowercased() == ":end:" { return false }
        guard OrgLine.property(content) != nil else {
            throw FrontmatterError(line: lines.count, "holds a line that is no `:KEY: value`")
        }
        return true
    }

    /// See `RecordText`.
    public func fields() throws(FrontmatterError) -> [String: JSONValue] {
        if let problem { throw problem }
        if head.reduce(0, { $0 + $1.utf8.count }) > RecordLimits.frontmatterBytesMax {
            throw FrontmatterError(line: 1, "is longer than \(RecordLimits.frontmatterBytesMax) bytes")
        }
        var fields: [String: JSONValue] = [:], seen: Set<String> = []
        for entry in entries where fields[entry.key] == nil || entry.isProperty {
            if entry.isProperty, !seen.insert(entry.key).inserted {
                throw FrontmatterError(line: entry.line + 1, "has the same key twice: \(entry.key)")
            }
            fields[entry.key] = OrgValue.read(entry.value, under: entry.key)
        }
        return fields
    }

    /// See `RecordText`.
    public func line(of key: String) -> Int? { entry(key).map { $0.line + 1 } }

    /// A key and where it stands.
    struct Entry {
        /// In lower case, by its name in Markdown.
        var key: String
        /// The value as it is written.
        var value: Substring
        /// The line in the head, from 0.
        var line: Int
        /// Whether it stands in the drawer.
        var isProperty: Bool
    }

    /// Properties and settings in the order of the file.
    var entries: [Entry] {
        head.enumerated().compactMap { index, line in
            if drawer?.contains(index) == true {
                return OrgLine.property(line[...]).map {
                    Entry(key: $0.name, value: $0.value, line: index, isProperty: true)
                }
            }
            guard let (name, value) = OrgLine.keyword(Substring(line).trimmed()), let key = Self.settings[name] else {
                return nil
            }
            return Entry(key: key, value: value, line: index, isProperty: false)
        }
    }

    /// The entry that counts.
    func entry(_ key: String) -> Entry? {
        let all = entries.filter { $0.key == key }
        return all.first(where: \.isProperty) ?? all.first
    }

    /// The keys of the settings that count.
    private static let settings = ["title": "title", "filetags": "tags", "author": "author", "date": "created"]
}

/// Values as org-mode's files have them: the rest of a line.
enum OrgValue {
    /// What a text says.
    ///
    /// A text that begins with a bracket, a brace or a quote is read as YAML, so that a list or a text with line ends
    /// can be a property too; otherwise the rules of `Frontmatter` hold.
    static func read(_ text: Substring, under key: String) -> JSONValue {
        if text.isEmpty { return .null }
        if key == "links", let links = links(text) { return links }
        if let first = text.utf8.first, first == .quote || first == .leftBracket || first == .leftBrace,
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
    private static func links(_ text: Substring) -> JSONValue? {
        var copy = text
        let places = copy.withUTF8 { LinkScanner(line: $0, .org).places }
        if !places.isEmpty {
            return .array(
                places.map { place in
                    let start = text.utf8.index(text.startIndex, offsetBy: place.lowerBound)
                    return .string(String(text[start..<text.utf8.index(start, offsetBy: place.count)]))
                })
        }
        if text.utf8.first == .leftBracket || text.utf8.first == .quote { return nil }
        return .array(text.split(separator: ",").map { .string(String($0.trimmed())) })
    }

    /// A value as a property; a setting can hold plain texts and tags alone.
    ///
    /// - Returns: Nil when it cannot be written so.
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
        for text in isProperty ? [plain, FrontmatterWriter.flow(value)] : [plain] {
            let isOneLine = !text.unicodeScalars.contains { $0.isControl || $0 == "\u{2028}" || $0 == "\u{2029}" }
            if isOneLine, Substring(text).trimmed() == text[...], read(text[...], under: key) == meant { return text }
        }
        return nil
    }
}
